#!/usr/bin/env bash
# Runs the end-to-end tests in two halves and the faults of the wire, all at once:
# they mostly wait for servers and clocks, so that they share two cores well. The
# kills have a run of their own (make crash).
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
shares=()
stop() {
	for pid in "${shares[@]}"; do kill "$pid" 2>/dev/null || true; done
	rm -rf "$work"
}
trap stop EXIT

go test -c -o "$work/e2e.test" ./e2e
cd e2e
wire=TestFaultTableOfTheRealWire # a minute of it is watchdogs
"$work/e2e.test" -test.list '.*' | grep '^Test' | grep -vxE "TestCrash|$wire" >"$work/names"
for share in 0 1 2; do
	names=$wire
	[ $share = 2 ] || names=$(awk -v half=$share 'NR % 2 == half' "$work/names" | paste -sd'|')
	"$work/e2e.test" -test.timeout 40m -test.parallel 4 -test.run "^($names)\$" >"$work/$share.log" 2>&1 &
	shares+=($!)
done
failed=0
for share in 0 1 2; do
	wait "${shares[$share]}" || failed=1
	cat "$work/$share.log"
done
exit $failed
