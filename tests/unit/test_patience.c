/* What a worker's time is: its processor's, with an end to waiting. */

#include "box_fixture.h"

#include <sys/wait.h>
#include <time.h>

#include "attempt/patience.h"

struct worker {
    pid_t pid;
    int channel; /* we read from it */
};

static struct worker worker;

static void spin(int channel) {
    (void)channel;
    for (;;) {}
}

static void be_silent(int channel) {
    (void)channel;
    for (;;) pause();
}

/* Says a word after a fifth of a second in which it only waits. */
static void speak_late(int channel) {
    struct timespec while_idle = {.tv_nsec = 200 * 1000 * 1000};
    nanosleep(&while_idle, NULL);
    if (write(channel, ".", 1) == 1) pause();
}

/* The box spares it, as it does a runner's worker. */
static void start(void (*work)(int channel)) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    worker = (struct worker){fork(), ends[0]};
    if (!worker.pid) {
        alarm(20);
        work(ends[1]);
        _exit(0);
    }
    close(ends[1]);
    open_box((struct box_limits){0});
    box_spare(fix.box, worker.pid);
}

static int finish(void **state) {
    kill(worker.pid, SIGKILL);
    waitpid(worker.pid, NULL, 0);
    close(worker.channel);
    return teardown(state);
}

static int wait_with(double processor, double wall) {
    struct patience patience = {worker.pid, processor, wall};
    return patience_wait(&patience, fix.box, worker.channel, &fix.err);
}

static void who_computes_uses_processor_time(void **state) {
    (void)state;
    start(spin);
    double began = clock_monotonic();
    assert_int_equal(wait_with(0.1, 15), 0);
    assert_true(clock_monotonic() - began < 10);
    assert_string_equal(fix.err.message, "the checker itself used more than 0.1 s of processor time");
}

static void who_waits_uses_none(void **state) {
    (void)state;
    start(speak_late);
    assert_int_equal(wait_with(0.05, 15), 1);
}

static void waiting_has_an_end(void **state) {
    (void)state;
    start(be_silent);
    struct patience patience = {worker.pid, 5, 0.1};
    assert_int_equal(patience_wait(&patience, fix.box, worker.channel, &fix.err), 0);
    assert_non_null(strstr(fix.err.message, "waited longer"));
    assert_true(patience.wall <= 0);
}

static void what_was_waited_adds_up(void **state) {
    (void)state;
    start(speak_late);
    struct patience patience = {worker.pid, 5, 15};
    assert_int_equal(patience_wait(&patience, fix.box, worker.channel, &fix.err), 1);
    assert_true(patience.wall <= 15 - 0.1);
}

static void a_worker_that_is_gone_is_heard(void **state) {
    (void)state;
    start(be_silent);
    kill(worker.pid, SIGKILL);
    assert_int_equal(wait_with(5, 15), 1);
}

static void an_interrupt_ends_it(void **state) {
    (void)state;
    start(be_silent);
    assert_int_equal(write(fix.interrupt[1], "x", 1), 1);
    assert_int_equal(wait_with(5, 15), -1);
    assert_int_equal(fix.err.code, ERR_INTERRUPTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, finish)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(who_computes_uses_processor_time),
        TEST(who_waits_uses_none),
        TEST(waiting_has_an_end),
        TEST(what_was_waited_adds_up),
        TEST(a_worker_that_is_gone_is_heard),
        TEST(an_interrupt_ends_it),
    };
    return cmocka_run_group_tests(tests, own_program, disown_program);
}
