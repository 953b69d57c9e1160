#!/usr/bin/env bash
# Sees to the system packages that Go modules cannot bring: the headers the
# window is compiled against ("build"), the programs the window is tested with
# ("test"), a compiler for Windows ("cross"), and what runs its programs ("wine"). On Debian and Ubuntu it installs what is missing; elsewhere it
# names them and goes on if the compiler finds them.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# OpenGL, X11 and Wayland headers, as the C parts of fyne and GLFW name them,
# and the drivers a window needs at run time.
build_packages=(
	gcc libc6-dev pkg-config
	libgl1-mesa-dev libx11-dev libxcursor-dev libxext-dev libxi-dev
	libxinerama-dev libxrandr-dev libxxf86vm-dev
	libwayland-dev libxkbcommon-dev
	libgl1 libegl1 libgl1-mesa-dri
)
# systemd-analyze; a display without a screen, a window manager, a file manager to drag from,
# programs that move the mouse and look at the result, and a keychain.
test_packages=(
	xvfb xauth openbox xdotool wmctrl x11-utils imagemagick gnome-keyring
	systemd pcmanfm dbus dbus-x11 shared-mime-info adwaita-icon-theme fonts-dejavu-core
)
# A browser and Node.js, for Uppy and its Companion. Often they come from
# elsewhere, and then Debian's may not go with them: what is on the PATH counts.
command -v node >/dev/null || test_packages+=(nodejs)
command -v npm >/dev/null || test_packages+=(npm)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || test_packages+=(chromium)

# What builds the window for Windows (make cross).
cross_packages=(gcc-mingw-w64-x86-64)
# What runs it here (make wine).
wine_packages=(wine wine64)

in_words() {
	cat <<'TEXT'
This is not Debian or Ubuntu, so nothing was installed. The window needs a C
compiler, pkg-config, and the development files of OpenGL, X11 and Wayland:
  Fedora   sudo dnf install gcc pkgconf mesa-libGL-devel libX11-devel libXcursor-devel libXext-devel libXi-devel libXinerama-devel libXrandr-devel libXxf86vm-devel wayland-devel libxkbcommon-devel
  Arch     sudo pacman -S --needed gcc pkgconf mesa libx11 libxcursor libxext libxi libxinerama libxrandr libxxf86vm wayland libxkbcommon
  macOS    xcode-select --install
  Windows  MSYS2 with mingw-w64-x86_64-gcc on the PATH
The window's tests also need Xvfb, openbox, xdotool, wmctrl, pcmanfm, dbus,
xwininfo and xprop (x11-utils), and ImageMagick; that of the keychain needs
gnome-keyring; those of web pages need Chromium, and Node.js 20 or later with
npm.
TEXT
}

# on_other_systems checks what the compiler will look for.
on_other_systems() {
	in_words
	[ "$(uname -s)" = Linux ] || return 0
	local missing=()
	command -v pkg-config >/dev/null || die "pkg-config was not found. Install the packages above and run this again."
	for lib in gl x11 xcursor xi xinerama xrandr xxf86vm wayland-client wayland-cursor wayland-egl xkbcommon; do
		pkg-config --exists "$lib" || missing+=("$lib")
	done
	[ ${#missing[@]} -eq 0 ] || die "pkg-config does not know: ${missing[*]}. Install the packages above and run this again."
	echo "pkg-config finds all of them: going on."
}

# missing_of prints the packages that dpkg does not report as installed.
missing_of() {
	local p
	for p in "$@"; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
	done
}

# as_root runs apt-get, with sudo where we are not root.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

case ${1:-} in
build) packages=("${build_packages[@]}") ;;
test) packages=("${build_packages[@]}" "${test_packages[@]}") ;;
cross) packages=("${cross_packages[@]}") ;;
wine) packages=("${wine_packages[@]}") ;;
bench) packages=(awscli iproute2) ;; # an uploader to compare with, and lines of any speed
*) die "usage: scripts/packages.sh build|test|cross|wine|bench" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	[ "$1" = bench ] || on_other_systems # the bench leaves out what is not there
	exit 0
fi
mapfile -t missing < <(missing_of "${packages[@]}")
if [ ${#missing[@]} -eq 0 ]; then
	echo "system packages for $1: all ${#packages[@]} are installed"
	exit 0
fi
say "installing ${#missing[@]} system packages with apt-get: ${missing[*]}"
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
	die "installing them needs root. Ask an administrator to run: apt-get install --no-install-recommends ${missing[*]}"
fi
as_root apt-get update -qq
as_root apt-get install -y -qq --no-install-recommends "${missing[@]}"
