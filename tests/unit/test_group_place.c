/* Where control groups can be made, on machines that are laid out below a temporary folder. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "box/group_place.h"

enum { NOBODY = 65534 };

static char root[64];
static struct group_places places;

static int setup(void **state) {
    (void)state;
    places = (struct group_places){0};
    snprintf(root, sizeof root, "/tmp/test-group-XXXXXX");
    return mkdtemp(root) ? chmod(root, 0755) : -1;
}

static int teardown(void **state) {
    (void)state;
    group_places_release(&places);
    return beneath_remove_at(root);
}

/* ---- laying out a machine ---- */

static void put(const char *path, const char *text) {
    autofree char *full = str_format("%s%s", root, path), *parent = path_parent(full);
    assert_int_equal(fs_make_directories(parent, NULL), 0);
    assert_int_equal(fs_write(full, text, strlen(text), NULL), 0);
}

static void put_memberships(const char *text) { put("/proc/self/cgroup", text); }

static void put_mounts(const char *text) { put("/proc/self/mountinfo", text); }

/* A group of version 2 with what it was given and what it hands down. */
static void put_group(const char *path, const char *given, const char *handed_down) {
    autofree char *controllers = str_format("%s/cgroup.controllers", path);
    autofree char *subtree = str_format("%s/cgroup.subtree_control", path);
    autofree char *procs = str_format("%s/cgroup.procs", path), *type = str_format("%s/cgroup.type", path);
    put(controllers, given);
    put(subtree, handed_down);
    put(procs, "");
    if (strcmp(path, "/sys/fs/cgroup") != 0) put(type, "domain\n"); /* the root has none */
}

static void give_to_nobody(const char *path) {
    static const char *const files[] = {"", "/cgroup.procs", "/cgroup.subtree_control"};
    for (size_t i = 0; i < LENGTH(files); i++) {
        autofree char *full = str_format("%s%s%s", root, path, files[i]);
        assert_int_equal(chown(full, NOBODY, NOBODY), 0);
    }
}

/* To look as somebody else. */
static void need_root(void) {
    if (geteuid()) skip();
}

/* Looks as a user who may write only what was given to them. */
static void find_as_nobody(void) {
    assert_int_equal(seteuid(NOBODY), 0);
    group_places_find(&places, root);
    assert_int_equal(seteuid(0), 0);
}

static void must_be(size_t i, const char *folder, bool unified, unsigned has) {
    assert_true(i < places.count);
    assert_string_equal(places.items[i].folder, folder);
    assert_int_equal(places.items[i].unified, unified);
    assert_int_equal(places.items[i].has, has);
}

static void must_say(const char *why, const char *help) {
    if (!strstr(places.why, why)) fail_msg("'%s' does not say '%s'", places.why, why);
    if (!strstr(places.help, help)) fail_msg("'%s' does not say '%s'", places.help, help);
}

/* ---- version 1 ---- */

static void version_1_has_a_hierarchy_for_each(void **state) {
    (void)state;
    put_memberships("9:name=systemd:/\n8:pids:/\n4:memory:/some/session\n1:cpu:/\n");
    put_mounts("31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
               "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
               "36 31 0:33 / /sys/fs/cgroup/cpu rw,relatime shared:10 - cgroup cgroup rw,cpu\n"
               "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n");
    put("/sys/fs/cgroup/memory/some/session/tasks", "");
    put("/sys/fs/cgroup/pids/tasks", "");
    group_places_find(&places, root);
    assert_int_equal(places.count, 2);
    must_be(0, "/sys/fs/cgroup/memory/some/session", false, GROUP_MEMORY);
    must_be(1, "/sys/fs/cgroup/pids", false, GROUP_PROCESSES | GROUP_KILL);
    assert_string_equal(places.why, "");
    assert_string_equal(places.help, "");
}

static void two_controllers_may_share_a_hierarchy(void **state) {
    (void)state;
    put_memberships("3:cpu,memory,pids:/a\n");
    put_mounts("35 31 0:32 / /cg rw shared:1 master:2 propagate_from:3 - cgroup none rw,cpu,memory,pids\n");
    put("/cg/a/tasks", "");
    group_places_find(&places, root);
    assert_int_equal(places.count, 1);
    must_be(0, "/cg/a", false, GROUP_ALL);
}

static void each_controller_is_useful_alone(void **state) {
    (void)state;
    need_root();
    put_memberships("8:pids:/\n4:memory:/\n");
    put_mounts("39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
               "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/pids/tasks", "");
    put("/sys/fs/cgroup/memory/tasks", "");
    autofree char *own = str_format("%s/sys/fs/cgroup/pids", root);
    assert_int_equal(chown(own, NOBODY, NOBODY), 0);
    find_as_nobody();
    assert_int_equal(places.count, 1);
    must_be(0, "/sys/fs/cgroup/pids", false, GROUP_PROCESSES | GROUP_KILL);
    must_say("/sys/fs/cgroup/memory may not be changed", "unified_cgroup_hierarchy");
}

