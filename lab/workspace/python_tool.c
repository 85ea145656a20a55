#include "workspace/python_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupts.h"
#include "base/variables.h"

enum { OUTPUT_KEPT = 16 * 1024, TICK_MS = 200, REAP_MS = 5, GRACE_MS = 300 };

/* ---- signals ---- */

void tool_signals_hold(sigset_t *before) {
    sigset_t set = interrupt_signals();
    sigprocmask(SIG_BLOCK, &set, before);
}

bool tool_is_interrupted(void) {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

void tool_signals_release(const sigset_t *before, bool answered) {
    sigset_t set = interrupt_signals();
    bool outermost = !sigismember(before, SIGINT);
    while (answered && outermost && sigtimedwait(&set, NULL, &(struct timespec){0}) > 0) continue;
    sigprocmask(SIG_SETMASK, before, NULL);
}

/* ---- starting ---- */

struct running {
    const struct tool *tool;
    pid_t pid;
    int output, signals; /* signals: readable when one is pending; it is never read */
    struct str line;     /* what was printed since the last newline */
};

/* In the child: never returns. `parent` is lab: when it has died already, the death signal would never come. */
static void become(const struct tool *tool, const char *const *environment, int output, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (getppid() != parent || nothing < 0) _exit(127);
    if (dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) _exit(127);
    if (tool->lock >= 0) fcntl(tool->lock, F_SETFD, 0);
    if (!chdir(tool->directory)) {
        /* execve takes the strings as const in all but name (POSIX, exec, rationale). */
        union {
            const char *const *borrowed;
            char *const *plain;
        } argv = {tool->argv}, variables = {environment};
        execve(tool->argv[0], argv.plain, variables.plain);
    }
    dprintf(2, "cannot run %s: %s\n", tool->argv[0], strerror(errno));
    _exit(127);
}

static int start(struct running *running, struct err *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) return err_errno(err, ERR_ENVIRONMENT, "cannot run %s", running->tool->argv[0]);
    running->output = ends[0];
    autoclose int write_end = ends[1];
    struct arena arena = ARENA_INIT;
    const char **environment = tool_environment(&arena);
    if (running->tool->variables) environment = variables_with(&arena, running->tool->variables, environment);
    pid_t parent = getpid();
    running->pid = fork();
    if (!running->pid) become(running->tool, environment, write_end, parent);
    arena_release(&arena);
    if (running->pid < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot run %s", running->tool->argv[0]);
    setpgid(running->pid, running->pid);
    fcntl(running->output, F_SETFL, O_NONBLOCK);
    return 0;
}

/* ---- reading what it prints ---- */

/* Ends the present line: empty ones are left out, control bytes are not passed on. */
static void end_line(struct running *running, struct str *output) {
    if (!running->line.len) return;
    string_make_line(running->line.data, running->line.len);
    size_t begin = output->len;
    str_append_utf8(output, running->line.data, running->line.len);
    if (running->tool->line) running->tool->line(running->tool->context, output->data + begin);
    str_append_char(output, '\n');
    str_clear(&running->line);
    if (output->len / 2 > OUTPUT_KEPT) str_drop(output, output->len - OUTPUT_KEPT);
}

static void take(struct running *running, const char *data, size_t len, struct str *output) {
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n' || data[i] == '\r')
            end_line(running, output);
        else if (running->line.len < OUTPUT_KEPT)
            str_append_char(&running->line, data[i]);
    }
}

/* Reads what there is; closes the pipe at its end. */
static void drain(struct running *running, struct str *output) {
    char buffer[16 * 1024];
    while (running->output >= 0) {
        ssize_t n = read(running->output, buffer, sizeof buffer);
        if (n > 0) {
            take(running, buffer, (size_t)n, output);
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else {
            close(running->output);
            running->output = -1;
        }
    }
}

/* ---- waiting and ending ---- */

static bool has_ended(pid_t pid) {
    siginfo_t info = {0};
    return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/* Ends the group and waits for its leader, which stays a zombie until then, so that its number is not reused. */
static int reap(pid_t pid) {
    int status = 0;
    kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void ask_to_end(pid_t pid) {
    kill(-pid, SIGTERM);
    for (int waited = 0; waited < GRACE_MS && !has_ended(pid); waited += REAP_MS)
        nanosleep(&(struct timespec){.tv_nsec = REAP_MS * 1000L * 1000}, NULL);
}

/* Follows the tool to its end; false when it was cut short, with err set. */
static bool follow(struct running *running, struct str *output, struct err *err) {
    double begin = clock_monotonic(), next_tick = begin;
    const struct tool *tool = running->tool;
    while (!has_ended(running->pid)) {
        struct pollfd files[] = {{running->signals, POLLIN, 0}, {running->output, POLLIN, 0}};
        poll(files, LENGTH(files), running->output < 0 ? REAP_MS : TICK_MS);
        drain(running, output);
        double now = clock_monotonic();
        if (tool->tick && now >= next_tick) {
            tool->tick(tool->context);
            next_tick = now + TICK_MS / 1000.0;
        }
        if (tool_is_interrupted()) {
            err_set(err, ERR_INTERRUPTED, "interrupted");
            return false;
        }
        if (tool->seconds > 0 && now > begin + tool->seconds) {
            err_set(err, ERR_ENVIRONMENT, "%s did not answer within %.0f s", tool->argv[0], tool->seconds);
            return false;
        }
    }
    drain(running, output);
    return true;
}

int tool_run(const struct tool *tool, struct str *output, int *status, struct err *err) {
    sigset_t before, set = interrupt_signals();
    tool_signals_hold(&before);
    struct running running = {.tool = tool, .output = -1, .line = STR_INIT};
    running.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    int result = tool_is_interrupted() ? err_set(err, ERR_INTERRUPTED, "interrupted") : start(&running, err);
    if (!result) {
        if (!follow(&running, output, err)) {
            ask_to_end(running.pid);
            result = -1;
        }
        end_line(&running, output);
        *status = reap(running.pid);
    }
    str_release(&running.line);
    if (running.output >= 0) close(running.output);
    if (running.signals >= 0) close(running.signals);
    tool_signals_release(&before, false);
    return result;
}
