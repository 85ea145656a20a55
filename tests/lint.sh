#!/bin/sh
# Everything that can be seen without running: formatting, shell scripts, Lua, include directions.
# Prints "lint: N passed, N failed".
set -u
passed=0
failed=0

step() { # NAME COMMAND…: counts, and shows the output of what fails
    name=$1
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf '== %s\n%s\n' "$name" "$output"
    fi
}

c_files=$(git ls-files '*.c' '*.h')
shell_files="$(git ls-files '*.sh') .ci/run .ci/deps"
lua_files=$(git ls-files 'checker/prelude/*.lua' lab/author/record.lua lab/author/record_draft.lua)

# Of two functions with one name in the library, one would silently stand in for the other.
one_of_a_name() {
    twice=$(nm --defined-only --extern-only build/debug/liblab.a 2>/dev/null | awk 'NF == 3 { print $3 }' | sort | uniq -d)
    [ -z "$twice" ] || { echo "defined twice: $twice"; return 1; }
}

# shellcheck disable=SC2086,SC2046  # lists of names, none with spaces
{
    step "clang-format" clang-format --dry-run --Werror $c_files
    step "shellcheck" shellcheck $shell_files
    step "luacheck" luacheck -q --config tests/luacheckrc $lua_files
    step "python" python3 -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]' $(git ls-files '*.py')
    step "includes" python3 tests/check-includes.py
    step "symbols" one_of_a_name
    step "whitespace" git diff --check "$(git hash-object -t tree /dev/null)" HEAD -- . ':!tests/cli' ':!tests/checker' ':!tests/unit'
}
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
