#include "attempt/worker.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "box/users.h"
#include "checker/channel.h"

enum { WORKER_FILES = 1024, DESCRIPTORS_MOST = 4096 };
static const rlim_t WORKER_MEMORY = (rlim_t)2 << 30;

json_t *worker_broken(const char *format, ...) {
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

/* The engine bounds what Lua holds and what is decoded for it; this is for what escapes that. libpq needs half of it for itself, as
 * it makes room at once for a message of whatever length a server announces. Jansson would go on without what it got no memory for. */
static void limit_memory(void) {
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is larger */
    setrlimit(RLIMIT_DATA, &(struct rlimit){WORKER_MEMORY, WORKER_MEMORY});
#endif
    json_set_alloc_funcs(mem_alloc, free);
}

/* Gives the worker what it needs and nothing else: standard error, the channel, and the folders. */
static void confine(int *const *kept, size_t count) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(null, 0);
    dup2(null, 1);
    for (size_t i = 0; i < count; i++)
        if (*kept[i] >= 0) *kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, 100);
    int next = 3;
    for (size_t i = 0; i < count; i++)
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

/* A change of user clears the death signal. */
static void become(uid_t user) {
    if (user && users_become(user)) _exit(1);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static _Noreturn void worker_main(const struct worker_task *task, int channel, pid_t parent) {
    const struct attempt *attempt = task->attempt;
    const struct box_folder *folders = task->places->folders;
    autofree char *start_path = str_format("%s/start", attempt->options->exercise->directory);
    int scratch = open(folders[PLACE_WORK].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int material = open(folders[PLACE_MATERIAL].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int start = open(start_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int *const kept[] = {&channel, &scratch, &material, &start};
    confine(kept, LENGTH(kept));
    limit_memory();
    if (task->processor) setrlimit(RLIMIT_CPU, &(struct rlimit){task->processor, task->processor});
    become(task->user);
    if (getppid() != parent) _exit(1);
    struct checker_task work = {
        .name = attempt->checker_name,
        .text = sv_str(&attempt->checker_text),
        .check = task->check ? task->check->id : NULL,
        .seed = attempt->facts.seed,
        .scratch = scratch,
        .material = material,
        .start = start,
        .scratch_path = task->places->inside[PLACE_WORK],
        .material_path = task->places->inside[PLACE_MATERIAL],
        .needs = task->needs,
        .exercise = attempt->exercise,
        .channel = channel,
    };
    struct err err = ERR_INIT;
    if (!checker_work(attempt->checker, &work, &err)) _exit(0);
    json_t *last_word = worker_broken("%s", err.message); /* an outcome too large to send, say */
    json_put(last_word, "op", json_string("outcome"));
    _exit(channel_send(channel, last_word, NULL, 0, NULL) ? 1 : 0);
}

int worker_start(const struct worker_task *task, pid_t *pid, int *channel, struct err *err) {
    int pair[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    *pid = fork();
    if (!*pid) worker_main(task, pair[1], parent);
    close(pair[1]);
    *channel = pair[0];
    return *pid < 0 ? err_errno(err, ERR_INTERNAL, "cannot start the checker's process") : 0;
}
