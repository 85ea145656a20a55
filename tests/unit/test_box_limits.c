/* Programs that want too much. */

#include "box_fixture.h"

#define MIB ((uint64_t)1 << 20)

static void assert_limit(enum box_limit limit) {
    if (fix.result.limit != limit)
        fail_msg("limit is '%s', not '%s'; code %d, signal %d, after %.2f s", box_limit_name(fix.result.limit),
                 box_limit_name(limit), fix.result.code, fix.result.signal, fix.result.seconds);
    assert_int_equal(count_hostile(), 0);
}

/* ---- time ---- */

static void an_endless_loop_ends(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 0.5});
    hostile("spin");
    assert_limit(BOX_LIMIT_WALL);
    assert_int_equal(fix.result.signal, SIGTERM);
    assert_true(fix.result.seconds >= 0.5 && fix.result.seconds < 1.5);
}

static void who_ignores_the_request_is_killed(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 0.3});
    hostile("stubborn");
    assert_limit(BOX_LIMIT_WALL);
    assert_int_equal(fix.result.signal, SIGKILL);
    assert_true(fix.result.seconds >= 0.6 && fix.result.seconds < 1.6);
    assert_string_equal(fix.result.out.head.data, "ready");
}

static void who_hears_the_request_may_leave(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 0.2});
    hostile("polite");
    assert_limit(BOX_LIMIT_WALL);
    assert_int_equal(fix.result.code, 3);
    assert_string_equal(fix.result.out.head.data, "polite");
}

static void a_program_may_have_less_time_but_not_more(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 0.4});
    static const double seconds[] = {0.1, 100};
    for (size_t i = 0; i < LENGTH(seconds); i++) {
        const char *const argv[] = {fix.hostile, "polite", NULL};
        struct box_program program = {.argv = argv, .env = usual_environment, .cwd = fix.folder, .wall = seconds[i]};
        box_result_release(&fix.result);
        assert_int_equal(box_run(fix.box, &program, &fix.result, &fix.err), 0);
        assert_limit(BOX_LIMIT_WALL);
        assert_true(i ? fix.result.seconds >= 0.4 : fix.result.seconds < 0.4);
    }
}

static void processor_time_is_limited(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .cpu = 0.2});
    hostile("spin");
    assert_limit(BOX_LIMIT_CPU);
    assert_true(fix.result.cpu >= 0.2 && fix.result.cpu < 1.5);
}

static void an_interrupt_ends_the_run(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30});
    pid_t presser = fork();
    if (!presser) { /* a child of ours that the box was not told of: swept with the run, after it has done its work */
        for (unsigned i = 0; !count_hostile(); i++) {}
        _exit(write(fix.interrupt[1], "!", 1) != 1);
    }
    const char *const argv[] = {fix.hostile, "stubborn", NULL};
    double began = clock_monotonic();
    assert_int_equal(run_input((struct sv){"", 0}, argv), -1);
    assert_true(clock_monotonic() - began < 5);
    assert_int_equal(fix.err.code, ERR_INTERRUPTED);
    assert_int_equal(count_hostile(), 0);
    began = clock_monotonic();
    assert_int_equal(run_input((struct sv){"", 0}, argv), -1);
    assert_true(clock_monotonic() - began < 0.2);
}

/* ---- memory ---- */

static void a_hog_is_ended(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .memory = 64 * MIB});
    hostile("hog", "2000");
    /* It may outrun the watchdog; then its own allocation fails, a little later. */
    bool seen = fix.result.limit == BOX_LIMIT_MEMORY;
    assert_true(seen ? fix.result.signal == SIGKILL : fix.result.code != 0);
    assert_true(fix.result.max_rss > 64 * MIB && fix.result.max_rss < 400 * MIB);
    assert_int_equal(count_hostile(), 0);
}

static void a_program_may_have_less_memory(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .memory = 4096 * MIB});
    const char *const argv[] = {fix.hostile, "hog", "2000", NULL};
    struct box_program program = {.argv = argv, .env = usual_environment, .cwd = fix.folder, .memory = 32 * MIB};
    assert_int_equal(box_run(fix.box, &program, &fix.result, &fix.err), 0);
    assert_limit(BOX_LIMIT_MEMORY);
}

static void memory_is_that_of_all_together(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .memory = 100 * MIB});
    run_argv("sh", "-c", "\"$0\" hog 40 & \"$0\" hog 40 & \"$0\" hog 40 & wait", fix.hostile);
    assert_limit(BOX_LIMIT_MEMORY);
    assert_int_equal(fix.result.left_behind, 3);
}

