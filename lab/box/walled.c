/* The units of a sandbox: what launch.c and family.c do with children of this process, done through the sandbox's init. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "box/internal.h"
#include "box/sandbox_internal.h"

int walled_begin(struct box *box, struct err *err) {
    if (box->sandbox.bwrap > 0) return 0;
    if (sandbox_begin(&box->sandbox, &box->config, err)) return -1;
    box_spare(box, box->sandbox.bwrap);
    return 0;
}

static int open_forward(struct box *box, uint16_t port, struct err *err) {
    struct init_answer answer;
    const struct init_request request = {.op = INIT_LISTEN, .port = port};
    int fd = -1;
    if (sandbox_ask(&box->sandbox, &request, NULL, 0, &answer, &fd, err)) return -1;
    errno = answer.error;
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot listen on port %u of the box", (unsigned)port);
    return box->config.forwards.take(box->config.forwards.context, port, fd, err);
}

static int open_forwards(struct box *box, struct err *err) {
    const struct box_forwards *forwards = &box->config.forwards;
    for (size_t i = 0; i < forwards->count; i++)
        if (open_forward(box, forwards->ports[i], err)) return -1;
    return 0;
}

int walled_await(struct box *box, struct err *err) {
    if (box->sandbox.init) return 0;
    if (walled_begin(box, err) || sandbox_await(&box->sandbox, err) || family_open(box, box->sandbox.init, err))
        return -1;
    return open_forwards(box, err);
}

/* ---- losing ---- */

static void take_end(struct box *box, struct unit *unit, const struct init_answer *answer) {
    unit->status = answer->status;
    unit->cpu = answer->user + answer->system;
    unit->max_rss = answer->max_rss;
    unit->cpu_reaped += answer->orphans_cpu;
    unit->pid = 0;
    box->deaths += !unit->over;
    unit->over = true;
}

/* Its process has ended with the sandbox: for want of memory, when the kernel says so, else nobody knows why. */
static void lose_unit(struct box *box, struct unit *unit, const struct err *why) {
    if (!unit->limit && group_out_of_memory(&box->sandbox.group) > unit->out_of_memory) unit->limit = BOX_LIMIT_MEMORY;
    unit->lost = !unit->limit;
    snprintf(unit->why, sizeof unit->why, "%.*s", (int)sizeof unit->why - 1, why->message);
    take_end(box, unit, &(struct init_answer){.status = SIGKILL});
}

/* Init does not answer, so nothing of the sandbox shall live. The next program gets another one, with the same folders. */
static void lose(struct box *box, const struct err *why) {
    pid_t bwrap = box->sandbox.bwrap;
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].pid) lose_unit(box, &box->units[i], why);
    sandbox_end(&box->sandbox);
    box_unspare(box, bwrap);
    box->unroutable = 0; /* another network begins to count */
    (void)family_open(box, box->owner, NULL);
}

/* ---- starting ---- */

static void add_words(struct str *words, const char *const *list, unsigned *count) {
    for (*count = 0; list[*count]; ++*count) str_append_bytes(words, list[*count], strlen(list[*count]) + 1);
}

static void describe(const struct exec_plan *plan, struct init_request *request, struct str *words) {
    str_append_bytes(words, plan->cwd, strlen(plan->cwd) + 1);
    add_words(words, plan->argv, &request->argc);
    add_words(words, plan->env, &request->envc);
    add_words(words, (const char *const *)plan->candidates, &request->candidates);
    request->size = words->len;
    request->offline = plan->filtered;
    request->bound_count = plan->bound_count;
    memcpy(request->bounds, plan->bounds, sizeof request->bounds);
}

/* The pid as this process sees it: proc(5), fdinfo of a pidfd. */
static pid_t pid_of(int pidfd) {
    char path[40], text[256];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    if (fs_read_small(path, text, sizeof text)) return -1;
    const char *pid = strstr(text, "\nPid:");
    return pid ? (pid_t)strtol(pid + 5, NULL, 10) : -1;
}

int walled_start(struct box *box, struct unit *unit, const struct exec_plan *plan, bool *failed,
                 struct exec_report *report, struct err *err) {
    scoped(str) words = STR_INIT;
    struct err why = ERR_INIT;
    struct init_answer answer;
    struct init_request request = {.op = INIT_START, .unit = (unsigned)(unit - box->units)};
    describe(plan, &request, &words);
    autoclose int file = sandbox_memory_file("lab-words", &words, err);
    if (file < 0) return -1;
    const int descriptors[] = {file, plan->ends[0], plan->ends[1], plan->ends[2]};
    if (sandbox_ask(&box->sandbox, &request, descriptors, LENGTH(descriptors), &answer, &unit->pidfd, &why)) {
        lose(box, &why);
        if (err) *err = why;
        return -1;
    }
    *failed = answer.error != 0;
    *report = answer.report;
    if (*failed) report->error = answer.error;
    memcpy(unit->why, answer.why, sizeof unit->why);
    if (!*failed) unit->pid = pid_of(unit->pidfd);
    return 0;
}

/* ---- ending ---- */

bool walled_is_shared(const struct box *box, unsigned number) {
    for (unsigned i = 0; i < UNITS; i++)
        if (i != number && box->units[i].pid) return true;
    return false;
}

unsigned walled_collect(struct box *box, unsigned number, bool sweep) {
    struct err why = ERR_INIT;
    struct init_answer answer;
    const struct init_request request = {.op = sweep ? INIT_SWEEP : INIT_COLLECT, .unit = number};
    if (sandbox_ask(&box->sandbox, &request, NULL, 0, &answer, NULL, &why)) {
        lose(box, &why);
        return 0;
    }
    take_end(box, &box->units[number], &answer);
    return answer.ended;
}

/* ---- looking ---- */

void walled_mark(const struct box *box, struct unit *unit) {
    unit->out_of_memory = group_out_of_memory(&box->sandbox.group);
    unit->refused_forks = group_processes_refused(&box->sandbox.group);
}

/* What the kernel killed for want of memory may have been another unit's, unless this one's own process was killed. */
enum box_limit walled_struck(const struct box *box, const struct unit *unit, int signal) {
    const struct box_group *group = &box->sandbox.group;
    if (!box->sandbox.init) return BOX_LIMIT_NONE;
    if (signal == SIGKILL && group_out_of_memory(group) > unit->out_of_memory) return BOX_LIMIT_MEMORY;
    return group_processes_refused(group) > unit->refused_forks ? BOX_LIMIT_PROCESSES : BOX_LIMIT_NONE;
}

void walled_measure(struct box *box, struct disk_use *use, uint64_t *unroutable) {
    struct init_answer answer;
    const struct init_request request = {.op = INIT_USAGE};
    if (!box->sandbox.init || sandbox_ask(&box->sandbox, &request, NULL, 0, &answer, NULL, NULL)) return;
    use->bytes += answer.bytes;
    use->entries += answer.entries;
    /* With the host's network, init counts what anybody on the host has sent. */
    if (box->config.network != BOX_NETWORK_OPEN) *unroutable = answer.unroutable;
}

int walled_connect(struct box *box, uint16_t port, struct err *err) {
    struct init_answer answer;
    const struct init_request request = {.op = INIT_CONNECT, .port = port};
    int fd = -1;
    if (walled_await(box, err) || sandbox_ask(&box->sandbox, &request, NULL, 0, &answer, &fd, err)) return -1;
    if (fd >= 0) return fd;
    errno = answer.error;
    return err_errno(err, ERR_ENVIRONMENT, "cannot connect");
}
