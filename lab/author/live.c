#include "author/live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/attempt.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "report/report.h"
#include "workspace/python.h"

enum { STOP_SECONDS = 3, LINE_MOST = 64 << 20, TRANSCRIPT_WIDTH = 80 };

/* ---- the trial's process ---- */

struct teller {
    struct sink sink;
    int pipe;
    bool outputs;
};

static void tell(int pipe, json_t *line) {
    char *text = json_dumps(line, JSON_COMPACT);
    if (!text) return;
    autofree char *whole = str_format("%s\n", text);
    free(text);
    if (fs_write_all(pipe, whole, strlen(whole))) _exit(1);
}

static void tell_event(struct sink *sink, const struct event *event) {
    const struct teller *teller = (const struct teller *)(const void *)sink;
    if (event->kind == EVENT_OUTPUT && !teller->outputs) return;
    autojson json_t *line = report_json_event(event);
    tell(teller->pipe, line);
}

static void tell_preparing(void *context, const char *label, size_t done, size_t total, double bytes) {
    (void)bytes;
    autojson json_t *line = json_object();
    json_put(line, "event", json_string("preparing"));
    json_put(line, "label", json_text(label, strlen(label)));
    json_put(line, "done", json_integer((json_int_t)done));
    json_put(line, "total", json_integer((json_int_t)total));
    tell(*(int *)context, line);
}

static void tell_fault(int pipe, const char *message) {
    autojson json_t *line = json_object();
    json_put(line, "event", json_string("fault"));
    json_put(line, "message", json_text(message, strlen(message)));
    tell(pipe, line);
}

static void run(const struct work *work, const struct live_setting *setting, const char *folder, int pipe, int stop) {
    struct err err = ERR_INIT;
    scoped(python) python = {0};
    struct python_watcher watcher = {tell_preparing, &pipe};
    autofree char *environments = path_join(work->course->directory, "exercises/environments");
    if (python_ensure(&python, environments, work->exercise->python, &watcher, &err) ||
        attempt_services_ensure(work->course, work->exercise, &watcher, &err)) {
        tell_fault(pipe, err.message);
        return;
    }
    struct teller teller = {{tell_event}, pipe, setting->outputs};
    struct trial trial = {
        .course = work->course,
        .exercise = work->exercise,
        .variants = &work->variants,
        .variant = work->variant,
        .environment = python.directory,
        .cache = setting->cache,
        .also = &teller.sink,
    };
    autojson json_t *result = trial_run(&trial, folder, TRANSCRIPT_WIDTH, stop);
    const char *fault = json_get_string(result, "error", NULL);
    if (fault) tell_fault(pipe, fault);
}

/* Neither the keys nor the screen are this process's. */
static void leave_terminal(void) {
    autoclose int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) dup2(nothing, fd);
}

/* ---- the watcher's side ---- */

static int begin_process(struct live *live, const struct work *work, const struct live_setting *setting,
                         struct err *err) {
    int events[2], stop[2];
    pid_t parent = getpid();
    if (pipe2(events, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot make a pipe");
    live->events = events[0];
    int status = pipe2(stop, O_CLOEXEC);
    fflush(NULL);
    live->pid = status ? -1 : fork();
    if (!live->pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        setting->before();
        leave_terminal();
        run(work, setting, live->folder, events[1], stop[0]);
        _exit(0);
    }
    close(events[1]);
    if (!status) close(stop[0]);
    if (!status) live->stop = stop[1];
    fcntl(live->events, F_SETFL, O_NONBLOCK);
    if (live->pid < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot start a process");
    live->process = pidfd_open(live->pid, 0);
    return 0;
}

int live_begin(struct live *live, const struct work *work, const struct live_setting *setting, const char *folder,
               struct err *err) {
    *live = (struct live)LIVE_INIT;
    if (mkdir(folder, 0711)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", folder);
    live->folder = mem_copy_string(folder);
    if (!begin_process(live, work, setting, err)) return 0;
    live->pid = 0;
    live_end(live);
    return -1;
}

static void take_lines(struct live *live, void (*take)(void *context, const json_t *line), void *context) {
    struct sv rest = sv_str(&live->said);
    const char *end;
    while ((end = memchr(rest.data, '\n', rest.len)) != NULL) {
        size_t len = (size_t)(end - rest.data);
        autojson json_t *line = json_loadb(rest.data, len, 0, NULL);
        if (line) take(context, line);
        rest = (struct sv){end + 1, rest.len - len - 1};
    }
    autofree char *left = mem_copy(rest.data, rest.len);
    size_t len = rest.len;
    str_clear(&live->said);
    str_append_bytes(&live->said, left, len);
}

void live_hear(struct live *live, void (*take)(void *context, const json_t *line), void *context) {
    char piece[65536];
    ssize_t got;
    while ((got = read(live->events, piece, sizeof piece)) > 0 || (got < 0 && errno == EINTR)) {
        if (got <= 0 || live->said.len > LINE_MOST) continue;
        str_append_bytes(&live->said, piece, (size_t)got);
        if (memchr(piece, '\n', (size_t)got)) take_lines(live, take, context);
    }
}

bool live_has_ended(const struct live *live) {
    siginfo_t info = {0};
    return live->pid > 0 && !waitid(P_PID, (id_t)live->pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid;
}

void live_stop(struct live *live) {
    if (live->overdue) return;
    (void)!write(live->stop, "", 1);
    live->overdue = clock_monotonic() + STOP_SECONDS;
}

int live_end(struct live *live) {
    int status = 0;
    if (live->pid > 0) {
        kill(live->pid, SIGKILL);
        while (waitpid(live->pid, &status, 0) < 0 && errno == EINTR) {}
    }
    if (live->folder) beneath_remove_at(live->folder);
    mem_close_descriptor(&live->events);
    mem_close_descriptor(&live->stop);
    mem_close_descriptor(&live->process);
    free(live->folder);
    str_release(&live->said);
    *live = (struct live)LIVE_INIT;
    return status;
}
