/* What outlives its program, and what may. */

#include "box_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "box/internal.h"

static const struct box_limits plain = {.wall = 30, .processes = 500, .output = 1 << 20};

/* ---- leftovers ---- */

static void assert_daemons_go(const char *count) {
    hostile("daemons", count);
    assert_string_equal(box_limit_name(fix.result.limit), "none");
    assert_int_equal(fix.result.code, 0);
    assert_int_equal(fix.result.left_behind, atoi(count));
    assert_int_equal(count_hostile(), 0);
    assert_true(fix.result.seconds < 10);
}

static void daemons_are_found(void **state) {
    (void)state;
    open_box(plain);
    assert_daemons_go("300");
    assert_daemons_go("1");
    hostile("exit", "0");
    assert_int_equal(fix.result.left_behind, 0);
}

static void daemons_are_found_without_lists_of_children(void **state) {
    (void)state;
    open_box(plain);
    close(fix.box->children);
    fix.box->children = -1;
    assert_daemons_go("40");
    hostile("children", "600");
    assert_int_equal(fix.result.limit, BOX_LIMIT_PROCESSES);
    assert_int_equal(count_hostile(), 0);
}

/* Neither living nor dead, save bubblewrap. */
static void assert_no_child(void) { assert_int_equal(waitpid(-1, NULL, WNOHANG), has_namespaces() ? 0 : -1); }

static void who_never_stays_is_caught(void **state) {
    (void)state;
    open_box(plain);
    hostile("hop", "20");
    assert_int_equal(fix.result.code, 0);
    assert_int_equal(count_hostile(), 0);
    assert_no_child();
}

static void the_dead_are_not_left_behind(void **state) {
    (void)state;
    open_box(plain);
    hostile("zombies", "50");
    assert_int_equal(fix.result.code, 0);
    assert_int_equal(fix.result.left_behind, 0);
    assert_no_child();
}

static void a_process_without_its_first_thread_is_found(void **state) {
    (void)state;
    open_box(plain);
    hostile("headless");
    assert_int_equal(fix.result.left_behind, 1);
    assert_int_equal(count_hostile(), 0);
}

static void a_pipe_kept_open_holds_nothing_back(void **state) {
    (void)state;
    open_box(plain);
    run_argv("sh", "-c", "\"$0\" stubborn & echo done", fix.hostile);
    assert_int_equal(fix.result.code, 0);
    assert_non_null(strstr(fix.result.out.head.data, "done\n"));
    assert_int_equal(fix.result.left_behind, 1);
    assert_true(fix.result.seconds < 10);
}

/* ---- the spared ---- */

/* A child that ends with 42 when the pipe is closed. */
static pid_t start_spared(int ends[2]) {
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid) return close(ends[0]), pid;
    char byte;
    close(ends[1]);
    _exit(read(ends[0], &byte, 1) == 0 ? 42 : 1);
}

static void the_spared_child_survives(void **state) {
    (void)state;
    int ends[2], status;
    open_box(plain);
    pid_t spared = start_spared(ends);
    box_spare(fix.box, spared);
    hostile("daemons", "3");
    assert_int_equal(fix.result.left_behind, 3);
    assert_int_equal(waitpid(spared, &status, WNOHANG), 0);
    close(ends[1]);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)spared, &info, WEXITED | WNOWAIT), 0);
    hostile("daemons", "3"); /* while the spared one is a zombie */
    assert_int_equal(fix.result.left_behind, 3);
    box_close(fix.box);
    fix.box = NULL;
    assert_int_equal(waitpid(spared, &status, 0), spared);
    assert_int_equal(WEXITSTATUS(status), 42);
}

/* ---- services ---- */

static void a_service_lives_and_is_stopped(void **state) {
    (void)state;
    open_box(plain);
    int service = start_hostile("serve");
    await_output(service, "up ");
    assert_true(box_service_alive(fix.box, service));
    assert_int_equal(box_service_signal(fix.box, service, SIGHUP, &fix.err), 0);
    await_output(service, "hup\n");
    stop_service(service);
    assert_int_equal(fix.result.code, 5);
    assert_non_null(strstr(fix.result.out.head.data, "bye\n"));
    assert_int_equal(count_hostile(), 0);
    assert_false(box_service_alive(fix.box, service));
    assert_int_equal(box_service_signal(fix.box, service, SIGHUP, &fix.err), -1);
}

/* The numbers that a program of namespaces tells mean nothing here: count_hostile sees those. */
static bool is_over(pid_t pid) { return is_gone(pid) || has_namespaces(); }
static bool lives(pid_t pid) { return !is_gone(pid) || has_namespaces(); }

