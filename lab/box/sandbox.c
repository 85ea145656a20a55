#include "box/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "box/filter.h"
#include "box/sandbox_internal.h"
#include "box/users.h"
#include "box/walls.h"

enum { ANSWER_MILLISECONDS = 20 * 1000, COMPLAINT_MOST = 300, HIGH_DESCRIPTOR = 100, FOLDERS_MOST = 16 };
enum { KERNEL_MEMORY = 256 << 20 };

int sandbox_memory_file(const char *name, const struct str *text, struct err *err) {
    autoclose int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0 || write(fd, text->data, text->len) != (ssize_t)text->len || lseek(fd, 0, SEEK_SET))
        return err_errno(err, ERR_ENVIRONMENT, "cannot make a file in memory");
    return steal_fd(&fd);
}

/* ---- becoming bubblewrap, in a fork ---- */

struct start {
    const struct walls *walls;
    const struct box_config *config;
    char *options_argument, *image_argument;
    int descriptors[SANDBOX_END]; /* by the number that they get */
    int trees[FOLDERS_MOST];
    unsigned tree_count;
};

static int take_trees(struct start *start) {
    const struct box_folder *folder = start->config->folders;
    for (; folder && folder->path; folder++) {
        if (start->tree_count == FOLDERS_MOST) return -1;
        int tree =
            (int)syscall(SYS_open_tree, AT_FDCWD, folder->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (tree < 0) return -1;
        start->trees[start->tree_count++] = tree;
    }
    return 0;
}

/*
 * Root's folders may lie where the box's user cannot go, /root say. So root lays them out in a folder of a mount namespace
 * of its own, which ends with bubblewrap.
 */
static int stage(struct start *start) {
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || take_trees(start)) return -1;
    if (mount("lab", SANDBOX_STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=755")) return -1;
    for (unsigned i = 0; i < start->tree_count; i++) {
        char path[sizeof SANDBOX_STAGE + 12];
        snprintf(path, sizeof path, SANDBOX_STAGE "/%u", i);
        if (mkdir(path, 0755) || syscall(SYS_move_mount, start->trees[i], "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH))
            return -1;
    }
    return 0;
}

/* Moves the descriptors to their numbers, and closes those above. A number may be taken by another of them, so all go up
 * first. */
static int arrange_descriptors(struct start *start) {
    for (int i = 0; i < SANDBOX_END; i++) {
        start->descriptors[i] = fcntl(start->descriptors[i], F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
        if (start->descriptors[i] < 0) return -1;
    }
    for (int i = 0; i < SANDBOX_END; i++)
        if (dup2(start->descriptors[i], i) < 0) return -1;
    return syscall(SYS_close_range, (unsigned)SANDBOX_END, ~0U, 0) ? -1 : 0;
}

/* The step that failed, with errno, or NULL. */
static const char *set_up(struct start *start) {
    sigset_t none;
    sigemptyset(&none);
    if (start->walls->staged && stage(start)) return "laying out folders";
    if (start->config->user && users_become(start->config->user)) return "becoming the box's user";
    if (chdir("/") || sigprocmask(SIG_SETMASK, &none, NULL)) return "setting up";
    return NULL;
}

/*
 * Bubblewrap is not killed with its owner, neither by us nor by --die-with-parent: its child waits, as first process of the
 * namespace, to be let through, and would do so for ever if bubblewrap went before. Both come to their end by init, which
 * ends when the owner's end of its socket is closed.
 *
 * What goes wrong here is told where bubblewrap's own complaints go.
 */
static _Noreturn void become_bubblewrap(struct start *start) {
    char bwrap[] = "bwrap", args[] = "--args", end[] = "--";
    char *argv[] = {bwrap, args, start->options_argument, end, start->image_argument, NULL}, *env[] = {NULL};
    const char *failed = set_up(start);
    if (failed) {
        dprintf(start->descriptors[SANDBOX_AT_COMPLAINTS], "%s: %s\n", failed, strerror(errno));
        _exit(127);
    }
    if (!arrange_descriptors(start)) execve(start->walls->bwrap, argv, env);
    dprintf(SANDBOX_AT_COMPLAINTS, "%s: %s\n", start->walls->bwrap, strerror(errno));
    _exit(127);
}

/* ---- beginning ---- */

static void start_release(struct start *start) {
    for (int i = 0; i < SANDBOX_END; i++) mem_close_descriptor(&start->descriptors[i]);
    free(start->options_argument);
    free(start->image_argument);
}

static int prepare(struct start *start, struct sandbox *sandbox, struct err *err) {
    scoped(str) options = STR_INIT;
    int *descriptors = start->descriptors, pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
        return err_errno(err, ERR_ENVIRONMENT, "cannot make a socket");
    int on = 1;
    sandbox->socket = pair[0];
    (void)setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on); /* for the greeting */
    descriptors[SANDBOX_AT_SOCKET] = pair[1];
    if (sandbox_view(&options, start->config, start->walls->staged, descriptors + SANDBOX_FILE_FIRST, err)) return -1;
    descriptors[SANDBOX_AT_OPTIONS] = sandbox_memory_file("lab-options", &options, err);
    if (descriptors[SANDBOX_AT_OPTIONS] < 0) return -1;
    descriptors[SANDBOX_AT_FILTER] = filter_descriptor(start->config->network, err);
    if (descriptors[SANDBOX_AT_FILTER] < 0) return -1;
    descriptors[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
    descriptors[1] = fcntl(descriptors[0], F_DUPFD_CLOEXEC, 0);
    descriptors[SANDBOX_AT_COMPLAINTS] = memfd_create("lab-complaints", MFD_CLOEXEC);
    descriptors[SANDBOX_AT_IMAGE] = fcntl(start->walls->image, F_DUPFD_CLOEXEC, 0);
    sandbox->complaints = fcntl(descriptors[SANDBOX_AT_COMPLAINTS], F_DUPFD_CLOEXEC, 0);
    for (int i = 0; i < SANDBOX_END; i++)
        if (descriptors[i] < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot set up the sandbox");
    start->options_argument = str_format("%d", SANDBOX_AT_OPTIONS);
    start->image_argument = str_format("/proc/self/fd/%d", SANDBOX_AT_IMAGE);
    return 0;
}

static int launch_bubblewrap(struct start *start, struct sandbox *sandbox, struct err *err) {
    fflush(NULL);
    autoclose int pidfd = -1; /* a child of ours needs none */
    pid_t pid = group_fork(&sandbox->group, &pidfd);
    if (!pid) become_bubblewrap(start);
    if (pid < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot start the sandbox");
    sandbox->bwrap = pid;
    return 0;
}

/* The group is the backstop behind the watchdog, which is to be first, since it counts alike on every machine: for the group,
 * files in memory are memory too, and what the kernel itself holds, which a storm of forks makes hundreds of MiB of. */
static void open_group(struct sandbox *sandbox, const struct box_config *config) {
    const struct box_limits *limits = &config->limits;
    const uint64_t backstop = limits->memory + limits->memory / 2 + limits->disk + KERNEL_MEMORY;
    const struct group_limits most = {.memory = limits->memory ? backstop : 0,
                                      .processes = sandbox_tasks(limits->processes)};
    if (config->walls->group.memory || config->walls->group.processes) (void)group_open(&sandbox->group, &most, NULL);
}

int sandbox_begin(struct sandbox *sandbox, const struct box_config *config, struct err *err) {
    *sandbox = (struct sandbox)SANDBOX_INIT;
    scoped(start) start = {.walls = config->walls, .config = config};
    for (int i = 0; i < SANDBOX_END; i++) start.descriptors[i] = -1;
    open_group(sandbox, config);
    if (!prepare(&start, sandbox, err) && !launch_bubblewrap(&start, sandbox, err)) return 0;
    sandbox_end(sandbox);
    return -1;
}

/* ---- talking to init ---- */

/* How a bubblewrap that said nothing came to its end. */
static void describe_silence(const struct sandbox *sandbox, char *text, size_t size) {
    siginfo_t info = {0};
    if (sandbox->bwrap <= 0 || waitid(P_PID, (id_t)sandbox->bwrap, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
        snprintf(text, size, "it does not answer");
    else
        snprintf(text, size, "bubblewrap %s %d", info.si_code == CLD_EXITED ? "exited with" : "was ended by signal",
                 info.si_status);
}

/* What bubblewrap said last, on one line. */
static int complain(const struct sandbox *sandbox, struct err *err) {
    char text[COMPLAINT_MOST + 1];
    ssize_t len = pread(sandbox->complaints, text, COMPLAINT_MOST, 0);
    text[len < 0 ? 0 : len] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (!*text) describe_silence(sandbox, text, sizeof text);
    return err_set(err, ERR_ENVIRONMENT, "the sandbox %s: %s", sandbox->init ? "has ended early" : "cannot be started",
                   text);
}

static int receive(struct sandbox *sandbox, struct init_answer *answer, int *given, struct err *err) {
    struct pollfd item = {.fd = sandbox->socket, .events = POLLIN};
    int ready, fd = -1;
    do ready = poll(&item, 1, ANSWER_MILLISECONDS);
    while (ready < 0 && errno == EINTR);
    if (!ready) return err_set(err, ERR_ENVIRONMENT, "the sandbox does not answer");
    if (init_receive(sandbox->socket, answer, sizeof *answer, &fd, 1) != sizeof *answer) return complain(sandbox, err);
    if (given)
        *given = fd;
    else if (fd >= 0)
        close(fd);
    return 0;
}

/* The first message carries its sender's pid, as this process sees it (unix(7), SCM_CREDENTIALS). */
static pid_t receive_greeting(struct sandbox *sandbox) {
    struct init_answer greeting;
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr aligned;
    } control;
    struct iovec part = {&greeting, sizeof greeting};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t len;
    do len = recvmsg(sandbox->socket, &message, MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    const struct cmsghdr *header = len == sizeof greeting ? CMSG_FIRSTHDR(&message) : NULL;
    struct ucred who = {0};
    if (header && header->cmsg_type == SCM_CREDENTIALS) memcpy(&who, CMSG_DATA(header), sizeof who);
    return who.pid;
}

int sandbox_await(struct sandbox *sandbox, struct err *err) {
    if (sandbox->init) return 0;
    struct pollfd item = {.fd = sandbox->socket, .events = POLLIN};
    int off = 0, ready;
    do ready = poll(&item, 1, ANSWER_MILLISECONDS);
    while (ready < 0 && errno == EINTR);
    if (!ready) return err_set(err, ERR_ENVIRONMENT, "the sandbox is not ready after %d s", ANSWER_MILLISECONDS / 1000);
    pid_t init = ready > 0 ? receive_greeting(sandbox) : 0;
    (void)setsockopt(sandbox->socket, SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
    if (init <= 0) return complain(sandbox, err);
    sandbox->init_pidfd = (int)syscall(SYS_pidfd_open, init, 0);
    if (sandbox->init_pidfd < 0) return complain(sandbox, err);
    sandbox->init = init;
    return 0;
}

int sandbox_ask(struct sandbox *sandbox, const struct init_request *request, const int *descriptors, unsigned count,
                struct init_answer *answer, int *given, struct err *err) {
    if (init_send(sandbox->socket, request, sizeof *request, descriptors, count) < 0) return complain(sandbox, err);
    if (!receive(sandbox, answer, given, err)) return 0;
    /* A late answer would be taken for that of the next request: there shall be none. */
    (void)syscall(SYS_pidfd_send_signal, sandbox->init_pidfd, SIGKILL, NULL, 0);
    return -1;
}

/* ---- ending ---- */

/* The end of a pid namespace's first process is over only when all others are gone (pid_namespaces(7)). */
static void await_end(int pidfd) {
    struct pollfd item = {.fd = pidfd, .events = POLLIN};
    while (poll(&item, 1, -1) < 0 && errno == EINTR) {}
}

void sandbox_end(struct sandbox *sandbox) {
    /* Bubblewrap killed half-way could leave a child that waits for it; so it is let through first. */
    if (sandbox->bwrap > 0) (void)sandbox_await(sandbox, NULL);
    if (sandbox->init_pidfd >= 0) (void)syscall(SYS_pidfd_send_signal, sandbox->init_pidfd, SIGKILL, NULL, 0);
    if (sandbox->bwrap > 0) (void)kill(sandbox->bwrap, SIGKILL);
    if (sandbox->init_pidfd >= 0) await_end(sandbox->init_pidfd);
    while (sandbox->bwrap > 0 && waitpid(sandbox->bwrap, NULL, 0) < 0 && errno == EINTR) {}
    if (sandbox->init > 0) (void)waitpid(sandbox->init, NULL, __WALL | WNOHANG); /* ours, when bubblewrap went first */
    group_close(&sandbox->group);
    int *all[] = {&sandbox->socket, &sandbox->init_pidfd, &sandbox->complaints};
    for (size_t i = 0; i < LENGTH(all); i++) mem_close_descriptor(all[i]);
    *sandbox = (struct sandbox)SANDBOX_INIT;
}