static void honest_forks_share_their_memory(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .memory = 100 * MIB});
    hostile("share", "60", "10");
    assert_limit(BOX_LIMIT_NONE);
    assert_int_equal(fix.result.code, 0);
}

/* ---- processes ---- */

static void processes_are_counted(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .processes = 128});
    hostile("children", "200");
    assert_limit(BOX_LIMIT_PROCESSES);
    assert_true(fix.result.left_behind >= 128);
    hostile("exit", "0");
    assert_limit(BOX_LIMIT_NONE);
}

static void a_fork_bomb_is_contained(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .processes = 128});
    hostile("bomb", "2000");
    assert_limit(BOX_LIMIT_PROCESSES);
    assert_true(fix.result.left_behind > 100);
    assert_true(fix.result.seconds < 10);
}

/* ---- files ---- */

static void a_file_has_a_limit(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .file_size = 2 * MIB});
    hostile("write", "big", "2");
    assert_limit(BOX_LIMIT_NONE);
    hostile("write", "big", "3");
    assert_limit(BOX_LIMIT_FILE_SIZE);
    assert_int_equal(fix.result.signal, SIGXFSZ);
    hostile("write", "big", "3", "deaf");
    assert_limit(BOX_LIMIT_FILE_SIZE);
    assert_int_equal(fix.result.code, 2);
}

static void the_disk_has_a_limit(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .disk = 8 * MIB, .file_size = 100 * MIB});
    run_argv("sh", "-c", "\"$0\" write a 5 && exec \"$0\" write b 5 stay", fix.hostile);
    assert_limit(BOX_LIMIT_DISK);
    assert_int_equal(fix.result.signal, SIGKILL);
}

static void what_is_left_counts_after_the_end(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .disk = 8 * MIB});
    run_argv("sh", "-c", "\"$0\" write a 5 && exec \"$0\" write b 5", fix.hostile);
    assert_limit(BOX_LIMIT_DISK);
    /* On a slow machine a look during the run may find it before the one after it. */
    assert_true(fix.result.code == 0 || fix.result.signal == SIGKILL);
}

static void a_deleted_file_counts_while_it_is_open(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .disk = 12 * MIB});
    run_argv("sh", "-c", "\"$0\" write a 8 deleted & exec \"$0\" write b 8 deleted", fix.hostile);
    assert_limit(BOX_LIMIT_DISK);
    assert_int_equal(fix.result.left_behind, 1);
}

static void a_linked_file_counts_once(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .disk = 8 * MIB});
    run_argv("sh", "-c", "\"$0\" write a 5 && ln a b && ln a c && ln a d", fix.hostile);
    assert_limit(BOX_LIMIT_NONE);
    assert_int_equal(fix.result.code, 0);
}

static void files_are_counted(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .files = 500});
    hostile("files", "400");
    assert_limit(BOX_LIMIT_NONE);
    hostile("files", "600", "stay");
    assert_limit(BOX_LIMIT_FILES);
    assert_int_equal(fix.result.signal, SIGKILL);
}

static void depth_is_no_way_out(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .files = 5000});
    hostile("nest", "100");
    assert_limit(BOX_LIMIT_NONE);
    hostile("nest", "1000");
    assert_limit(BOX_LIMIT_FILES);
}

static void a_folder_without_permissions_hides_nothing(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .disk = 4 * MIB});
    hostile("hide", "6");
    assert_limit(BOX_LIMIT_DISK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_endless_loop_ends),
        TEST(who_ignores_the_request_is_killed),
        TEST(who_hears_the_request_may_leave),
        TEST(a_program_may_have_less_time_but_not_more),
        TEST(processor_time_is_limited),
        TEST(an_interrupt_ends_the_run),
        TEST(a_hog_is_ended),
        TEST(a_program_may_have_less_memory),
        TEST(memory_is_that_of_all_together),
        TEST(honest_forks_share_their_memory),
        TEST(processes_are_counted),
        TEST(a_fork_bomb_is_contained),
        TEST(a_file_has_a_limit),
        TEST(the_disk_has_a_limit),
        TEST(what_is_left_counts_after_the_end),
        TEST(a_deleted_file_counts_while_it_is_open),
        TEST(a_linked_file_counts_once),
        TEST(files_are_counted),
        TEST(depth_is_no_way_out),
        TEST(a_folder_without_permissions_hides_nothing),
    };
    return run_twice(tests);
}
