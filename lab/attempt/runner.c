#include "attempt/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/patience.h"
#include "attempt/serve.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"

/* What a checker may use of its own, beyond the programs that it runs. Its engine ends it sooner, at 1 and 50 s of processor
 * time, and says where; this is for what the engine cannot end. */
static const struct patience LOADING = {.processor = 2, .wall = 5}, CHECKING = {.processor = 60, .wall = 900};
enum { WORKER_FILES = 1024, DESCRIPTORS_MOST = 4096 };

/* ---- folders ---- */

struct folders {
    char *own, *work, *home, *tmp, *material, *input;
};

static void folders_release(struct folders *folders) {
    char **all[] = {&folders->own, &folders->work, &folders->home, &folders->tmp, &folders->material, &folders->input};
    for (size_t i = 0; i < LENGTH(all); i++) free(*all[i]);
}

static int make_folders(const struct attempt *attempt, const char *name, struct folders *folders, struct err *err) {
    folders->own = str_format("%s/checks/%s", attempt->scratch.directory, name);
    struct {
        char **path;
        const char *leaf;
    } parts[] = {{&folders->work, "work"},
                 {&folders->home, "home"},
                 {&folders->tmp, "tmp"},
                 {&folders->material, "material"},
                 {&folders->input, "input"}};
    for (size_t i = 0; i < LENGTH(parts); i++) {
        *parts[i].path = str_format("%s/%s", folders->own, parts[i].leaf);
        if (fs_make_directories(*parts[i].path, err)) return -1;
    }
    return 0;
}

/* Copies the tree, or what the check named `from` left behind, into work/. */
static int lay_out(const struct attempt *attempt, const struct folders *folders, const char *from, struct err *err) {
    autofree char *source = from ? str_format("%s/checks/%s/work", attempt->scratch.directory, from)
                                 : str_format("%s/tree", attempt->scratch.directory);
    const struct box_settings *box = &attempt->options->exercise->box;
    struct beneath_budget budget = {.bytes = (256u << 20) + (uint64_t)box->disk,
                                    .entries = 20000 + (uint64_t)box->files};
    autoclose int in = open(source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    autoclose int out = open(folders->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 || out < 0) return err_errno(err, ERR_INTERNAL, "cannot open the scratch copy");
    if (!beneath_copy(in, out, budget, err)) return 0;
    return from ? err_wrap(err, "what %s left behind cannot be taken over", from) : -1;
}

static void remove_folders(const struct attempt *attempt, const struct folders *folders, bool leave_work) {
    autofree char *place = str_format("%s/checks", attempt->scratch.directory);
    autoclose int checks = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *name = strrchr(folders->own, '/') + 1;
    static const char *const beside_work[] = {"home", "tmp", "material", "input"};
    if (!leave_work) beneath_remove(checks, name);
    for (size_t i = 0; leave_work && i < LENGTH(beside_work); i++) {
        autofree char *path = str_format("%s/%s", name, beside_work[i]);
        beneath_remove(checks, path);
    }
}

/* ---- verdicts of ours ---- */

static json_t *broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

static json_t *broken(const char *format, ...) {
    scoped(str) message = STR_INIT;
    va_list args;
    va_start(args, format);
    str_vprintf(&message, format, args);
    va_end(args);
    json_t *outcome = json_object();
    json_put(outcome, "verdict", json_string("broken"));
    json_put(outcome, "message", json_text(message.data, message.len));
    return outcome;
}

/* ---- the worker ---- */

/* Gives the worker what it needs and nothing else: standard error, the channel, the scratch copy, the start. */
static void confine_worker(int *channel, int *scratch, int *start) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0);
    dup2(null, 1);
    int *kept[] = {channel, scratch, start};
    for (size_t i = 0; i < LENGTH(kept); i++)
        if (*kept[i] >= 0) *kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, 100);
    int next = 3;
    for (size_t i = 0; i < LENGTH(kept); i++)
        if (*kept[i] >= 0) *kept[i] = dup3(*kept[i], next++, O_CLOEXEC);
    if (close_range((unsigned)next, ~0u, 0))
        for (int fd = next; fd < DESCRIPTORS_MOST; fd++) close(fd);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max < WORKER_FILES ? files.rlim_max : WORKER_FILES;
        files.rlim_max = files.rlim_cur;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static _Noreturn void worker_main(const struct attempt *attempt, const struct runner_task *task,
                                  const struct folders *folders, int channel) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    autofree char *start_path = str_format("%s/start", attempt->options->exercise->directory);
    int scratch = open(folders->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int start = open(start_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    confine_worker(&channel, &scratch, &start);
    struct checker_task work = {
        .name = attempt->checker_name,
        .text = sv_str(&attempt->checker_text),
        .check = task->check ? task->check->id : NULL,
        .seed = attempt->facts.seed,
        .scratch = scratch,
        .start = start,
        .scratch_path = folders->work,
        .material_path = folders->material,
        .needs = task->needs,
        .exercise = attempt->exercise,
        .channel = channel,
    };
    struct err err = ERR_INIT;
    if (!checker_work(attempt->checker, &work, &err)) _exit(0);
    json_t *last_word = broken("%s", err.message); /* an outcome too large to send, say */
    json_put(last_word, "op", json_string("outcome"));
    _exit(channel_send(channel, last_word, NULL, 0, NULL) ? 1 : 0);
}

/* ---- the runner ---- */

struct run {
    const struct attempt *attempt;
    const struct runner_task *task;
    struct folders folders;
    struct service_desk desk;
    pid_t worker;
    int interrupt;
    json_t *outcome; /* the worker's last word, or ours about it */
};

static int start_worker(struct run *run, struct err *err) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    run->worker = fork();
    if (!run->worker) worker_main(run->attempt, run->task, &run->folders, pair[1]);
    close(pair[1]);
    run->desk.worker = pair[0];
    return run->worker < 0 ? err_errno(err, ERR_INTERNAL, "cannot start the checker's process") : 0;
}

