/* Making room for groups, where this process is alone in a group of version 2 that was given to it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "box/group.h"
#include "box/group_leaf.h"

/* A skipped test releases nothing, so this needs no release. */
struct membership {
    char text[4096];
};

static struct membership own_group(void) {
    struct membership own = {0};
    autoclose int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, own.text, sizeof own.text - 1) > 0);
    return own;
}

static bool is_occupied(void) {
    scoped(group_places) places;
    group_places_find(&places, "");
    return places.occupied != NULL;
}

static void enter_or_skip(struct group_leaf *leaf) {
    if (group_leaf_enter(leaf)) return;
    print_message("skipped: not alone in a group of version 2 that was given to this user\n");
    skip();
}

static void room_is_made_and_given_back(void **state) {
    (void)state;
    struct group_leaf leaf;
    struct group_facts facts;
    struct box_group group;
    struct err err = ERR_INIT;
    struct membership before = own_group();
    enter_or_skip(&leaf);
    assert_true(group_probe(&facts) && facts.memory && facts.processes);
    assert_string_equal(facts.why, "");
    assert_int_equal(group_open(&group, &(struct group_limits){32 << 20, 10}, &err), 0);
    int pidfd, status;
    pid_t child = group_fork(&group, &pidfd);
    if (!child) _exit(7);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 7);
    group_close(&group);
    group_leaf_leave(&leaf);
    struct membership after = own_group();
    assert_string_equal(before.text, after.text);
    assert_true(is_occupied());
}

static void a_fork_of_the_owner_changes_nothing(void **state) {
    (void)state;
    struct group_leaf leaf;
    enter_or_skip(&leaf);
    int status;
    pid_t child = fork();
    if (!child) {
        group_leaf_leave(&leaf);
        _exit(is_occupied());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    group_leaf_leave(&leaf);
}

static void with_company_nothing_is_done(void **state) {
    (void)state;
    struct group_leaf leaf;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    struct membership before = own_group();
    assert_false(group_leaf_enter(&leaf));
    struct membership after = own_group();
    assert_string_equal(before.text, after.text);
    group_leaf_leave(&leaf);
    close(ends[1]);
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_made_and_given_back),
        cmocka_unit_test(a_fork_of_the_owner_changes_nothing),
        cmocka_unit_test(with_company_nothing_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
