#!/bin/sh
# The first minutes of a newcomer (`make start`): opens the first exercise, runs its checks, and says what to type next.
# Failing checks are what is expected of a start, so they do not fail this script.
set -u
lab=$1
workspace=${LAB_WORK:-${LAB_HOME:+$LAB_HOME/work}}
workspace=${workspace:-$HOME/lab}/seed-it

"$lab" start seed-it || exit
echo
"$lab" check seed-it
status=$?
[ "$status" -le 1 ] || exit "$status"

cat <<END

That was the first exercise, as it was given. Now it is your turn:

    export PATH="${lab%/lab}:\$PATH"       (or: sudo make install)
    cd "$workspace"
    less README.md
    lab check
END