static int open_box(struct run *run, struct err *err) {
    const struct box_settings *settings = &run->attempt->options->exercise->box;
    const char *writable[] = {run->folders.work, run->folders.home, run->folders.tmp, NULL};
    const char *readable[] = {run->folders.material, run->attempt->options->environment, NULL};
    struct box_config config = {
        .writable = writable,
        .readable = readable,
        .limits = {.wall = settings->timeout,
                   .cpu = settings->timeout * 4,
                   .memory = (uint64_t)settings->memory,
                   .processes = (uint64_t)settings->processes,
                   .disk = (uint64_t)settings->disk,
                   .files = (uint64_t)settings->files,
                   .file_size = (uint64_t)settings->disk,
                   .output = (size_t)settings->output},
        .spared = run->worker,
        .interrupt = run->interrupt,
    };
    return box_open(&run->desk.box, &config, err);
}

static json_t *worker_died(struct run *run) {
    int status = 0;
    pid_t worker = run->worker;
    run->worker = 0;
    kill(worker, SIGKILL);
    while (waitpid(worker, &status, 0) < 0 && errno == EINTR) {}
    char signal[SIGNAL_TEXT_SIZE];
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        return broken("the checker's process was ended by %s", signal_text(signal, WTERMSIG(status)));
    return broken("the checker's process ended without a verdict");
}

