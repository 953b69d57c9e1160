#!/usr/bin/env bash
# Installs the programs of tools.env, or of the list that TOOLS_LIST names, into
# .tools/bin. A tool that is there in its pinned version, built by this Go, is
# left alone, so this is instant when nothing changed. With names it installs
# only those.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

go_version=$(go env GOVERSION)
mkdir -p "$TOOLS"

# install_tool NAME IMPORT-PATH@VERSION, or the folder of a module whose tool it is
install_tool() {
	local name=$1 source=$2 stamp="$TOOLS/.$1.stamp"
	[ ! -f "$source/go.mod" ] || source="$source $(sha256sum "$source/go.mod" | cut -c1-12)"
	local want="$source $go_version"
	if [ -x "$TOOLS/$name" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
		echo "$name: ${source##*@} is installed"
		return
	fi
	say "building $name (${source}); the first time this takes some minutes"
	rm -f "$stamp"
	# Outside the module and without the caller's flags: the tool's own go.mod
	# decides what it is built from.
	case $source in
	*@*) (cd "$TOOLS" && GOFLAGS='' GOWORK=off GOBIN="$TOOLS" CGO_ENABLED=0 go install -trimpath "$source") ;;
	*) (cd "${source%% *}" && GOFLAGS='' GOWORK=off GOBIN="$TOOLS" CGO_ENABLED=0 go install -trimpath tool) ;;
	esac
	printf '%s\n' "$want" >"$stamp"
}

while IFS='=' read -r name source; do
	case $name in '' | \#*) continue ;; esac
	if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
	install_tool "$name" "$source"
done <"${TOOLS_LIST:-scripts/tools.env}"
