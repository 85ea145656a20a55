/*
 * Prints the seccomp programs behind box/filter.h as C source. It runs while lab is built: lab itself neither links
 * libseccomp nor compiles a program at its start.
 *
 * What is not named here is allowed, up to LAST_KNOWN: a call that a newer kernel adds was judged by nobody, and every
 * program can do without it, as it must on an older kernel. A foreign architecture (i386 on x86-64) has other numbers
 * and would go past everything below, so its first call ends the process: a refusal would only let a program that
 * cannot work run on in confusion. The calls of x32 are x86-64's with a high bit set, so they fall beyond LAST_KNOWN and
 * do not exist, as on a kernel without x32.
 *
 * Arguments that the kernel takes as 32 bits are compared as 32 bits: what stands above them never hides a value, nor
 * does it spoil an honest one.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define LENGTH(a) (sizeof(a) / sizeof *(a))

enum { LAST_KNOWN = 466 /* removexattrat; from 424 on numbers are the same on all architectures */ };

/* ---- what is denied whatever its arguments are ---- */

/* What reaches into other processes or rare facilities of the kernel, moves the walls, or administers the machine. */
static const char forbidden[] =
    "ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd "
    "keyctl add_key request_key bpf perf_event_open userfaultfd fanotify_init "
    "mount umount2 pivot_root chroot unshare setns open_by_handle_at name_to_handle_at "
    "swapon swapoff acct quotactl quotactl_fd syslog reboot vhangup "
    "settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname "
    "kexec_load kexec_file_load init_module finit_module delete_module iopl ioperm "
    "lookup_dcookie nfsservctl uselib _sysctl create_module get_kernel_syms query_module ustat";

/* What programs try, and do without where it does not exist. clone3 hides its flags in memory, glibc then uses clone;
 * modify_ldt is for 16-bit code, and many kernels are built without it. */
static const char absent[] = "clone3 io_uring_setup io_uring_enter io_uring_register memfd_secret modify_ldt "
                             "fsopen fsconfig fsmount fspick move_mount mount_setattr open_tree";

/* ---- building ---- */

static _Noreturn void fail(const char *what, const char *name, int error) {
    fprintf(stderr, "filter_tool: %s %s: %s\n", what, name, strerror(error));
    exit(1);
}

static void add(scmp_filter_ctx filter, const char *name, int error, unsigned count, struct scmp_arg_cmp argument) {
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) fail("this libseccomp does not know", name, ENOSYS);
    if (number < 0) return; /* not on this architecture */
    int failed = seccomp_rule_add_exact(filter, SCMP_ACT_ERRNO((unsigned)error), number, count, argument);
    if (failed) fail("cannot deny", name, -failed);
}

static void deny(scmp_filter_ctx filter, const char *names, int error) {
    char name[32];
    int len;
    for (; sscanf(names, "%31s%n", name, &len) == 1; names += len)
        add(filter, name, error, 0, (struct scmp_arg_cmp){0});
}

/* An argument of a call, as far as `mask` goes. */
struct place {
    const char *name;
    unsigned argument;
    int error;
};

static void deny_value(scmp_filter_ctx filter, struct place place, uint32_t mask, uint32_t value) {
    add(filter, place.name, place.error, 1, SCMP_CMP64(place.argument, SCMP_CMP_MASKED_EQ, mask, value));
}

/*
 * Denies all 32-bit values but those allowed. libseccomp knows no "none of", so that they are covered by their leading
 * bits, as routes are: `known` bits of `value` are decided, and are denied as soon as no allowed value begins so.
 */
static void deny_others(scmp_filter_ctx filter, struct place place, const uint32_t *allowed, size_t count,
                        unsigned known, uint32_t value) {
    uint32_t mask = known ? UINT32_MAX << (32 - known) : 0;
    bool any = false;
    for (size_t i = 0; i < count; i++) any |= (allowed[i] & mask) == value;
    if (!any) {
        deny_value(filter, place, mask, value);
    } else if (known < 32) {
        deny_others(filter, place, allowed, count, known + 1, value);
        deny_others(filter, place, allowed, count, known + 1, value | UINT32_C(1) << (31 - known));
    }
}

#define DENY_OTHERS(filter, name, argument, error, allowed) \
    deny_others(filter, (struct place){name, argument, error}, allowed, LENGTH(allowed), 0, 0)

/* ---- what depends on arguments ---- */