/* Serves the worker until its outcome, its death, its deadline or an interruption (-1). */
static int serve(struct run *run, struct err *err) {
    struct patience patience = run->task->check ? CHECKING : LOADING;
    patience.worker = run->worker;
    while (!run->outcome) {
        int ready = patience_wait(&patience, run->desk.box, run->desk.worker, err);
        if (ready < 0) return -1;
        if (!ready) {
            run->outcome = broken("%s", err->message);
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

static void end_worker(struct run *run) {
    if (run->worker <= 0) return;
    kill(run->worker, SIGKILL);
    while (waitpid(run->worker, NULL, 0) < 0 && errno == EINTR) {}
    run->worker = 0;
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
    bool laid_out = !reproduce_lay_out(&run->desk.reproduction, run->folders.input, NULL);
    json_array_foreach(failures, index, failure) {
        size_t number = (size_t)json_get_integer(failure, "run", 0);
        json_t *command = laid_out && number ? json_array_get(run->desk.commands, number - 1) : NULL;
        json_put(failure, "try", command ? json_incref(command) : json_null());
    }
}

static int see_through(struct run *run, struct err *err) {
    const struct runner_task *task = run->task;
    if (make_folders(run->attempt, task->check ? task->check->id : ".load", &run->folders, err) ||
        (task->check && lay_out(run->attempt, &run->folders, task->from, err)) || start_worker(run, err) ||
        open_box(run, err))
        return -1;
    struct service_desk *desk = &run->desk;
    desk->isolation = box_isolation(desk->box);
    desk->attempt = run->attempt;
    desk->check = task->check;
    desk->work = run->folders.work;
    desk->home = run->folders.home;
    desk->tmp = run->folders.tmp;
    desk->input = run->folders.input;
    desk->commands = json_array();
    desk->material = (struct material){.attempt = run->attempt,
                                       .box = desk->box,
                                       .folder = run->folders.material,
                                       .handed = json_object(),
                                       .stamps = STR_INIT};
    desk->reproduction = (struct reproduction){.workspace = workspace_directory(run->attempt->options->workspace),
                                               .check = task->check ? task->check->id : "",
                                               .work = run->folders.work,
                                               .material = run->folders.material,
                                               .fixed = run->attempt->fixed};
    return serve(run, err);
}

static json_t *layers(const char *const *isolation) {
    json_t *list = json_array();
    for (; isolation && *isolation; isolation++) json_array_append_new(list, json_string(*isolation));
    return list;
}

static int report(struct run *run, double seconds, struct err *err) {
    autojson json_t *event = json_object();
    bool kept = run->attempt->options->keep && run->task->check;
    json_put(event, "event", json_string("done"));
    json_put(event, "outcome", json_incref(run->outcome));
    json_put(event, "seconds", json_real(seconds));
    json_put(event, "isolation", layers(run->desk.isolation));
    json_put(event, "kept", kept ? json_string(run->folders.work) : json_null());
    if (!channel_send(run->desk.supervisor, event, NULL, 0, err)) return 0;
    autojson json_t *short_word = broken("%s", err->message); /* failures too large to send, say */
    json_put(event, "outcome", json_incref(short_word));
    return channel_send(run->desk.supervisor, event, NULL, 0, err);
}

/* SIGTERM becomes readable on the descriptor; SIGINT is the supervisor's to answer, a runner waits for its word. */
static int catch_termination(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static _Noreturn void runner_main(const struct attempt *attempt, const struct runner_task *task, int channel,
                                  pid_t parent) {
    double begin = clock_monotonic();
    struct run run = {.attempt = attempt, .task = task, .desk = {.worker = -1, .supervisor = channel}};
    run.interrupt = catch_termination();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    struct err err = ERR_INIT;
    int status = see_through(&run, &err);
    end_worker(&run);
    box_close(run.desk.box);
    if (status && err.code != ERR_INTERRUPTED) run.outcome = broken("%s", err.message);
    /* More than may be taken over from another check is the doing of the program that left it. */
    if (status && task->from && err.code == ERR_USAGE) json_put(run.outcome, "verdict", json_string("fail"));
    if (run.outcome) {
        judge_material(&run);
        explain_failures(&run);
        report(&run, clock_monotonic() - begin, &err);
    }
    if (!attempt->options->keep) remove_folders(attempt, &run.folders, task->leave_work);
    folders_release(&run.folders);
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
