#include "attempt/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/child.h"
#include "attempt/instances.h"
#include "attempt/patience.h"
#include "attempt/places.h"
#include "attempt/relay.h"
#include "attempt/serve.h"
#include "attempt/worker.h"
#include "base/clock.h"
#include "base/json.h"

static const double FAREWELL_SECONDS = 0.15; /* what an interrupted runner gets to end its box */

/* What a checker may use of its own, beyond the programs that it runs. Its engine ends it sooner, at 1 and 50 s of processor
 * time, and says where; this is for what the engine cannot end. */
static const struct patience LOADING = {.processor = 2, .wall = 5}, CHECKING = {.processor = 60, .wall = 900};

/* ---- the runner ---- */

struct run {
    const struct attempt *attempt;
    const struct runner_task *task;
    struct places places;
    struct service_desk desk;
    pid_t worker;
    uid_t user; /* of its box, 0: ours */
    int user_lock;
    int interrupt;
    json_t *outcome; /* the worker's last word, or ours about it */
};

static enum box_network network_of(const struct box_settings *settings) {
    static const enum box_network networks[] = {
        [NETWORK_LOOPBACK] = BOX_NETWORK_LOOPBACK,
        [NETWORK_NONE] = BOX_NETWORK_NONE,
        [NETWORK_OPEN] = BOX_NETWORK_OPEN,
    };
    return networks[settings->network];
}

static int forward(void *context, uint16_t port, int listener, struct err *err) {
    const struct run *run = context;
    autoclose int handed = listener;
    return relay_hand_in(run->attempt->desk, port, handed, err);
}

static int open_box(struct run *run, struct err *err) {
    const struct attempt *attempt = run->attempt;
    const struct box_settings *settings = &attempt->options->exercise->box;
    struct box_config config = {
        .folders = run->places.folders,
        .covered = attempt->covered,
        .limits = {.wall = settings->timeout,
                   .cpu = settings->timeout * 4,
                   .memory = (uint64_t)settings->memory,
                   .processes = (uint64_t)settings->processes,
                   .disk = (uint64_t)settings->disk,
                   .files = (uint64_t)settings->files,
                   .file_size = (uint64_t)settings->disk,
                   .output = (size_t)settings->output},
        .network = network_of(settings),
        .walls = &attempt->walls,
        .user = run->user,
        .forwards = {attempt->ports, attempt->instance_count, forward, run},
        .interrupt = run->interrupt,
    };
    return box_open(&run->desk.box, &config, err);
}

/* A check that runs programs needs the box's walls, which take a while to build: the rest is done meanwhile. */
static int prepare_box(struct run *run, struct err *err) {
    const char *text = run->attempt->checker_text.data;
    bool runs_programs = strstr(text, ":run") || strstr(text, ":service");
    return run->task->check && runs_programs ? box_prepare(run->desk.box, err) : 0;
}

static int start_worker(struct run *run, struct err *err) {
    const struct worker_task task = {
        .attempt = run->attempt,
        .check = run->task->check,
        .needs = run->task->needs,
        .places = &run->places,
        .user = run->user,
    };
    if (worker_start(&task, &run->worker, &run->desk.worker, err)) return -1;
    box_spare(run->desk.box, run->worker);
    return 0;
}

/* Ends the worker, if it lives; its wait status. */
static int end_worker(struct run *run) {
    int status = 0;
    if (run->worker <= 0) return status;
    kill(run->worker, SIGKILL);
    while (waitpid(run->worker, &status, 0) < 0 && errno == EINTR) {}
    box_unspare(run->desk.box, run->worker);
    run->worker = 0;
    return status;
}

static json_t *worker_died(struct run *run) {
    int status = end_worker(run);
    char signal[SIGNAL_TEXT_SIZE];
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        return worker_broken("the checker's process was ended by %s", signal_text(signal, WTERMSIG(status)));
    return worker_broken("the checker's process ended without a verdict");
}

/* Serves the worker until its outcome, its death, its deadline or an interruption (-1). */
static int serve(struct run *run, struct err *err) {
    struct patience patience = run->task->check ? CHECKING : LOADING;
    patience.worker = run->worker;
    while (!run->outcome) {
        int ready = patience_wait(&patience, run->desk.box, run->desk.worker, err);
        if (ready < 0) return -1;
        if (!ready) {
            run->outcome = worker_broken("%s", err->message);
            break;
        }
        scoped(frame) frame = {.descriptor = -1};
        if (channel_receive(run->desk.worker, &frame, NULL))
            run->outcome = worker_died(run);
        else if (!strcmp(json_get_string(frame.json, "op", ""), "outcome"))
            run->outcome = json_incref(frame.json);
        else if (serve_request(&run->desk, &frame, err))
            return -1;
    }
    return 0;
}

static bool succeeded(const json_t *outcome) { return !strcmp(json_get_string(outcome, "verdict", ""), "pass"); }

/* A program that changed what it was only to read could make later runs of the same check meaningless. */
static void judge_material(struct run *run) {
    if (!succeeded(run->outcome) || material_untouched(&run->desk.material)) return;
    json_put(run->outcome, "verdict", json_string("fail"));
    json_put(run->outcome, "score", json_integer(0));
    json_put(run->outcome, "message", json_string("a program changed the data that it was given to read"));
}

