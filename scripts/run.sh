#!/usr/bin/env bash
# Starts the demo vault on ./demo-vault, opens the window on it, and stops the
# vault when the window closes. The ports stay the same from run to run, so that
# an upload that was cut short finds its vault again.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

data=${LONGSHORE_DEMO_DATA:-$ROOT/demo-vault/data}
state=${LONGSHORE_DEMO_STATE:-$ROOT/demo-vault/state}
listen=${LONGSHORE_DEMO_LISTEN:-127.0.0.1:8480}
s3_listen=${LONGSHORE_DEMO_S3_LISTEN:-127.0.0.1:8481}
mkdir -p "$data" "$state"

pipes=$(mktemp -d)
demo=
cleanup() {
	exec 3>&-
	[ -z "$demo" ] || { kill -TERM "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; }
	rm -rf "$pipes"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The vault lives as long as its standard input is open: even if this script is
# killed, nothing is left behind.
mkfifo "$pipes/in" "$pipes/out"
bin/longshore-demo --data "$data" --listen "$listen" --s3-listen "$s3_listen" --until-eof \
	<"$pipes/in" >"$pipes/out" &
demo=$!
exec 3>"$pipes/in"
url=
while read -r word rest; do
	if [ "$word" = ready ]; then
		url=$rest
		break
	fi
done <"$pipes/out"
[ -n "$url" ] || die "the demo vault did not start; what it said is above."

say "the demo vault is ready at $url
    what you upload appears as plain files under $data/vault
    close the window to stop"
bin/longshore --signer "$url" --state "$state" "$@" 3>&-
