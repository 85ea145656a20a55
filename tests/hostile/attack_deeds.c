#include "deeds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "hostile.h"

static bool is_permitted(long answer) {
    return answer >= 0 || (errno != EPERM && errno != EACCES && errno != ENOSYS && errno != ESRCH);
}

/* ---- namespaces ---- */

/* As fork, with flags. The child of it ends at once. */
static bool clone_works(unsigned long flags) {
    long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (!child) _exit(0);
    return child > 0;
}

static bool clone3_works(unsigned long flags) {
    struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &args, sizeof args);
    if (!child) _exit(0);
    return child > 0;
}

static bool clone_user(void) { return clone_works(CLONE_NEWUSER); }
static bool clone_processes(void) { return clone_works(CLONE_NEWPID); }
static bool clone3_user(void) { return clone3_works(CLONE_NEWUSER); }

static bool enter(const char *namespace) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", starter, namespace);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && !setns(fd, 0);
}

static bool enter_mounts(void) { return enter("mnt"); }
static bool enter_network(void) { return enter("net"); }
static bool enter_processes(void) { return enter("pid"); }

/* ---- other processes ---- */

/* Ends with the tracer, which is this child. */
static bool trace_starter(void) { return !ptrace(PTRACE_SEIZE, starter, NULL, NULL); }
static bool be_traced(void) { return !ptrace(PTRACE_TRACEME, 0, NULL, NULL); }

static bool reach_memory(long call) {
    char byte = 0;
    const struct iovec here = {&byte, 1}, nowhere = {NULL, 1};
    return is_permitted(syscall(call, starter, &here, 1L, &nowhere, 1L, 0L));
}

static bool read_memory(void) { return reach_memory(SYS_process_vm_readv); }
static bool write_memory(void) { return reach_memory(SYS_process_vm_writev); }

static bool open_memory(void) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", starter);
    return open(path, O_RDWR | O_CLOEXEC) >= 0;
}

static bool compare_files(void) { return syscall(SYS_kcmp, starter, starter, KCMP_FILE, 0L, 0L) >= 0; }

/* A descriptor of the process that judges, on which verdicts may travel. It is taken, and nothing done with it. */
static bool take_descriptor(void) {
    int process = (int)syscall(SYS_pidfd_open, starter, 0);
    for (int fd = 0; process >= 0 && fd < 64; fd++)
        if (syscall(SYS_pidfd_getfd, process, fd, 0) >= 0) return true;
    return false;
}

/* ---- files past all paths ---- */

static bool open_handle(void) {
    struct {
        struct file_handle head;
        unsigned char bytes[MAX_HANDLE_SZ];
    } handle = {.head = {.handle_bytes = MAX_HANDLE_SZ}};
    int mount, root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return root >= 0 && !name_to_handle_at(AT_FDCWD, "/", &handle.head, &mount, 0) &&
           open_by_handle_at(root, &handle.head, O_RDONLY) >= 0;
}

/* A handle that was never given out: the root of most file systems. */
static bool open_forged_handle(void) {
    struct {
        struct file_handle head;
        unsigned int inode, generation;
    } handle = {.head = {.handle_bytes = 8, .handle_type = 1}, .inode = 2};
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return here >= 0 && is_permitted(open_by_handle_at(here, &handle.head, O_RDONLY));
}

/* ---- calls of other architectures, which a filter may forget ---- */

#ifdef __x86_64__
static bool call_i386(void) {
    long answer = 20; /* getpid */
    __asm__ volatile("int $0x80" : "+a"(answer) : : "memory", "r8", "r9", "r10", "r11");
    return answer > 0;
}

static bool call_x32(void) { return syscall(0x40000000L + SYS_getpid) > 0; }
#endif

/* ---- the terminal ---- */

/* Puts a letter into the input of a terminal of our own; `request` may have bits that the kernel does not look at. */
static bool stuff(unsigned long request) {
    setsid();
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master)) return false;
    int terminal = open(ptsname(master), O_RDWR);
    return terminal >= 0 && !syscall(SYS_ioctl, terminal, request, "x");
}

static bool stuff_input(void) { return stuff(TIOCSTI); }
static bool stuff_input_in_disguise(void) { return stuff(TIOCSTI | UINT64_C(1) << 32); }
static bool open_terminal(void) { return open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0; }

/* ---- limits ---- */

static bool raise_limit(__rlimit_resource_t resource) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) || limit.rlim_max == RLIM_INFINITY) return false;
    limit.rlim_max++;
    return !setrlimit(resource, &limit);
}

static bool raise_files(void) { return raise_limit(RLIMIT_NOFILE); }
static bool raise_file_size(void) { return raise_limit(RLIMIT_FSIZE); }
static bool raise_data(void) { return raise_limit(RLIMIT_DATA); }

const struct deed deeds[] = {
    {"namespaces", "a user namespace by clone", clone_user},
    {"namespaces", "a process namespace by clone", clone_processes},
    {"namespaces", "a user namespace by clone3", clone3_user},
    {"enter-namespaces", "the mounts of who started it", enter_mounts},
    {"enter-namespaces", "the network of who started it", enter_network},
    {"enter-namespaces", "the processes of who started it", enter_processes},
    {"trace", "tracing who started it", trace_starter},
    {"trace", "being traced", be_traced},
    {"memory", "reading the memory of who started it", read_memory},
    {"memory", "writing the memory of who started it", write_memory},
    {"memory", "the memory of who started it as a file", open_memory},
    {"odd-calls", "kcmp", compare_files},
    {"take-descriptor", "a descriptor of who started it", take_descriptor},
    {"handles", "a file by its handle", open_handle},
    {"handles", "a file by a forged handle", open_forged_handle},
#ifdef __x86_64__
    {"foreign-calls", "a call of i386", call_i386},
    {"foreign-calls", "a call of x32", call_x32},
#endif
    {"stuff-terminal", "input for a terminal", stuff_input},
    {"stuff-terminal", "input for a terminal, in disguise", stuff_input_in_disguise},
    {"stuff-terminal", "the terminal that lab runs on", open_terminal},
    {"limits", "more descriptors", raise_files},
    {"limits", "a larger file", raise_file_size},
    {"limits", "more data", raise_data},
    {NULL, NULL, NULL},
};
