/*
 * The first process of a box: see init.h. A program of its own, linked statically, so that it starts in a fraction of a
 * millisecond and needs nothing of what the box shows.
 *
 * It lives by system calls and a little memory; it ends, and the kernel ends everything else in the box with it, as soon
 * as anything is not as it should be.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/init.h"
#include "box/loopback.h"

struct child {
    pid_t pid; /* 0: none */
    bool over; /* it was reaped: status and usage are known */
    int status;
    struct rusage usage;
};

static struct child children[INIT_UNITS];
static double orphans_cpu;
static unsigned orphans_killed;
static char stack[EXEC_STACK_SIZE] __attribute__((aligned(16)));

static _Noreturn void end(void) { _exit(1); }

/* ---- reaping ---- */

static struct child *find_child(pid_t pid) {
    for (unsigned i = 0; i < INIT_UNITS; i++)
        if (children[i].pid == pid && !children[i].over) return &children[i];
    return NULL;
}

/* Reaps one process as the options of wait4 say; false when there is none. */
static bool reap(int options) {
    int status;
    struct rusage usage;
    pid_t pid;
    do pid = wait4(-1, &status, __WALL | options, &usage);
    while (pid < 0 && errno == EINTR);
    if (pid <= 0) return false;
    struct child *child = find_child(pid);
    if (child) {
        child->over = true;
        child->status = status;
        child->usage = usage;
    } else {
        orphans_cpu += clock_seconds(usage.ru_utime) + clock_seconds(usage.ru_stime);
        orphans_killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    }
    return true;
}

/* ---- starting ---- */

struct words {
    char *at, *end;
};

static char *next_word(struct words *words) {
    char *word = words->at;
    char *closing = memchr(word, '\0', (size_t)(words->end - word));
    if (!closing) end();
    words->at = closing + 1;
    return word;
}

static char **next_list(struct words *words, unsigned count) {
    char **list = calloc((size_t)count + 1, sizeof *list);
    if (!list) end();
    for (unsigned i = 0; i < count; i++) list[i] = next_word(words);
    return list;
}

static void start(const struct init_request *request, const int *descriptors, struct init_answer *answer, int *pidfd) {
    struct child *child = &children[request->unit];
    char *text = mmap(NULL, request->size, PROT_READ, MAP_PRIVATE, descriptors[0], 0);
    int reports[2];
    if (text == MAP_FAILED || pipe2(reports, O_CLOEXEC)) end();
    struct words words = {text, text + request->size};
    struct exec_plan plan = EXEC_PLAN_INIT;
    plan.cwd = next_word(&words);
    char **argv = next_list(&words, request->argc), **env = next_list(&words, request->envc);
    char **candidates = next_list(&words, request->candidates);
    plan.argv = (const char *const *)argv;
    plan.env = (const char *const *)env;
    plan.candidates = candidates;
    plan.filtered = request->offline;
    plan.network = BOX_NETWORK_NONE;
    plan.bound_count = request->bound_count;
    memcpy(plan.bounds, request->bounds, sizeof plan.bounds);
    memcpy(plan.ends, descriptors + 1, sizeof plan.ends);
    plan.report = reports[1];
    *child = (struct child){0};
    child->pid = exec_start(&plan, stack, pidfd);
    if (child->pid < 0) answer->error = errno;
    close(reports[1]);
    if (!answer->error && exec_failed(reports[0], &answer->report)) {
        answer->error = answer->report.error;
        exec_explain(&plan, &answer->report, answer->why, sizeof answer->why);
        while (!child->over && reap(0)) {}
    }
    if (answer->error) *child = (struct child){0};
    close(reports[0]);
    free(argv);
    free(env);
    free(candidates);
    munmap(text, request->size);
}

/* ---- ending ---- */

static void collect(unsigned unit, struct init_answer *answer) {
    struct child *child = &children[unit];
    while (child->pid && !child->over && reap(0)) {}
    answer->status = child->status;
    answer->user = clock_seconds(child->usage.ru_utime);
    answer->system = clock_seconds(child->usage.ru_stime);
    answer->max_rss = (uint64_t)child->usage.ru_maxrss * 1024;
    answer->orphans_cpu = orphans_cpu;
    orphans_cpu = 0;
    *child = (struct child){0};
}

/* A process can be made between the two calls, so they are repeated until there is none. What is dying already is not counted
 * as ended. */
static void sweep(unsigned unit, struct init_answer *answer) {
    unsigned lived = 0;
    while (reap(WNOHANG)) {}
    for (unsigned i = 0; i < INIT_UNITS; i++) lived += i != unit && children[i].pid && !children[i].over;
    unsigned before = orphans_killed;
    do {
        kill(-1, SIGKILL);
        while (reap(0)) {}
    } while (kill(-1, 0) == 0);
    answer->ended = orphans_killed - before + lived;
    collect(unit, answer);
}

