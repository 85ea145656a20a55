#!/bin/sh
# Prints C source for `const struct prelude_file prelude_files[]` from the Lua files named, in their order.
set -eu
echo '#include "checker/prelude.h"'
count=0
for file in "$@"; do
    count=$((count + 1))
    printf 'static const unsigned char text_%s[] = {' "$count"
    od -An -v -tu1 "$file" | sed 's/  */,/g; s/^,//; s/$/,/'
    echo '0};'
done
echo 'const struct prelude_file prelude_files[] = {'
count=0
for file in "$@"; do
    count=$((count + 1))
    printf '    {"%s", text_%s, sizeof text_%s - 1},\n' "$(basename "$file")" "$count" "$count"
done
echo '};'
echo "const size_t prelude_file_count = $count;"