static void a_service_survives_runs_with_its_family(void **state) {
    (void)state;
    open_box(plain);
    int service = start_hostile("serve"), child, orphan;
    assert_int_equal(sscanf(await_output(service, "\n"), "up %d %d", &child, &orphan), 2);
    hostile("daemons", "5");
    assert_int_equal(fix.result.left_behind, 5);
    assert_true(box_service_alive(fix.box, service));
    assert_true(lives(child));
    assert_true(lives(orphan));
    assert_int_equal(count_hostile(), 3);
    stop_service(service);
    assert_true(is_over(child));
    assert_true(is_over(orphan));
}

static void a_service_that_dies_takes_its_family_along(void **state) {
    (void)state;
    open_box(plain);
    int service = start_hostile("serve");
    await_output(service, "\n");
    assert_int_equal(box_service_signal(fix.box, service, SIGKILL, &fix.err), 0);
    double deadline = clock_monotonic() + 10;
    while (box_service_alive(fix.box, service) && clock_monotonic() < deadline)
        assert_int_equal(box_wait(fix.box, -1, clock_monotonic() + 0.005, &fix.err), 0);
    assert_int_equal(count_hostile(), 0);
    assert_int_equal(box_service_signal(fix.box, service, SIGHUP, &fix.err), -1);
    stop_service(service);
    assert_int_equal(fix.result.signal, SIGKILL);
    assert_non_null(strstr(fix.result.out.head.data, "up "));
}

static void a_service_that_cannot_start_has_a_result(void **state) {
    (void)state;
    open_box(plain);
    const char *const argv[] = {"no-such-service", NULL};
    int service = start_service(argv);
    assert_false(box_service_alive(fix.box, service));
    stop_service(service);
    assert_true(fix.result.not_found);
}

static void a_stubborn_service_is_killed(void **state) {
    (void)state;
    open_box(plain);
    int service = start_hostile("stubborn");
    await_output(service, "ready");
    stop_service(service);
    assert_int_equal(fix.result.signal, SIGKILL);
    assert_int_equal(fix.result.limit, BOX_LIMIT_NONE);
}

static void a_greedy_service_is_ended_not_the_run(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .memory = 64 << 20, .output = 1000});
    int service = start_hostile("hog", "1000");
    double deadline = clock_monotonic() + 20;
    while (box_service_alive(fix.box, service) && clock_monotonic() < deadline) {
        hostile("exit", "0");
        assert_int_equal(fix.result.limit, BOX_LIMIT_NONE);
    }
    stop_service(service);
    /* Or it outran the watchdog, and its own allocation failed a little later. */
    assert_true(fix.result.limit == BOX_LIMIT_MEMORY || fix.result.code > 0);
}

/* Daemons of a service, in sessions of their own, count as the run's, also when there is none any more. */
static void orphans_of_services_are_watched_after_a_run(void **state) {
    (void)state;
    open_box((struct box_limits){.wall = 30, .processes = 20, .output = 1000});
    hostile("exit", "0");
    const char *const argv[] = {
        "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do \"$0\" daemons 3; done; echo made; exec \"$0\" stubborn",
        fix.hostile, NULL};
    int service = start_service(argv);
    /* On a slow machine many are the service's still when they are counted, and it is ended with them. */
    double deadline = clock_monotonic() + 20;
    while (box_service_alive(fix.box, service) && clock_monotonic() < deadline &&
           !strstr(box_service_output(fix.box, service, false)->head.data, "made"))
        assert_int_equal(box_wait(fix.box, -1, clock_monotonic() + 0.005, &fix.err), 0);
    while (count_hostile() > 20 && clock_monotonic() < deadline)
        assert_int_equal(box_wait(fix.box, -1, clock_monotonic() + 0.005, &fix.err), 0);
    assert_true(count_hostile() <= 20);
}

static void services_are_drained_while_others_run(void **state) {
    (void)state;
    open_box(plain);
    int service = start_hostile("print", "50000000");
    hostile("print", "50000000");
    double deadline = clock_monotonic() + 20;
    while (box_service_alive(fix.box, service) && clock_monotonic() < deadline)
        assert_int_equal(box_wait(fix.box, -1, clock_monotonic() + 0.005, &fix.err), 0);
    assert_int_equal(box_service_output(fix.box, service, false)->dropped, 50000000 - (1 << 20));
    stop_service(service);
    assert_int_equal(fix.result.code, 0);
}

static void eight_services_and_no_more(void **state) {
    (void)state;
    open_box(plain);
    for (int i = 0; i < 8; i++) start_hostile("stubborn");
    const char *const argv[] = {fix.hostile, "stubborn", NULL};
    struct box_program program = {.argv = argv, .env = usual_environment, .cwd = fix.folder};
    int service;
    assert_int_equal(box_service_start(fix.box, &program, &service, &fix.err), -1);
    assert_int_equal(count_hostile(), 8);
    hostile("exit", "4");
    assert_int_equal(fix.result.code, 4);
    box_close(fix.box);
    fix.box = NULL;
    assert_int_equal(count_hostile(), 0);
}

/* ---- waiting, connecting, ending ---- */

