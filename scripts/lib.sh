# Shared by the scripts of this folder: where the repository is, and how they
# speak. Sourced, never run.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
ROOT=$PWD
TOOLS=$ROOT/.tools/bin

# say prints what happens next.
say() { printf '\n==> %s\n' "$*"; }

# die prints what went wrong and what to do, and stops.
die() {
	printf '\nStopped: %s\n' "$*" >&2
	exit 1
}
