#!/usr/bin/env bash
# Runs what `make cross` built for Windows under Wine: the command line and the window against a real signer and a real
# S3 server, with a real drag and a real kill; the Run key and the Credential Manager as well. Wine is not Windows; what it cannot show stands in the README.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

command -v wine >/dev/null || die "wine is missing: scripts/packages.sh wine"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Go asks Windows' bcryptprimitives.dll for random numbers, which Wine has only from version 9 on. For older ones this
# one function is enough; the tests put it only where none is there.
cat >"$work/random.c" <<'C'
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T n) { return RtlGenRandom(data, (ULONG)n); }
C
x86_64-w64-mingw32-gcc -shared -o "$work/bcryptprimitives.dll" "$work/random.c" -ladvapi32

say "registry and keychain"
export WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml="
(
	export WINEPREFIX=$work/prefix
	wineboot -i >/dev/null 2>&1
	wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f >/dev/null 2>&1
	cp -n "$work/bcryptprimitives.dll" "$WINEPREFIX/drive_c/windows/system32/"
	GOOS=windows CGO_ENABLED=0 LONGSHORE_KEYCHAIN_TEST_REAL=1 go test -count=1 -vet=off -exec wine \
		-run 'TheRunKey|TheSystemsKeychain' ./internal/platform/autostart ./internal/platform/keychain
	wineserver -k -w || true
)

say "upload, drag, kill, resume"
export LONGSHORE_WINE=1 LONGSHORE_WINE_SHIM=$work/bcryptprimitives.dll
cd e2e && go test -count=1 -timeout 15m -run '^TestWindows' -v .