static void deny_namespaces(scmp_filter_ctx filter) {
    static const uint32_t kinds[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                     CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    struct place flags = {"clone", 0, EPERM};
    for (size_t i = 0; i < LENGTH(kinds); i++) deny_value(filter, flags, kinds[i], kinds[i]);
}

/* Typing into the terminal that lab was started from, and loading drivers as line disciplines. */
static void deny_terminal(scmp_filter_ctx filter) {
    static const uint32_t requests[] = {TIOCSTI, TIOCLINUX, TIOCSETD};
    struct place request = {"ioctl", 1, EPERM};
    for (size_t i = 0; i < LENGTH(requests); i++) deny_value(filter, request, UINT32_MAX, requests[i]);
}

/* Who opens a file under a lease of another waits until it is given up: the box's init and the checker would. */
static void deny_leases(scmp_filter_ctx filter) {
    deny_value(filter, (struct place){"fcntl", 1, EPERM}, UINT32_MAX, F_SETLEASE);
}

/* The box's init is of the same user, and shall keep its limits. */
static void deny_limits_of_others(scmp_filter_ctx filter) {
    int failed = seccomp_rule_add_exact(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prlimit64), 2,
                                        SCMP_CMP64(0, SCMP_CMP_NE, 0), SCMP_CMP64(2, SCMP_CMP_NE, 0));
    if (failed) fail("cannot deny", "prlimit64", -failed);
}

/* Linux as it is, and the question for what is set; others weaken the layout of memory. */
static void deny_personalities(scmp_filter_ctx filter) {
    static const uint32_t allowed[] = {0, UINT32_MAX};
    DENY_OTHERS(filter, "personality", 0, EPERM, allowed);
}

/* Rare families and protocols are the least tested code of the kernel, some are drivers that load when first asked for.
 * Without AF_NETLINK glibc takes it that IPv4 and IPv6 are there, and resolves names as ever. */
static void deny_sockets(scmp_filter_ctx filter, bool internet) {
    static const uint32_t local[] = {AF_UNIX}, all[] = {AF_UNIX, AF_INET, AF_INET6}, protocols[] = {0, 1, 6, 17};
    static const uint32_t types[] = {SOCK_RAW, 10 /* SOCK_PACKET */};
    if (internet)
        DENY_OTHERS(filter, "socket", 0, EAFNOSUPPORT, all);
    else
        DENY_OTHERS(filter, "socket", 0, EAFNOSUPPORT, local);
    for (size_t i = 0; i < LENGTH(types); i++) deny_value(filter, (struct place){"socket", 1, EPERM}, 0xf, types[i]);
    DENY_OTHERS(filter, "socket", 2, EPROTONOSUPPORT, protocols);
    DENY_OTHERS(filter, "socketpair", 0, EAFNOSUPPORT, local);
}

/* ---- printing ---- */

static void print_instruction(struct sock_filter item) {
    printf("    {0x%02x, %u, %u, 0x%08x},\n", item.code, item.jt, item.jf, item.k);
}

static void print_opening(void) {
    const struct sock_filter opening[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_KNOWN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    for (size_t i = 0; i < LENGTH(opening); i++) print_instruction(opening[i]);
}

static void print_compiled(scmp_filter_ctx filter) {
    struct sock_filter item;
    FILE *compiled = tmpfile();
    if (!compiled) fail("cannot make", "a temporary file", errno);
    int failed = seccomp_export_bpf(filter, fileno(compiled));
    if (failed) fail("cannot compile", "the filter", -failed);
    rewind(compiled);
    while (fread(&item, sizeof item, 1, compiled) == 1) print_instruction(item);
    fclose(compiled);
}

static void print_program(const char *name, bool internet) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) fail("cannot begin", "a filter", ENOMEM);
    seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a binary tree: the usual call passes after a few steps */
    deny(filter, forbidden, EPERM);
    deny(filter, absent, ENOSYS);
    deny_namespaces(filter);
    deny_terminal(filter);
    deny_personalities(filter);
    deny_leases(filter);
    deny_limits_of_others(filter);
    deny_sockets(filter, internet);
    printf("static const struct sock_filter %s[] = {\n", name);
    print_opening();
    print_compiled(filter);
    puts("};");
    seccomp_release(filter);
}

/* Whether the internet's families reach more than the loopback is up to the network namespace, not to this filter. */
int main(void) {
    puts("#include \"box/filter.h\"\n#include \"base/mem.h\"");
    print_program("internet", true);
    print_program("local", false);
    puts("const struct filter_code filter_codes[] = {\n"
         "    [BOX_NETWORK_LOOPBACK] = {internet, LENGTH(internet)},\n"
         "    [BOX_NETWORK_NONE] = {local, LENGTH(local)},\n"
         "    [BOX_NETWORK_OPEN] = {internet, LENGTH(internet)},\n"
         "};");
    return fflush(stdout) || ferror(stdout);
}
