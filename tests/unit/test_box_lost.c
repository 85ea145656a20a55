/* A sandbox whose own processes are ended by somebody: what ran in it is lost, which is nobody's fault, and the next program gets
 * another one. */

#include "box_fixture.h"

#include <poll.h>
#include <sys/wait.h>

#include "box/internal.h"

static const struct box_limits plain = {.wall = 20, .output = 65536};

static void open_walled_box(void) {
    if (!has_namespaces()) skip();
    open_box(plain);
}

/* Ends one of the sandbox's own processes, and waits for the end of all. */
static void end_sandbox(pid_t pid) {
    struct pollfd init = {.fd = fix.box->sandbox.init_pidfd, .events = POLLIN};
    kill(pid, SIGKILL);
    assert_int_equal(poll(&init, 1, 10 * 1000), 1);
}

static int try_run(const char *program) {
    return run_input((struct sv){"", 0}, (const char *const[]){fix.hostile, program, NULL});
}

static void assert_lost(int status) {
    assert_int_equal(status, -1);
    assert_int_equal(fix.err.code, ERR_ENVIRONMENT);
    assert_non_null(strstr(fix.err.message, "the sandbox has ended early"));
    assert_int_equal(count_hostile(), 0);
}

static void assert_works(void) {
    hostile("exit", "3");
    assert_int_equal(fix.result.code, 3);
    assert_false(fix.result.limit);
}

static void a_run_is_lost(void **state) {
    (void)state;
    open_walled_box();
    assert_works();
    pid_t bwrap = fix.box->sandbox.bwrap, killer = fork();
    if (!killer) {
        while (!count_hostile()) {}
        _exit(kill(bwrap, SIGKILL));
    }
    box_spare(fix.box, killer);
    assert_lost(try_run("stubborn"));
    assert_int_equal(waitpid(killer, NULL, 0), killer);
    box_unspare(fix.box, killer);
    assert_works();
}

static void a_service_is_lost(void **state) {
    (void)state;
    open_walled_box();
    int service = start_hostile("serve");
    await_output(service, "up ");
    end_sandbox(fix.box->sandbox.bwrap);
    double deadline = clock_monotonic() + 10;
    while (box_service_alive(fix.box, service) && clock_monotonic() < deadline)
        assert_int_equal(box_wait(fix.box, -1, clock_monotonic() + 0.005, &fix.err), 0);
    assert_works();
    assert_lost(box_service_stop(fix.box, service, &fix.result, &fix.err));
    service = start_hostile("serve");
    await_output(service, "up ");
    assert_true(box_service_alive(fix.box, service));
}

static void what_is_lost_between_runs_is_told_once(void **state) {
    (void)state;
    open_walled_box();
    assert_works();
    end_sandbox(fix.box->sandbox.bwrap);
    assert_lost(try_run("exit"));
    assert_works();
}

static void init_is_lost(void **state) {
    (void)state;
    open_walled_box();
    assert_works();
    end_sandbox(fix.box->sandbox.init);
    assert_lost(try_run("exit"));
    assert_works();
    box_close(fix.box);
    fix.box = NULL;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_lost),
        TEST(a_service_is_lost),
        TEST(what_is_lost_between_runs_is_told_once),
        TEST(init_is_lost),
    };
    return run_twice(tests);
}
