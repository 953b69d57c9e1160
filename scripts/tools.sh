#!/usr/bin/env bash
# Installs the programs of tools.env into .tools/bin. A tool that is there in
# its pinned version, built by this Go, is left alone, so this is instant when
# nothing changed. With names it installs only those.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

go_version=$(go env GOVERSION)
mkdir -p "$TOOLS"

# install_tool NAME IMPORT-PATH@VERSION
install_tool() {
	local name=$1 source=$2 stamp="$TOOLS/.$1.stamp"
	local want="$source $go_version"
	if [ -x "$TOOLS/$name" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then
		echo "$name: ${source##*@} is installed"
		return
	fi
	say "building $name (${source}); the first time this takes some minutes"
	rm -f "$stamp"
	# Outside the module and without the caller's flags: the tool's own go.mod
	# decides what it is built from.
	(cd "$TOOLS" && GOFLAGS='' GOWORK=off GOBIN="$TOOLS" CGO_ENABLED=0 go install -trimpath "$source")
	printf '%s\n' "$want" >"$stamp"
}

while IFS='=' read -r name source; do
	case $name in '' | \#*) continue ;; esac
	if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
	install_tool "$name" "$source"
done <scripts/tools.env
