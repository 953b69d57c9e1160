#!/usr/bin/env bash
# Runs go vet on everything that must build without cgo (all but ui and the
# desktop program), for each system we ship for: the proof that the engine, the
# CLI and the signer are headless and portable.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

headless=$(go list ./... | grep -Ev '^longshore$|^longshore/ui(/|$)')
for os in linux windows darwin; do
	say "go vet without cgo for $os ($(wc -w <<<"$headless") packages, and the demo vault)"
	CGO_ENABLED=0 GOOS=$os GOARCH=amd64 go vet $headless # one word per package
	(cd demo && CGO_ENABLED=0 GOOS=$os GOARCH=amd64 go vet ./...)
done
say "go vet of the command line with its fail points (only the crash tests build it so)"
CGO_ENABLED=0 GOOS=linux go vet -tags failpoints ./app ./cmd/longshore-cli
say "go vet of the tests' OpenID Connect provider"
(cd internal/oidctest/provider && CGO_ENABLED=0 go vet ./...)
say "go vet of everything on this system, the window too, and with its ear for tests"
go vet ./...
go vet -tags exposed ./ui
