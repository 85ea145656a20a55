/* What a program gets, and what comes back. */

#include "box_fixture.h"

#include <sys/stat.h>

#include "box/capture.h"
#include "box/internal.h"

static void write_file(const char *name, const char *text, mode_t mode) {
    autoclose int folder = open(fix.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(beneath_write(folder, name, text, strlen(text), mode), 0);
}

static void exit_codes_come_back(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    static const char *const codes[] = {"0", "1", "7", "255"};
    for (size_t i = 0; i < LENGTH(codes); i++) {
        hostile("exit", codes[i]);
        assert_int_equal(fix.result.code, atoi(codes[i]));
        assert_int_equal(fix.result.signal, 0);
        assert_int_equal(fix.result.limit, BOX_LIMIT_NONE);
        assert_int_equal(fix.result.left_behind, 0);
    }
}

static void signals_come_back(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    hostile("raise", "11");
    assert_int_equal(fix.result.code, -1);
    assert_int_equal(fix.result.signal, SIGSEGV);
    hostile("raise", "13");
    assert_int_equal(fix.result.signal, SIGPIPE);
}

static void assert_refused(const char *program, const char *why) {
    run_argv(program);
    assert_true(fix.result.not_found);
    if (!strstr(fix.result.why, why)) fail_msg("'%s' lacks '%s'", fix.result.why, why);
}

static void what_cannot_be_executed_says_why(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    write_file("plain.sh", "#!/bin/sh\n", 0644);
    write_file("noshebang", "echo hello\n", 0755);
    write_file("windows.sh", "#!/bin/sh\r\necho hello\r\n", 0755);
    write_file("lost.sh", "#!/opt/lost/python3 -u\n", 0755);
    assert_refused("no-such-program", "no program no-such-program in PATH");
    assert_refused("./absent", "no file ./absent");
    assert_refused("", "no program");
    assert_refused("/usr", "/usr is a folder");
    assert_refused("./plain.sh", "not executable");
    assert_refused("./noshebang", "#! line");
    assert_refused("./windows.sh", "carriage return");
    assert_refused("./lost.sh", "names /opt/lost/python3 -u, which does not exist");
    hostile("exit", "0");
    assert_false(fix.result.not_found);
}

static void a_missing_folder_is_the_programs_fault(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    struct box_program program = {
        .argv = (const char *const[]){"/bin/true", NULL}, .env = usual_environment, .cwd = "/no/such/folder"};
    assert_int_equal(box_run(fix.box, &program, &fix.result, &fix.err), 0);
    assert_true(fix.result.not_found && fix.result.no_folder);
    assert_string_equal(fix.result.why, "there is no folder /no/such/folder");
    program.cwd = "/bin/true";
    assert_int_equal(box_run(fix.box, &program, &fix.result, &fix.err), 0);
    assert_string_equal(fix.result.why, "/bin/true is no folder");
    hostile("exit", "0");
    assert_false(fix.result.no_folder);
    run_argv("no-such-program");
    assert_false(fix.result.no_folder);
}

static void path_is_that_of_the_program(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    write_file("bin/greet", "#!/bin/sh\necho greeted\n", 0755);
    write_file("denied/greet", "#!/bin/sh\necho denied\n", 0644);
    const char *const env[] = {"PATH=/nowhere:denied:bin", NULL};
    struct box_program program = {.argv = (const char *const[]){"greet", NULL}, .env = env, .cwd = fix.folder};
    assert_int_equal(box_run(fix.box, &program, &fix.result, &fix.err), 0);
    assert_string_equal(fix.result.out.head.data, "greeted\n");
}

static void the_environment_is_exact(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    assert_int_equal(setenv("LAB_TEST_SECRET", "1", 1), 0);
    const char *const env[] = {"A=1", "EMPTY=", "B=two words", NULL};
    struct box_program program = {
        .argv = (const char *const[]){fix.hostile, "environment", NULL}, .env = env, .cwd = fix.folder};
    assert_int_equal(box_run(fix.box, &program, &fix.result, &fix.err), 0);
    static const char expected[] = "A=1\0EMPTY=\0B=two words";
    assert_int_equal(fix.result.out.head.len, sizeof expected);
    assert_memory_equal(fix.result.out.head.data, expected, sizeof expected);
}

static void no_descriptor_leaks(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, on purpose */
    int far = dup2(leak, 500);
    hostile("descriptors");
    assert_string_equal(fix.result.out.head.data, "0 1 2 ");
    close(leak);
    close(far);
}

static void descriptors_are_marked_without_close_range(void **state) {
    (void)state;
    int leak = open("/dev/null", O_RDONLY), far = dup2(leak, 500);
    assert_int_equal(exec_mark_by_proc(), 0);
    assert_int_equal(fcntl(leak, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(far, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(STDERR_FILENO, F_GETFD), 0);
    close(leak);
    close(far);
}

static void the_folder_is_given(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    hostile("folder");
    assert_int_equal(fix.result.out.head.len, strlen(fix.folder) + 1);
    assert_memory_equal(fix.result.out.head.data, fix.folder, strlen(fix.folder));
}

static void the_process_is_plain(void **state) {
    (void)state;
    signal(SIGINT, SIG_IGN);
    open_box((struct box_limits){.file_size = 1 << 20, .disk = 2 << 20, .cpu = 9.5, .memory = 1 << 30});
    hostile("attributes");
    signal(SIGINT, SIG_DFL);
    const char *expected = "0 1024 1048576 10 -1 umask 022 leader 1 no_new_privs 1 unusual signals 0\n";
    assert_string_equal(fix.result.out.head.data, expected);
}

/* ---- input ---- */

static void assert_counted(size_t len) {
    autofree char *input = mem_alloc(len + 1);
    unsigned long long sum = 0;
    for (size_t i = 0; i < len; i++) sum = sum * 31 + (unsigned char)(input[i] = (char)(i * 7 + i / 251));
    const char *const argv[] = {fix.hostile, "count", NULL};
    assert_int_equal(run_input((struct sv){input, len}, argv), 0);
    char expected[64];
    snprintf(expected, sizeof expected, "%zu %llu\n", len, sum);
    assert_string_equal(fix.result.out.head.data, expected);
}

static void input_arrives_whole(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    static const size_t sizes[] = {0, 1, 65536, 65537, 5 << 20};
    for (size_t i = 0; i < LENGTH(sizes); i++) assert_counted(sizes[i]);
}

static void input_that_nobody_reads_harms_nobody(void **state) {
    (void)state;
    signal(SIGPIPE, SIG_DFL);
    open_box((struct box_limits){.wall = 20});
    autofree char *input = mem_alloc(5 << 20);
    const char *const argv[] = {fix.hostile, "deaf", NULL};
    assert_int_equal(run_input((struct sv){input, 5 << 20}, argv), 0);
    assert_int_equal(fix.result.code, 7);
}

/* ---- output ---- */

static void assert_kept(size_t most, long printed) {
    char text[32];
    snprintf(text, sizeof text, "%ld", printed);
    open_box((struct box_limits){.output = most});
    hostile("print", text);
    const struct box_capture *out = &fix.result.out;
    size_t all = (size_t)printed;
    size_t head = all < most / 2 ? all : most / 2, tail = all - head < most - most / 2 ? all - head : most - most / 2;
    assert_int_equal(fix.result.code, 0);
    assert_int_equal(out->head.len, head);
    assert_int_equal(out->tail.len, tail);
    assert_int_equal(out->dropped, all - head - tail);
    for (size_t i = 0; i < head; i++) assert_int_equal(out->head.data[i], '0' + i % 10);
    /* hostile writes in blocks of 65530 bytes, so the digits run on. */
    for (size_t i = 0; i < tail; i++) assert_int_equal(out->tail.data[i], '0' + (all - tail + i) % 10);
    box_close(fix.box);
    fix.box = NULL;
}

static void head_and_tail_are_exact(void **state) {
    (void)state;
    static const struct {
        size_t most;
        long printed;
    } cases[] = {{100, 0},         {100, 1},         {100, 50},        {100, 51},        {100, 100},    {100, 101},
                 {101, 101},       {101, 102},       {1, 1},           {1, 2},           {1000, 65530}, {200000, 65531},
                 {200000, 200000}, {200000, 200001}, {200000, 300000}, {200000, 3000001}};
    for (size_t i = 0; i < LENGTH(cases); i++) assert_kept(cases[i].most, cases[i].printed);
}

static void capture_is_the_same_for_any_pieces(void **state) {
    (void)state;
    char text[400];
    for (size_t i = 0; i < sizeof text; i++) text[i] = (char)('a' + i % 26);
    for (size_t piece = 1; piece < 120; piece++) {
        struct capture capture;
        capture_begin(&capture, 61);
        for (size_t at = 0; at < sizeof text; at += piece)
            capture_add(&capture, text + at, at + piece < sizeof text ? piece : sizeof text - at);
        assert_true(capture.kept.tail.len <= 62);
        capture_settle(&capture);
        assert_int_equal(capture.kept.dropped, sizeof text - 61);
        assert_memory_equal(capture.kept.head.data, text, 30);
        assert_memory_equal(capture.kept.tail.data, text + sizeof text - 31, 31);
        capture_release(&capture);
    }
}

static void both_streams_are_kept_apart(void **state) {
    (void)state;
    open_box((struct box_limits){.output = 1 << 20});
    hostile("print", "200000", "stderr");
    assert_int_equal(fix.result.out.head.len, 0);
    assert_int_equal(fix.result.err.head.len, 200000);
}

static uint64_t own_peak(void) {
    char text[4096] = "";
    autoclose int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (read(fd, text, sizeof text - 1) < 0) return 0;
    const char *peak = strstr(text, "VmHWM:");
    return peak ? strtoull(peak + 6, NULL, 10) * 1024 : 0;
}

static void a_gigabyte_does_not_fill_memory(void **state) {
    (void)state;
    open_box((struct box_limits){.output = 1 << 20, .wall = 30});
    uint64_t before = own_peak();
    hostile("print", "1000000000");
    assert_int_equal(fix.result.code, 0);
    assert_int_equal(fix.result.out.dropped, 1000000000 - (1 << 20));
    assert_true(own_peak() - before < 8 << 20);
}

static void usage_is_measured(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    run_argv("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
    assert_int_equal(fix.result.code, 0);
    assert_true(fix.result.seconds > 0.001 && fix.result.seconds < 30);
    assert_true(fix.result.cpu > 0.001 && fix.result.cpu < fix.result.seconds * 4);
    assert_true(fix.result.max_rss > 256 * 1024);
}

/* ---- the box itself ---- */

static void a_process_has_one_box(void **state) {
    (void)state;
    open_box((struct box_limits){0});
    struct box *second = NULL;
    struct box_config config = {.interrupt = -1};
    assert_int_equal(box_open(&second, &config, &fix.err), -1);
    assert_int_equal(fix.err.code, ERR_INTERNAL);
    assert_string_equal(box_isolation(fix.box)[0], has_namespaces() ? "userns" : walled ? "uid" : "rlimits");
    assert_string_equal(box_limit_name(BOX_LIMIT_WALL), "wall time");
}

static void a_missing_writable_folder_is_an_error(void **state) {
    (void)state;
    const struct box_folder folders[] = {{"/no/such/folder", NULL, BOX_WRITE}, {NULL, NULL, BOX_READ}};
    struct box_config config = {.folders = folders, .interrupt = -1};
    assert_int_equal(box_open(&fix.box, &config, &fix.err), -1);
    assert_int_equal(fix.err.code, ERR_ENVIRONMENT);
    open_box((struct box_limits){0});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(exit_codes_come_back),
        TEST(signals_come_back),
        TEST(what_cannot_be_executed_says_why),
        TEST(a_missing_folder_is_the_programs_fault),
        TEST(path_is_that_of_the_program),
        TEST(the_environment_is_exact),
        TEST(no_descriptor_leaks),
        TEST(descriptors_are_marked_without_close_range),
        TEST(the_folder_is_given),
        TEST(the_process_is_plain),
        TEST(input_arrives_whole),
        TEST(input_that_nobody_reads_harms_nobody),
        TEST(head_and_tail_are_exact),
        TEST(capture_is_the_same_for_any_pieces),
        TEST(both_streams_are_kept_apart),
        TEST(a_gigabyte_does_not_fill_memory),
        TEST(usage_is_measured),
        TEST(a_process_has_one_box),
        TEST(a_missing_writable_folder_is_an_error),
    };
    return run_twice(tests);
}
