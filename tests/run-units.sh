#!/bin/sh
# Runs the unit tests named, each a cmocka program, as many at once as there are cores; shows the output of those that
# fail, and prints how many passed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
touch "$folder/failed"
# shellcheck disable=SC2016  # the names are for the inner shell
printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} \
    sh -c '"$1" >"$2/$(basename "$1").out" 2>&1 || echo "$1" >>"$2/failed"' sh {} "$folder"
while read -r program; do
    printf '== %s\n' "$program"
    cat "$folder/$(basename "$program").out"
done <"$folder/failed"
failed=$(wc -l <"$folder/failed")
echo "unit programs: $(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
