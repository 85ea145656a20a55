/* What a control group counts, limits and ends. */

#include "group_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "base/clock.h"

/* ---- joining ---- */

static void a_fork_is_in_the_group(void **state) {
    (void)state;
    open_group(0, 0, 0);
    pid_t child = start(act_idle);
    assert_int_equal(hear(), 'i');
    scoped(str) text = STR_INIT;
    autofree char *path = str_format("/proc/%d/cgroup", child);
    assert_int_equal(fs_read(&text, path, MIB, &fix.err), 0);
    for (size_t i = 0; i < fix.group.count; i++) assert_non_null(strstr(text.data, fix.group.folders[i].name));
    assert_int_equal(count_members(), 1);
    assert_true(is_alive(child));
}

static void a_process_joins(void **state) {
    (void)state;
    open_group(0, 0, 0);
    pid_t child = fork();
    if (!child) {
        if (group_join(&fix.group)) _exit(1);
        idle();
    }
    assert_int_equal(hear(), 'i');
    assert_int_equal(count_members(), 1);
    assert_true(group_kill(&fix.group));
    assert_int_equal(WTERMSIG(status_of(child)), SIGKILL);
}

/* ---- memory ---- */

static void use_memory(size_t most) {
    char *memory = mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) _exit(98);
    for (size_t i = 0; i < most; i += 4096) ((volatile char *)memory)[i] = 1;
}

static void act_modest(void) {
    use_memory(8 * MIB);
    idle();
}

static void act_greedy(void) { use_memory(256 * MIB); }

static void who_uses_too_much_is_ended_alone(void **state) {
    (void)state;
    open_group(GROUP_MEMORY, 32 * MIB, 0);
    pid_t modest = start(act_modest);
    assert_int_equal(hear(), 'i');
    assert_int_equal(group_out_of_memory(&fix.group), 0);
    assert_in_range(group_memory(&fix.group), 8 * MIB, 16 * MIB);
    int status = status_of(start(act_greedy));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_int_equal(group_out_of_memory(&fix.group), 1);
    assert_true(is_alive(modest));
    uint64_t peak = group_memory_peak(&fix.group);
    if (peak) assert_in_range(peak, 30 * MIB, 32 * MIB);
}

static void without_a_limit_memory_is_only_counted(void **state) {
    (void)state;
    open_group(GROUP_MEMORY, 0, 0);
    assert_int_equal(status_of(start(act_greedy)), 0);
    uint64_t peak = group_memory_peak(&fix.group);
    if (peak) assert_in_range(peak, 256 * MIB, 300 * MIB);
    assert_int_equal(group_out_of_memory(&fix.group), 0);
}

static void act_share(void) {
    int fd = memfd_create("x", 0);
    static const char block[65536] = {1};
    for (int i = 0; i < 256 * MIB / 65536; i++)
        if (write(fd, block, sizeof block) < 0) _exit(97);
}

static void memory_without_a_mapping_counts(void **state) {
    (void)state;
    open_group(GROUP_MEMORY, 32 * MIB, 0);
    assert_int_equal(WTERMSIG(status_of(start(act_share))), SIGKILL);
    assert_int_equal(group_out_of_memory(&fix.group), 1);
}

/* ---- processes ---- */

/* Exits with how many processes it could start. */
static void act_multiply(void) {
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child < 0) _exit(errno == EAGAIN ? i : 96);
        if (!child) idle();
    }
    _exit(40);
}

static void no_more_processes_than_allowed(void **state) {
    (void)state;
    open_group(GROUP_PROCESSES, 0, 5);
    assert_int_equal(WEXITSTATUS(status_of(start(act_multiply))), 4);
    assert_true(group_processes_refused(&fix.group) >= 1);
    assert_true(group_kill(&fix.group));
    assert_int_equal(count_members(), 0);
}

static void without_a_limit_none_is_refused(void **state) {
    (void)state;
    open_group(GROUP_PROCESSES, 0, 0);
    assert_int_equal(WEXITSTATUS(status_of(start(act_multiply))), 40);
    assert_int_equal(group_processes_refused(&fix.group), 0);
}

/* ---- ending ---- */

static void act_scatter(void) {
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child > 0) (void)waitpid(child, NULL, 0);
        if (child) continue;
        signal(SIGTERM, SIG_IGN);
        setsid();
        if (fork()) _exit(0);
        idle();
    }
}

static void daemons_are_ended_and_the_group_stays(void **state) {
    (void)state;
    open_group(0, 64 * MIB, 20);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(status_of(start(act_scatter)), 0);
        for (int i = 0; i < 3; i++) assert_int_equal(hear(), 'i');
        assert_int_equal(count_members(), 3);
        assert_true(group_kill(&fix.group));
        assert_int_equal(count_members(), 0);
    }
}

static void act_bomb(void) {
    say('b');
    for (double end = clock_monotonic() + 30; clock_monotonic() < end;) (void)fork();
}

static void a_bomb_is_ended(void **state) {
    (void)state;
    open_group(GROUP_PROCESSES, 0, 60);
    start(act_bomb);
    assert_int_equal(hear(), 'b');
    while (!group_processes_refused(&fix.group)) {}
    double began = clock_monotonic();
    assert_true(group_kill(&fix.group));
    assert_true(clock_monotonic() - began < 3);
    assert_int_equal(count_members(), 0);
}

static void closing_ends_what_is_left_and_removes_the_folders(void **state) {
    (void)state;
    open_group(0, 64 * MIB, 20);
    pid_t child = start(act_idle);
    assert_int_equal(hear(), 'i');
    autoclose int parent = dup(fix.group.folders[0].parent);
    autofree char *name = mem_copy_string(fix.group.folders[0].name);
    group_close(&fix.group);
    struct stat info;
    assert_int_equal(fstatat(parent, name, &info, 0), -1);
    assert_int_equal(WTERMSIG(status_of(child)), SIGKILL);
    group_close(&fix.group); /* once more does nothing */
}

static void a_fork_of_the_owner_ends_nothing(void **state) {
    (void)state;
    open_group(0, 0, 0);
    pid_t child = start(act_idle), copy = fork();
    if (!copy) {
        bool ended = group_kill(&fix.group);
        group_close(&fix.group);
        _exit(ended);
    }
    assert_int_equal(status_of(copy), 0);
    assert_int_equal(hear(), 'i');
    assert_true(is_alive(child));
    assert_true(stands_in_parent(0, fix.group.folders[0].name));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_fork_is_in_the_group),
        TEST(a_process_joins),
        TEST(who_uses_too_much_is_ended_alone),
        TEST(without_a_limit_memory_is_only_counted),
        TEST(memory_without_a_mapping_counts),
        TEST(no_more_processes_than_allowed),
        TEST(without_a_limit_none_is_refused),
        TEST(daemons_are_ended_and_the_group_stays),
        TEST(a_bomb_is_ended),
        TEST(closing_ends_what_is_left_and_removes_the_folders),
        TEST(a_fork_of_the_owner_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
