#!/usr/bin/env bash
# Runs every fuzz target of the product for a moment: FUZZTIME each, 3s if unset.
# What it finds is written to the package's testdata/fuzz and fails the script;
# keep that file with the fix. The seeds and what is kept run in every unit test.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

each=${FUZZTIME:-3s}
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# Go 1.26 can end a run with "context deadline exceeded" and nothing found
# (go.dev/issue/75804, mended in 1.27). Anything else that fails has failed.
harmless() {
	grep -q '^ *context deadline exceeded$' "$1" && ! grep -Eq 'Failing input written|panic:|_test\.go:|fuzzing process' "$1"
}

# The window's packages are fuzzed without coverage guidance: instrumenting the
# toolkit would build it once more, for minutes. The binary is the unit test's.
windowed() {
	go test -race -tags no_metadata -c -o "$temp/ui.test" "./$1"
	(cd "$1" && "$temp/ui.test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$each" -test.fuzzcachedir "$temp/cache")
}

# The demo vault and the benchmarks are modules and programs of their own.
targets() {
	grep -roE --include='*_test.go' --exclude-dir={.git,.tools,bin,demo,bench,testdata} '^func Fuzz[A-Za-z0-9_]*' . | sort
}

run=0
while IFS=: read -r file func; do
	dir=$(dirname "${file#./}") name=${func#func }
	run=$((run + 1))
	say "fuzzing $dir $name for $each"
	if [[ $dir == ui || $dir == ui/* ]]; then
		windowed "$dir" "$name"
	else
		go test "./$dir" -run '^$' -fuzz "^$name\$" -fuzztime "$each" -fuzzminimizetime 1s
	fi >"$temp/out" 2>&1 || harmless "$temp/out" || {
		cat "$temp/out"
		die "$name found something: the input is in $dir/testdata/fuzz/$name. Mend the code and commit the input with it."
	}
	grep -E '^(fuzz: elapsed|ok|PASS)' "$temp/out" | tail -n 2 || true
done < <(targets)

((run > 0)) || die "no fuzz target was found"
say "$run fuzz targets found nothing"
