/* What brings a tool onto a machine: lab/attempt/tool_known. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attempt/tool_known.h"
#include "course/tools.h"

static void assert_advice(const char *name, bool debian, const char *expected) {
    struct err err = ERR_INIT;
    tool_advise(tool_known(name), debian, &err);
    assert_string_equal(err.help, expected);
}

static void advice_fits_the_machine(void **state) {
    (void)state;
    assert_advice("promtool", true, "sudo apt install prometheus");
    assert_advice("docker", true, "sudo apt install docker.io");
    assert_advice("terraform", true,
                  "no package of Debian has it: see https://developer.hashicorp.com/terraform/install");
    assert_advice("promtool", false, "see https://prometheus.io/download");
    assert_advice("no-such-tool", true, "");
}

static void every_row_is_whole(void **state) {
    (void)state;
    const struct tool_known *row, *before = NULL;
    for (size_t i = 0; (row = tool_known_at(i)); before = row, i++) {
        assert_true(tool_is_name(row->name));
        assert_int_equal(strncmp(row->page, "https://", 8), 0);
        assert_true(!before || strcmp(before->name, row->name) < 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(advice_fits_the_machine),
        cmocka_unit_test(every_row_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
