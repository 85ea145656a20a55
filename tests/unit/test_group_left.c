/* Groups that others left, or have. */

#include "group_fixture.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>

/* A lab that is killed: its group stays, with a process in it. Its children are ours then. */
static void what_a_killed_lab_left_is_removed(void **state) {
    (void)state;
    open_group(0, 0, 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    pid_t other = fork();
    if (!other) {
        struct box_group group;
        int pidfd;
        if (!group_open(&group, &(struct group_limits){0, 0}, &fix.err) && !group_fork(&group, &pidfd)) {
            group_close(&group); /* as executing a program would: no descriptor stays */
            kill(getppid(), SIGKILL);
            idle();
        }
        pause();
    }
    assert_int_equal(WTERMSIG(status_of(other)), SIGKILL);
    assert_int_equal(hear(), 'i');
    struct box_group next;
    assert_int_equal(group_open(&next, &(struct group_limits){0, 0}, &fix.err), 0);
    group_close(&next);
    int status;
    assert_true(wait(&status) > 0);
    assert_int_equal(WTERMSIG(status), SIGKILL);
    for (unsigned serial = 0; serial < 100; serial++) {
        autofree char *name = str_format("lab-%d-%u", other, serial);
        for (size_t i = 0; i < fix.group.count; i++) assert_false(stands_in_parent(i, name));
    }
}

/* The number of a process in another pid namespace says nothing here. */
static void a_locked_group_of_an_unknown_process_stays(void **state) {
    (void)state;
    open_group(0, 0, 0);
    int parent = fix.group.folders[0].parent;
    const char *name = "lab-2147483646-1";
    struct box_group next;
    assert_int_equal(mkdirat(parent, name, 0755), 0);
    int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(folder, LOCK_EX), 0);
    assert_int_equal(group_open(&next, &(struct group_limits){0, 0}, &fix.err), 0);
    group_close(&next);
    assert_true(stands_in_parent(0, name));
    close(folder);
    assert_int_equal(group_open(&next, &(struct group_limits){0, 0}, &fix.err), 0);
    group_close(&next);
    assert_false(stands_in_parent(0, name));
}

static void folders_of_others_stay(void **state) {
    (void)state;
    open_group(0, 0, 0);
    int parent = fix.group.folders[0].parent;
    static const char *const names[] = {"lab-2147483646-1x", "lab-x-1", "lab-2147483646"};
    struct box_group next;
    for (size_t i = 0; i < LENGTH(names); i++) assert_int_equal(mkdirat(parent, names[i], 0755), 0);
    int opened = group_open(&next, &(struct group_limits){0, 0}, &fix.err);
    for (size_t i = 0; i < LENGTH(names); i++) assert_int_equal(unlinkat(parent, names[i], AT_REMOVEDIR), 0);
    assert_int_equal(opened, 0);
    group_close(&next);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_a_killed_lab_left_is_removed),
        TEST(a_locked_group_of_an_unknown_process_stays),
        TEST(folders_of_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
