#include "workspace_fixture.h"

static void is_equal_to_the_start(void **state) {
    struct fixture *f = *state;
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_equal_to_the_start, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