static void waiting_answers_what_happened(void **state) {
    (void)state;
    open_box(plain);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(box_wait(fix.box, ends[0], clock_monotonic() + 0.02, &fix.err), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(box_wait(fix.box, ends[0], 0, &fix.err), 1);
    assert_int_equal(write(fix.interrupt[1], "x", 1), 1);
    assert_int_equal(box_wait(fix.box, ends[0], 0, &fix.err), -1);
    assert_int_equal(fix.err.code, ERR_INTERRUPTED);
    close(ends[0]);
    close(ends[1]);
}

static void connections_reach_a_service(void **state) {
    (void)state;
    char text[3] = "";
    open_box(plain);
    int service = start_hostile("listen"), port;
    assert_int_equal(sscanf(await_output(service, "\n"), "%d", &port), 1);
    autoclose int fd = box_connect(fix.box, (uint16_t)port, &fix.err);
    assert_true(fd >= 0);
    assert_int_equal(box_wait(fix.box, fd, clock_monotonic() + 10, &fix.err), 1);
    assert_int_equal(read(fd, text, 2), 2);
    assert_string_equal(text, "hi");
}

/* Without a network of its own, the loopback of a box is the machine's. */
static void connections_go_to_loopback(void **state) {
    (void)state;
    open_box(plain);
    autoclose int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(box_connect(fix.box, ntohs(address.sin_port), &fix.err), -1);
    assert_int_equal(fix.err.code, ERR_ENVIRONMENT);
    assert_int_equal(listen(listener, 1), 0);
    if (has_namespaces()) {
        assert_int_equal(box_connect(fix.box, ntohs(address.sin_port), &fix.err), -1);
        return;
    }
    autoclose int fd = box_connect(fix.box, ntohs(address.sin_port), &fix.err);
    assert_true(fd >= 0);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    autoclose int accepted = accept(listener, NULL, NULL);
    assert_int_equal(write(accepted, "hi", 2), 2);
    assert_int_equal(box_wait(fix.box, fd, clock_monotonic() + 10, &fix.err), 1);
}

static void closing_after_an_interrupt_ends_services(void **state) {
    (void)state;
    open_box(plain);
    await_output(start_hostile("serve"), "\n");
    assert_int_equal(write(fix.interrupt[1], "x", 1), 1);
    const char *const argv[] = {fix.hostile, "stubborn", NULL};
    assert_int_equal(run_input((struct sv){"", 0}, argv), -1);
    assert_int_equal(count_hostile(), 3);
    double began = clock_monotonic();
    box_close(fix.box);
    fix.box = NULL;
    assert_true(clock_monotonic() - began < 1); /* a moment, on a loaded machine too */
    assert_int_equal(count_hostile(), 0);
}

static void a_fork_of_the_caller_ends_nothing(void **state) {
    (void)state;
    open_box(plain);
    int service = start_hostile("stubborn"), status;
    await_output(service, "ready");
    pid_t copy = fork();
    if (!copy) {
        box_close(fix.box);
        _exit(0);
    }
    assert_int_equal(waitpid(copy, &status, 0), copy);
    assert_true(box_service_alive(fix.box, service));
}

/* The caller is killed: its program goes with it. */
static void programs_do_not_survive_the_caller(void **state) {
    (void)state;
    pid_t caller = fork();
    if (!caller) {
        open_box(plain);
        hostile("stubborn");
        _exit(0);
    }
    double deadline = clock_monotonic() + 10;
    while (!count_hostile() && clock_monotonic() < deadline) {}
    assert_int_equal(count_hostile(), 1);
    kill(caller, SIGKILL);
    assert_int_equal(waitpid(caller, NULL, 0), caller);
    while (count_hostile() && clock_monotonic() < deadline) {}
    assert_int_equal(count_hostile(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(daemons_are_found),
        TEST(daemons_are_found_without_lists_of_children),
        TEST(who_never_stays_is_caught),
        TEST(the_dead_are_not_left_behind),
        TEST(a_process_without_its_first_thread_is_found),
        TEST(a_pipe_kept_open_holds_nothing_back),
        TEST(the_spared_child_survives),
        TEST(a_service_lives_and_is_stopped),
        TEST(a_service_survives_runs_with_its_family),
        TEST(a_service_that_dies_takes_its_family_along),
        TEST(a_service_that_cannot_start_has_a_result),
        TEST(a_stubborn_service_is_killed),
        TEST(a_greedy_service_is_ended_not_the_run),
        TEST(orphans_of_services_are_watched_after_a_run),
        TEST(services_are_drained_while_others_run),
        TEST(eight_services_and_no_more),
        TEST(waiting_answers_what_happened),
        TEST(connections_reach_a_service),
        TEST(connections_go_to_loopback),
        TEST(closing_after_an_interrupt_ends_services),
        TEST(a_fork_of_the_caller_ends_nothing),
        TEST(programs_do_not_survive_the_caller),
    };
    return run_twice(tests);
}
