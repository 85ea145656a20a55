/* What is made equal in a transcript before it is compared, and what is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "author/golden.h"

static const struct {
    const char *shown, *kept;
} rows[] = {
    {"  7 of 8 checks pass, 62 of 70 points, 3.1 s; attempt 1",
     "  7 of 8 checks pass, 62 of 70 points, … s; attempt 1"},
    {"  all 2 checks pass, 15 of 15 points, 1 min 3 s; attempt 1",
     "  all 2 checks pass, 15 of 15 points, … s; attempt 1"},
    {"  starting mlflow 1 min 4 s", "  starting mlflow … s"},
    {"  starting redis 22 s\n  starting mlflow 3.1 s\n  all well",
     "  starting mlflow … s\n  starting redis … s\n  all well"},
    {"differs at byte 6; still so after 10 s (26 tries)", "differs at byte 6; still so after 10 s (… tries)"},
    {"26 tries) of (26 trie", "26 tries) of (26 trie"},
    {"  starting anew takes 22 s", "  starting anew takes 22 s"},
    {"was stopped after 10 s", "was stopped after 10 s"},
    {"took 0.31 s, then 120 ms", "took … s, then … s"},
    {"expected  0.7322814498933902 ± 1e-06", "expected  #.# ± 1e-06"},
    {"actual    [0.085, 0.20500, 0.21990056, 0.126548…", "actual    [#.#…"},
    {"actual    [0.085, 0.20500, 0.21990056, 0.1…", "actual    [#.#…"},
    {"actual    [0.085, 0.20500, …", "actual    [#.#…"},
    {"actual    [0.085, 0.20500]", "actual    [#.#]"},
    {"3 of 4…", "3 of 4…"},
    {"[0.5, 0.25]", "[0.5, 0.25]"},
    {"1.2345e-05 and v1.2345 and 1.2.345", "#.# and v1.2345 and 1.2.345"},
    {"2026-03-02T00:00:00Z, 127.0.0.1", "2026-03-02T00:00:00Z, 127.0.0.1"},
    {"  no sandbox here: programs can reach your files", ""},
    {"PORT=40623 app --port 41000 at http://127.0.0.1:9000/v1",
     "PORT=##### app --port ##### at http://127.0.0.1:#####/v1"},
    {"port 80, 12345", "port 80, 12345"},
    {"padded   ", "padded"},
};

static void test_rows(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        scoped(str) out = STR_INIT;
        autofree char *line = str_format("%s\n", rows[i].shown);
        autofree char *expected = *rows[i].kept ? str_format("%s\n", rows[i].kept) : mem_copy_string("");
        golden_normalize(&out, line);
        assert_string_equal(out.data, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
