#!/usr/bin/env bash
# Fails if a Go file is not formatted as gofmt would, and names it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

unformatted=$(find . -path ./.tools -prune -o -path ./.git -prune -o -name '*.go' -print0 | xargs -0 gofmt -l)
[ -z "$unformatted" ] || die "these files are not gofmt-ed; run gofmt -w on them:
$unformatted"