/* Puts the "try" lines into the failures, and lays out what they need. */
static void explain_failures(struct run *run) {
    size_t index;
    json_t *failure, *failures = json_object_get(run->outcome, "failures");
    const struct check *check = run->task->check;
    if (!check || check->hidden || !json_array_size(failures)) return;
    bool laid_out = !reproduce_lay_out(&run->desk.reproduction, NULL);
    json_array_foreach(failures, index, failure) {
        size_t number = (size_t)json_get_integer(failure, "run", 0);
        json_t *command = laid_out && number ? json_array_get(run->desk.commands, number - 1) : NULL;
        json_put(failure, "try", command ? json_incref(command) : json_null());
    }
}

static void lay_desk(struct run *run) {
    struct service_desk *desk = &run->desk;
    const struct places *places = &run->places;
    const struct check *check = run->task->check;
    desk->attempt = run->attempt;
    desk->check = check;
    desk->places = places;
    desk->commands = json_array();
    desk->material = (struct material){.attempt = run->attempt,
                                       .box = desk->box,
                                       .folder = places->folders[PLACE_MATERIAL].path,
                                       .inside = places->inside[PLACE_MATERIAL],
                                       .interrupt = run->interrupt,
                                       .handed = json_object(),
                                       .stamps = STR_INIT};
    desk->dock = (struct dock){.attempt = run->attempt, .check = check ? check->id : "", .interrupt = run->interrupt};
    desk->reproduction = (struct reproduction){.workspace = workspace_directory(run->attempt->options->workspace),
                                               .check = check ? check->id : "",
                                               .places = places,
                                               .fixed = run->attempt->fixed};
}

static int see_through(struct run *run, struct err *err) {
    const struct runner_task *task = run->task;
    if (places_make(&run->places, run->attempt, task->check ? task->check->id : ".load", err) ||
        walls_user(&run->attempt->walls, &run->user, &run->user_lock, err) ||
        places_admit(&run->places, run->user, err) || open_box(run, err) || prepare_box(run, err) ||
        (task->check && places_lay_out(&run->places, run->attempt, task->from, err)) ||
        places_give_work(&run->places, run->user, err) || start_worker(run, err))
        return -1;
    lay_desk(run);
    return serve(run, err);
}

static int report(struct run *run, double seconds, struct err *err) {
    autojson json_t *event = json_object();
    bool kept = run->attempt->options->keep && run->task->check;
    json_put(event, "event", json_string("done"));
    json_put(event, "outcome", json_incref(run->outcome));
    json_put(event, "seconds", json_real(seconds));
    json_put(event, "kept", kept ? json_string(run->places.folders[PLACE_WORK].path) : json_null());
    if (!channel_send(run->desk.supervisor, event, NULL, 0, err)) return 0;
    autojson json_t *short_word = worker_broken("%s", err->message); /* failures too large to send, say */
    json_put(event, "outcome", json_incref(short_word));
    return channel_send(run->desk.supervisor, event, NULL, 0, err);
}

static _Noreturn void runner_main(const struct attempt *attempt, const struct runner_task *task, int channel,
                                  pid_t parent) {
    double begin = clock_monotonic();
    struct run run = {.attempt = attempt, .task = task, .user_lock = -1, .desk = {.worker = -1, .supervisor = channel}};
    run.interrupt = child_begin(parent);
    struct err err = ERR_INIT;
    int status = see_through(&run, &err);
    (void)end_worker(&run);
    box_close(run.desk.box);
    dock_end(&run.desk.dock);
    if (status && err.code != ERR_INTERRUPTED) run.outcome = worker_broken("%s", err.message);
    /* More than may be taken over from another check is the doing of the program that left it. */
    if (status && task->from && err.code == ERR_USAGE) json_put(run.outcome, "verdict", json_string("fail"));
    if (run.outcome) {
        judge_material(&run);
        explain_failures(&run);
        report(&run, clock_monotonic() - begin, &err);
    }
    if (!attempt->options->keep) places_remove(&run.places, attempt, task->leave_work);
    places_release(&run.places);
    _exit(0);
}

int runner_start(struct runner *runner, const struct attempt *attempt, const struct runner_task *task,
                 struct err *err) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    pid_t parent = getpid();
    fflush(NULL);
    runner->pid = fork();
    if (!runner->pid) {
        close(pair[0]);
        runner_main(attempt, task, pair[1], parent);
    }
    close(pair[1]);
    runner->channel = pair[0];
    if (runner->pid > 0) return 0;
    close(pair[0]);
    return err_errno(err, ERR_INTERNAL, "cannot start a process");
}

/* ---- for the supervisor ---- */

void runner_reap(struct runner *runner) {
    if (runner->pid <= 0) return;
    while (waitpid(runner->pid, NULL, 0) < 0 && errno == EINTR) {}
    close(runner->channel);
    *runner = (struct runner){.channel = -1};
}

bool runner_next(const struct runner *runner, struct frame *frame) {
    return !channel_receive(runner->channel, frame, NULL);
}

/* It has become ours, since this process is a subreaper, and opening a box makes it the box's to sweep. */
void runners_sweep(const struct attempt *attempt) {
    struct box *broom = NULL;
    const struct box_config config = {.interrupt = -1};
    if (box_open(&broom, &config, NULL)) return;
    if (attempt->keeper) box_spare(broom, attempt->keeper);
    box_close(broom);
}

void runners_end(const struct attempt *attempt, struct runner *const *runners, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (runners[i]->pid > 0) kill(runners[i]->pid, SIGTERM);
    double deadline = clock_monotonic() + FAREWELL_SECONDS;
    for (size_t i = 0; i < count; i++) {
        if (runners[i]->pid <= 0) continue;
        child_end(runners[i]->pid, deadline);
        close(runners[i]->channel);
        *runners[i] = (struct runner){.channel = -1};
    }
    runners_sweep(attempt);
}
