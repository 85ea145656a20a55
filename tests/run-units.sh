#!/bin/sh
# Runs the unit tests named, each a cmocka program; shows the output of those that fail, and prints how many passed.
# Those about control groups come first, one by one, since any box that opens clears away what the dead have left; the others run as
# many at once as there are cores.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
touch "$folder/failed"

run() { # COUNT: the programs whose names come in, so many at once
    # shellcheck disable=SC2016  # the names are for the inner shell
    xargs -r -P "$1" -I{} sh -c '"$1" >"$2/$(basename "$1").out" 2>&1 || echo "$1" >>"$2/failed"' sh {} "$folder"
}

printf '%s\n' "$@" | grep '/test_group' | run 1
printf '%s\n' "$@" | grep -v '/test_group' | run "$(nproc)"
while read -r program; do
    printf '== %s\n' "$program"
    cat "$folder/$(basename "$program").out"
done <"$folder/failed"
failed=$(wc -l <"$folder/failed")
echo "unit programs: $(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