/* ---- looking ---- */

static void add_file_system(const char *path, struct init_answer *answer) {
    struct statfs info;
    if (statfs(path, &info)) return;
    answer->bytes += (uint64_t)(info.f_blocks - info.f_bfree) * (uint64_t)info.f_bsize;
    answer->entries += (uint64_t)(info.f_files - info.f_ffree);
}

/* The whole of a small file, NUL-terminated; "" when it cannot be read. */
static void read_text(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0) close(fd);
    text[len < 0 ? 0 : len] = '\0';
}

/* The first line of /proc/net/snmp names the columns of the second, which holds their values (RFC 2011's ipOutNoRoutes). */
static uint64_t count_unroutable_4(const char *table) {
    const char *name = table, *value = strstr(table, "\nIp: ");
    if (!value++) return 0;
    while (strncmp(name, "OutNoRoutes ", strlen("OutNoRoutes ")) != 0) {
        name += strcspn(name, " \n");
        value += strcspn(value, " \n");
        if (*name++ != ' ' || *value++ != ' ') return 0;
    }
    return strtoull(value, NULL, 10);
}

/* /proc/net/snmp6 has a name and a value a line. */
static uint64_t count_unroutable_6(const char *table) {
    const char *name = strstr(table, "Ip6OutNoRoutes");
    return name ? strtoull(name + strlen("Ip6OutNoRoutes"), NULL, 10) : 0;
}

static uint64_t count_unroutable(void) {
    static char text[16384];
    read_text("/proc/net/snmp", text, sizeof text);
    uint64_t count = count_unroutable_4(text);
    read_text("/proc/net/snmp6", text, sizeof text);
    return count + count_unroutable_6(text);
}

/* Bytes in memory of System V's shared memory, which no process need have mapped: proc(5), the column "rss". */
static uint64_t shared_memory(void) {
    enum { RESIDENT = 14 };
    static char text[65536];
    uint64_t total = 0;
    read_text("/proc/sysvipc/shm", text, sizeof text);
    for (const char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        char *at = (char *)(uintptr_t)line;
        unsigned long long value = 0;
        for (int column = 0; column <= RESIDENT; column++) value = strtoull(at, &at, 10);
        total += value;
    }
    return total;
}

static void measure(struct init_answer *answer) {
    answer->bytes += shared_memory();
    add_file_system("/tmp", answer);
    add_file_system("/dev/shm", answer);
    answer->unroutable = count_unroutable();
}

/* Only begins to connect: the owner waits for it, while this process goes on. */
static int connect_port(uint16_t port, struct init_answer *answer) {
    int fd = loopback_connect(port);
    if (fd < 0) answer->error = errno;
    return fd;
}

static int listen_port(uint16_t port, struct init_answer *answer) {
    int fd = loopback_listen(port);
    if (fd < 0) answer->error = errno;
    return fd;
}

/* ---- the loop ---- */

static void answer_request(void) {
    struct init_request request;
    struct init_answer answer = {0};
    int descriptors[4], given = -1;
    ssize_t len = init_receive(INIT_SOCKET, &request, sizeof request, descriptors, 4);
    if (len != sizeof request || request.unit >= INIT_UNITS) end();
    switch (request.op) {
    case INIT_START: start(&request, descriptors, &answer, &given); break;
    case INIT_COLLECT: collect(request.unit, &answer); break;
    case INIT_SWEEP: sweep(request.unit, &answer); break;
    case INIT_USAGE: measure(&answer); break;
    case INIT_CONNECT: given = connect_port(request.port, &answer); break;
    case INIT_LISTEN: given = listen_port(request.port, &answer); break;
    default: end();
    }
    for (int i = 0; i < 4; i++)
        if (descriptors[i] >= 0) close(descriptors[i]);
    if (init_send(INIT_SOCKET, &answer, sizeof answer, &given, given >= 0) < 0) end();
    if (given >= 0) close(given);
}

static int watch_children(void) {
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(void) {
    const struct init_answer ready = {0};
    if (getpid() != 1) return 2;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* with bubblewrap */
    if (fcntl(INIT_SOCKET, F_SETFD, FD_CLOEXEC) || syscall(SYS_close_range, INIT_SOCKET + 1, ~0U, 0)) end();
    int deaths = watch_children();
    if (deaths < 0 || init_send(INIT_SOCKET, &ready, sizeof ready, NULL, 0) < 0) end();
    for (;;) {
        struct pollfd items[] = {{.fd = INIT_SOCKET, .events = POLLIN}, {.fd = deaths, .events = POLLIN}};
        struct signalfd_siginfo info;
        if (poll(items, 2, -1) < 0 && errno != EINTR) end();
        if (items[1].revents)
            while (read(deaths, &info, sizeof info) > 0) {}
        while (reap(WNOHANG)) {}
        if (items[0].revents) answer_request();
    }
}