static void containers_see_their_part_of_version_1(void **state) {
    (void)state;
    put_memberships("4:memory:/docker/abc/inner\n8:pids:/docker/abc\n");
    put_mounts("35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
               "39 31 0:36 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n");
    put("/sys/fs/cgroup/memory/inner/tasks", "");
    put("/sys/fs/cgroup/pids/tasks", "");
    group_places_find(&places, root);
    must_be(0, "/sys/fs/cgroup/memory/inner", false, GROUP_MEMORY);
    must_be(1, "/sys/fs/cgroup/pids", false, GROUP_PROCESSES | GROUP_KILL);
}

/* ---- both versions ---- */

static void hybrid_takes_controllers_from_version_1(void **state) {
    (void)state;
    put_memberships("8:pids:/\n4:memory:/\n0::/user\n");
    put_mounts("41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
               "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
               "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n");
    put("/sys/fs/cgroup/memory/tasks", "");
    put("/sys/fs/cgroup/pids/tasks", "");
    put_group("/sys/fs/cgroup/unified/user", "", "");
    group_places_find(&places, root);
    assert_int_equal(places.count, 2);
    assert_false(places.items[0].unified);
    assert_false(places.items[1].unified);
}

static void hybrid_ends_processes_by_version_2(void **state) {
    (void)state;
    put_memberships("4:memory:/\n0::/user\n");
    put_mounts("41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
               "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    put("/sys/fs/cgroup/memory/tasks", "");
    put_group("/sys/fs/cgroup/unified/user", "", "");
    group_places_find(&places, root);
    assert_int_equal(places.count, 2);
    must_be(0, "/sys/fs/cgroup/memory", false, GROUP_MEMORY);
    must_be(1, "/sys/fs/cgroup/unified/user", true, GROUP_KILL);
    must_say("no control groups for processes are mounted", "");
}

/* ---- version 2 ---- */

#define UNIFIED "30 24 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n"

static void a_session_of_a_user_has_groups_beside_it(void **state) {
    (void)state;
    need_root();
    put_memberships("0::/user.slice/user@1000.service/app.slice/term.scope\n");
    put_mounts(UNIFIED);
    put_group("/sys/fs/cgroup", "cpu memory pids\n", "cpu memory pids\n");
    put_group("/sys/fs/cgroup/user.slice", "cpu memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/user.slice/user@1000.service", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/user.slice/user@1000.service/app.slice", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/user.slice/user@1000.service/app.slice/term.scope", "memory pids\n", "");
    give_to_nobody("/sys/fs/cgroup/user.slice/user@1000.service");
    give_to_nobody("/sys/fs/cgroup/user.slice/user@1000.service/app.slice");
    give_to_nobody("/sys/fs/cgroup/user.slice/user@1000.service/app.slice/term.scope");
    find_as_nobody();
    assert_int_equal(places.count, 1);
    must_be(0, "/sys/fs/cgroup/user.slice/user@1000.service/app.slice", true, GROUP_ALL);
    assert_null(places.occupied);
    assert_string_equal(places.why, "");
}

static void who_hands_more_down_is_preferred(void **state) {
    (void)state;
    need_root();
    put_memberships("0::/a/b/c\n");
    put_mounts(UNIFIED);
    put_group("/sys/fs/cgroup", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/a", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/a/b", "memory pids\n", "pids\n");
    put_group("/sys/fs/cgroup/a/b/c", "pids\n", "");
    group_places_find(&places, root);
    must_be(0, "/sys/fs/cgroup/a", true, GROUP_ALL);
    group_places_release(&places);
    give_to_nobody("/sys/fs/cgroup/a/b");
    find_as_nobody();
    must_be(0, "/sys/fs/cgroup/a/b", true, GROUP_PROCESSES | GROUP_KILL);
}

static void a_session_of_the_system_may_not(void **state) {
    (void)state;
    need_root();
    put_memberships("0::/user.slice/session-3.scope\n");
    put_mounts(UNIFIED);
    put_group("/sys/fs/cgroup", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/user.slice", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/user.slice/session-3.scope", "memory pids\n", "");
    find_as_nobody();
    assert_int_equal(places.count, 0);
    must_say("session-3.scope may not be changed by this user", "systemd-run --user --scope -p Delegate=yes");
}

static void a_group_that_was_given_is_occupied(void **state) {
    (void)state;
    need_root();
    put_memberships("0::/system.slice/lab.service\n");
    put_mounts(UNIFIED);
    put_group("/sys/fs/cgroup", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/system.slice", "memory pids\n", "memory pids\n");
    put_group("/sys/fs/cgroup/system.slice/lab.service", "memory pids\n", "");
    give_to_nobody("/sys/fs/cgroup/system.slice/lab.service");
    find_as_nobody();
    assert_int_equal(places.count, 1);
    must_be(0, "/sys/fs/cgroup/system.slice/lab.service", true, GROUP_KILL);
    assert_string_equal(places.occupied, "/sys/fs/cgroup/system.slice/lab.service");
    must_say("lab.service holds other processes", "Delegate=yes");
}

static void the_root_hands_down_though_it_holds_processes(void **state) {
    (void)state;
    put_memberships("0::/\n");
    put_mounts(UNIFIED);
    put_group("/sys/fs/cgroup", "memory pids\n", "memory pids\n");
    group_places_find(&places, root);
    must_be(0, "/sys/fs/cgroup", true, GROUP_ALL);
    group_places_release(&places);
    put_group("/sys/fs/cgroup", "memory pids\n", "");
    group_places_find(&places, root);
    must_be(0, "/sys/fs/cgroup", true, GROUP_KILL);
    assert_null(places.occupied);
    must_say("/sys/fs/cgroup does not hand memory and pids down", "echo +memory +pids");
}

/* With a namespace of its own a container takes its group for the root. */
static void a_container_sees_its_group_as_the_root(void **state) {
    (void)state;
    put_memberships("0::/\n");
    put_mounts(UNIFIED);
    put_group("/sys/fs/cgroup", "memory pids\n", "");
    put("/sys/fs/cgroup/cgroup.type", "domain\n");
    group_places_find(&places, root);
    must_be(0, "/sys/fs/cgroup", true, GROUP_KILL);
    assert_string_equal(places.occupied, "/sys/fs/cgroup");
}

/* ---- odd views ---- */

static void what_is_outside_of_the_view_is_no_place(void **state) {
    (void)state;
    static const char *const views[][2] = {
        {"0::/\n", "30 24 0:27 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
        {"0::/../other\n", "30 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
        {"0::/ab\n", "30 24 0:27 /a /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
        {"1:cpu:/\n", "30 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
    };
    put_group("/sys/fs/cgroup", "memory pids\n", "memory pids\n");
    for (size_t i = 0; i < LENGTH(views); i++) {
        put_memberships(views[i][0]);
        put_mounts(views[i][1]);
        group_places_find(&places, root);
        assert_int_equal(places.count, 0);
        must_say("is not in what is mounted at /sys/fs/cgroup", "");
        group_places_release(&places);
    }
}

static void of_several_views_one_is_enough(void **state) {
    (void)state;
    put_memberships("0::/box\n");
    put_mounts("30 24 0:27 /elsewhere /mnt/first rw - cgroup2 cgroup2 rw\n"
               "31 24 0:27 / /mnt/with\\040space\\134 rw - cgroup2 cgroup2 rw\n");
    put_group("/mnt/with space\\", "memory pids\n", "memory pids\n");
    put_group("/mnt/with space\\/box", "memory pids\n", "");
    group_places_find(&places, root);
    assert_int_equal(places.count, 1);
    must_be(0, "/mnt/with space\\", true, GROUP_ALL);
    assert_string_equal(places.why, "");
}

static void without_control_groups_it_is_said(void **state) {
    (void)state;
    group_places_find(&places, root);
    assert_int_equal(places.count, 0);
    must_say("no control groups for memory and processes are mounted", "");
    static const char *const nonsense[] = {"",
                                           "\n\n",
                                           "garbage\n",
                                           "1 2 3 4 5\n",
                                           "1 2 3 / /x rw -\n",
                                           "1 2 3 / /x rw - cgroup2",
                                           "1 2 3 / /x rw - cgroup2 x",
                                           ":::\n"};
    for (size_t i = 0; i < LENGTH(nonsense); i++) {
        put_mounts(nonsense[i]);
        put_memberships(nonsense[i]);
        group_places_find(&places, root);
        assert_int_equal(places.count, 0);
        group_places_release(&places);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(version_1_has_a_hierarchy_for_each),
        TEST(two_controllers_may_share_a_hierarchy),
        TEST(each_controller_is_useful_alone),
        TEST(containers_see_their_part_of_version_1),
        TEST(hybrid_takes_controllers_from_version_1),
        TEST(hybrid_ends_processes_by_version_2),
        TEST(a_session_of_a_user_has_groups_beside_it),
        TEST(who_hands_more_down_is_preferred),
        TEST(a_session_of_the_system_may_not),
        TEST(a_group_that_was_given_is_occupied),
        TEST(the_root_hands_down_though_it_holds_processes),
        TEST(a_container_sees_its_group_as_the_root),
        TEST(what_is_outside_of_the_view_is_no_place),
        TEST(of_several_views_one_is_enough),
        TEST(without_control_groups_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
