#!/usr/bin/env bash
# Builds for Windows and macOS on Linux, into bin/cross: the window for Windows
# with mingw-w64 (icon, version, manifest, no console), and the programs that
# need no cgo for both, on amd64 and arm64. The window for macOS needs Apple's
# frameworks and is built on a Mac.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

mingw=x86_64-w64-mingw32
for tool in gcc windres objdump; do
	command -v $mingw-$tool >/dev/null || die "$mingw-$tool is missing: apt-get install gcc-mingw-w64-x86-64 (scripts/packages.sh cross)"
done
out=$ROOT/bin/cross
version=$(sed -n 's/^Version = "\(.*\)"/\1/p' FyneApp.toml)
work=$(mktemp -d)
syso=rsrc_windows_amd64.syso # by its name only this system's linker takes it
trap 'rm -rf "$work"; rm -f "$syso" cmd/longshore-cli/$syso cmd/longshore-signer/$syso' EXIT
mkdir -p "$out"
vcs=()
git rev-parse HEAD >/dev/null 2>&1 || vcs=(-buildvcs=false)
build() { go build -trimpath "${vcs[@]}" "$@"; }

# resources NAME DESCRIPTION FOLDER: icon, version and manifest of a program.
resources() {
	local in=deploy/desktop/windows
	cp $in/longshore.ico "$work/"
	sed "s/@VERSION4@/$version.0/" $in/longshore.manifest >"$work/longshore.manifest"
	sed "s/@VERSIONCOMMAS@/${version//./,},0/; s/@VERSION@/$version/; s/@NAME@/$1/; s/@DESCRIPTION@/$2/" $in/longshore.rc >"$work/longshore.rc"
	(cd "$work" && $mingw-windres -c 65001 --output-format=coff longshore.rc "$1.syso")
	cp "$work/$1.syso" "$3/$syso"
}

say "bin/cross/longshore.exe: the window for Windows (the first time its C parts take some minutes)"
resources longshore "Longshore" .
GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=$mingw-gcc CXX=$mingw-g++ build -tags migrated_fynedo \
	-ldflags "-s -w -H windowsgui" -o "$out/longshore.exe" .

say "the programs without cgo, for Windows and macOS"
resources longshore-cli "Longshore for the command line" cmd/longshore-cli
resources longshore-signer "Longshore signer" cmd/longshore-signer
for target in windows/amd64 windows/arm64 darwin/amd64 darwin/arm64; do
	os=${target%/*} arch=${target#*/}
	mkdir -p "$out/$os-$arch"
	GOOS=$os GOARCH=$arch CGO_ENABLED=0 build -ldflags "-s -w" -o "$out/$os-$arch/" ./cmd/longshore-cli ./cmd/longshore-signer
done

say "checking what was built"
# want FILE TEXT WHAT: objdump's description of a program holds a text.
want() {
	$mingw-objdump -p "$1" >"$work/pe"
	grep -q "$2" "$work/pe" || die "${1#"$ROOT"/} $3"
}
want "$out/longshore.exe" 'Subsystem.*00000002' "opens a console"
want "$out/windows-amd64/longshore-cli.exe" 'Subsystem.*00000003' "has no console"
for exe in "$out/longshore.exe" "$out/windows-amd64/longshore-cli.exe"; do
	want "$exe" '.rsrc' "has no resources"
	grep -qa longPathAware "$exe" || die "${exe#"$ROOT"/} has no manifest for long paths"
done
# Everything the window loads comes with Windows 10: nothing has to be shipped beside it.
$mingw-objdump -p "$out/longshore.exe" | sed -n 's/^\tDLL Name: //p' | tr 'A-Z' 'a-z' | sort -u >"$work/dlls"
if grep -vxE '(api-ms-win-crt-.*|advapi32|comctl32|comdlg32|dwmapi|gdi32|kernel32|msvcrt|ole32|oleaut32|opengl32|setupapi|shell32|shlwapi|user32|uuid|version|winmm|ws2_32|uiautomationcore|bcrypt|imm32|ntdll|shcore|propsys)\.dll' "$work/dlls"; then
	die "longshore.exe needs the libraries above, which Windows does not bring"
fi
find "$out" -type f -printf '%10s  %P\n' | sort -k2
