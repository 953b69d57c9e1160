#!/usr/bin/env bash
# Installs the npm packages that the tests of browsers and of Uppy's Companion
# run (e2e/web/*, each at exact versions with a lock file) into .cache/web.
# Nothing of them is shipped. Their install scripts are not run. A folder that
# is there as its lock file says is left alone, so this is instant when nothing
# changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

command -v node >/dev/null && command -v npm >/dev/null ||
	die "node and npm were not found. On Debian and Ubuntu run scripts/packages.sh test; elsewhere install Node.js 20 or later."
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] ||
	die "Node.js $(node --version) is too old for Uppy's Companion. Install Node.js 20 or later (https://nodejs.org), so that 'node' on the PATH is that one."

for source in e2e/web/*/; do
	name=$(basename "$source")
	into=.cache/web/$name
	want="$(cat "$source/package.json" "$source/package-lock.json" | sha256sum | cut -c1-64) $(node --version)"
	if [ "$(cat "$into/.stamp" 2>/dev/null)" = "$want" ]; then
		echo "e2e/web/$name: installed"
		continue
	fi
	say "installing the npm packages of e2e/web/$name"
	rm -rf "$into"
	mkdir -p "$into"
	cp "$source/package.json" "$source/package-lock.json" "$into"
	(cd "$into" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
		die "the npm packages of e2e/web/$name could not be installed. The tests of browsers need the npm registry once: see to the network or to npm's settings ('npm config get registry'), then run scripts/web.sh again."
	printf '%s\n' "$want" >"$into/.stamp"
done
