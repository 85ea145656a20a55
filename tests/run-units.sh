#!/bin/sh
# Runs the unit tests named, each a cmocka program, and prints how many passed.
set -u
passed=0
failed=0
for program in "$@"; do
    if output=$("$program" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '%s\n' "== $program" "$output"
    fi
done
echo "unit programs: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
