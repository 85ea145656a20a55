#!/bin/sh
# clang-tidy's finders of bugs over the files named, two at a time.
set -eu
packages="sqlite3 lua5.4 yaml-0.1 jansson libutf8proc libmd expat libpcre2-8 libgit2 libcurl"
checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier'
checks="$checks,-bugprone-narrowing-conversions,-bugprone-assignment-in-if-condition,-bugprone-branch-clone"
checks="$checks,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-bugprone-macro-parentheses"
checks="$checks,-bugprone-suspicious-string-compare"
# shellcheck disable=SC2046,SC2086  # lists of words
printf '%s\n' "$@" | xargs -P 2 -I{} clang-tidy --quiet --warnings-as-errors='*' --checks="$checks" {} -- \
    -std=c17 -Ilab -I. -D_GNU_SOURCE -DLAB_VERSION='"0"' -DLAB_INSTALLED_COURSE='"/"' -DLIBGIT2_SONAME='""' \
    -DLIBCURL_SONAME='""' $(pkg-config --cflags $packages)
