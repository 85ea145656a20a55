/* What the filter of system calls denies. */

#include "filter_fixture.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/resource.h>

/* ---- whatever the arguments are ---- */

#define WHATEVER \
    { ~0ULL, ~0ULL, ~0ULL }

static void all_must_fail(const int *numbers, size_t count, int error) {
    for (size_t i = 0; i < count; i++) all_must_answer(&(struct call){numbers[i], WHATEVER, error}, 1);
}

static void other_processes_are_out_of_reach(void **state) {
    (void)state;
    static const int numbers[] = {SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise,
                                  SYS_kcmp,   SYS_pidfd_getfd};
    all_must_fail(numbers, LENGTH(numbers), EPERM);
}

static void rare_facilities_are_out_of_reach(void **state) {
    (void)state;
    static const int numbers[] = {SYS_keyctl,          SYS_add_key,     SYS_request_key,  SYS_bpf,
                                  SYS_perf_event_open, SYS_userfaultfd, SYS_fanotify_init};
    all_must_fail(numbers, LENGTH(numbers), EPERM);
}

static void the_walls_stay_where_they_are(void **state) {
    (void)state;
    static const int numbers[] = {SYS_mount,   SYS_umount2, SYS_pivot_root,        SYS_chroot,
                                  SYS_unshare, SYS_setns,   SYS_open_by_handle_at, SYS_name_to_handle_at};
    all_must_fail(numbers, LENGTH(numbers), EPERM);
}

static void the_machine_is_not_administered(void **state) {
    (void)state;
    static const int numbers[] = {SYS_swapon,   SYS_swapoff,       SYS_acct,        SYS_quotactl,     SYS_quotactl_fd,
                                  SYS_syslog,   SYS_reboot,        SYS_vhangup,     SYS_settimeofday, SYS_clock_settime,
                                  SYS_adjtimex, SYS_clock_adjtime, SYS_sethostname, SYS_setdomainname};
    all_must_fail(numbers, LENGTH(numbers), EPERM);
}

static void the_kernel_stays_as_it_is(void **state) {
    (void)state;
    static const int numbers[] = {SYS_kexec_load,    SYS_kexec_file_load, SYS_init_module, SYS_finit_module,
                                  SYS_delete_module, SYS_lookup_dcookie,  SYS_nfsservctl};
    all_must_fail(numbers, LENGTH(numbers), EPERM);
}

static void some_calls_do_not_exist(void **state) {
    (void)state;
    static const int numbers[] = {SYS_clone3,       SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
                                  SYS_memfd_secret, SYS_fsopen,         SYS_fsmount,        SYS_fsconfig,
                                  SYS_fspick,       SYS_move_mount,     SYS_mount_setattr,  SYS_open_tree};
    all_must_fail(numbers, LENGTH(numbers), ENOSYS);
}

static void calls_made_after_the_filter_do_not_exist(void **state) {
    (void)state;
    static const int numbers[] = {467, 500, 1 << 20, INT32_MAX, -1};
    all_must_fail(numbers, LENGTH(numbers), ENOSYS);
}

/* ---- by arguments ---- */

static void processes_get_no_new_namespaces(void **state) {
    (void)state;
    static const uint64_t kinds[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                     CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        const struct call calls[] = {
            {SYS_clone, {kinds[i] | SIGCHLD, 0, 0}, EPERM},
            {SYS_clone, {kinds[i] | CLONE_NEWUSER | CLONE_VM, 0, 0}, EPERM},
            {SYS_clone, {kinds[i] | GARBAGE, 0, 0}, EPERM},
        };
        all_must_answer(calls, LENGTH(calls));
    }
}

/* The descriptor is none, so that what is let through answers EBADF. */
static void nothing_is_typed_into_a_terminal(void **state) {
    (void)state;
    static const struct call calls[] = {
        {SYS_ioctl, {~0ULL, TIOCSTI, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TIOCSTI | GARBAGE, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TIOCSTI | 1ULL << 32, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TIOCSTI | 1ULL << 63, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TIOCLINUX, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TIOCLINUX | GARBAGE, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TIOCSETD, 0}, EPERM},
        {SYS_ioctl, {~0ULL, TCGETS, 0}, EBADF},
        {SYS_ioctl, {~0ULL, TCGETS | GARBAGE, 0}, EBADF},
        {SYS_ioctl, {~0ULL, TIOCGWINSZ, 0}, EBADF},
    };
    all_must_answer(calls, LENGTH(calls));
}

static void the_personality_stays(void **state) {
    (void)state;
    static const struct call calls[] = {
        {SYS_personality, {0xffffffff, 0, 0}, ALLOWED},
        {SYS_personality, {~0ULL, 0, 0}, ALLOWED},
        {SYS_personality, {PER_LINUX, 0, 0}, ALLOWED},
        {SYS_personality, {PER_LINUX | GARBAGE, 0, 0}, ALLOWED},
        {SYS_personality, {ADDR_NO_RANDOMIZE, 0, 0}, EPERM},
        {SYS_personality, {ADDR_NO_RANDOMIZE | GARBAGE, 0, 0}, EPERM},
        {SYS_personality, {READ_IMPLIES_EXEC, 0, 0}, EPERM},
        {SYS_personality, {PER_LINUX32, 0, 0}, EPERM},
    };
    all_must_answer(calls, LENGTH(calls));
    for (unsigned bit = 0; bit < 32; bit++) {
        uint32_t one = UINT32_C(1) << bit;
        must_answer(BOX_NETWORK_LOOPBACK, &(struct call){SYS_personality, {one, 0, 0}, EPERM});
        must_answer(BOX_NETWORK_LOOPBACK, &(struct call){SYS_personality, {~one, 0, 0}, EPERM});
    }
}

/* ---- of one architecture ---- */

static void nobody_waits_for_a_lease(void **state) {
    (void)state;
    const struct call lease = {SYS_fcntl, {0, GARBAGE | F_SETLEASE, F_WRLCK}, EPERM};
    must_answer(BOX_NETWORK_LOOPBACK, &lease);
}

/* The box's init is of the same user, and kill and ptrace are not all that could be done to it. */
static void limits_of_others_stay(void **state) {
    (void)state;
    static struct rlimit limit = {1 << 20, 1 << 20};
    const struct call others = {SYS_prlimit64, {1, RLIMIT_STACK, (uint64_t)(uintptr_t)&limit}, EPERM};
    const struct call own = {SYS_prlimit64, {0, RLIMIT_CORE, 0}, EFAULT}; /* the old limit goes to -1 */
    must_answer(BOX_NETWORK_LOOPBACK, &others);
    must_answer(BOX_NETWORK_LOOPBACK, &own);
}

#ifdef __x86_64__
static void calls_of_this_architecture_are_refused(void **state) {
    (void)state;
    static const int own[] = {SYS_iopl,          SYS_ioperm,          SYS_uselib,       SYS__sysctl,
                              SYS_create_module, SYS_get_kernel_syms, SYS_query_module, SYS_ustat};
    static const int none[] = {SYS_modify_ldt, 0x40000000 | SYS_getppid /* x32 */};
    all_must_fail(own, LENGTH(own), EPERM);
    all_must_fail(none, LENGTH(none), ENOSYS);
}

static int call_as_i386(const void *context) {
    int answer;
    __asm__ volatile("int $0x80" : "=a"(answer) : "a"(*(const int *)context), "b"(0), "c"(0), "d"(0) : "memory");
    return answer < 0 ? -answer : 0;
}

static void foreign_architectures_end_the_process(void **state) {
    (void)state;
    static const int numbers[] = {20 /* getpid */, 26 /* ptrace */, 400};
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        int status = status_under(BOX_NETWORK_LOOPBACK, call_as_i386, &numbers[i]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}
#endif

/* ---- the program as a file ---- */

static void the_descriptor_reads_as_the_program(void **state) {
    (void)state;
    for (int network = 0; network < NETWORKS; network++) {
        struct err err = ERR_INIT;
        struct sock_fprog program = filter_program((enum box_network)network);
        static struct sock_filter read_back[BPF_MAXINSNS];
        autoclose int fd = filter_descriptor((enum box_network)network, &err);
        ssize_t len = read(fd, read_back, sizeof read_back);
        assert_int_equal(len, program.len * sizeof *read_back);
        assert_memory_equal(read_back, program.filter, (size_t)len);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_processes_are_out_of_reach),
        cmocka_unit_test(rare_facilities_are_out_of_reach),
        cmocka_unit_test(the_walls_stay_where_they_are),
        cmocka_unit_test(the_machine_is_not_administered),
        cmocka_unit_test(the_kernel_stays_as_it_is),
        cmocka_unit_test(some_calls_do_not_exist),
        cmocka_unit_test(calls_made_after_the_filter_do_not_exist),
        cmocka_unit_test(processes_get_no_new_namespaces),
        cmocka_unit_test(nothing_is_typed_into_a_terminal),
        cmocka_unit_test(the_personality_stays),
        cmocka_unit_test(nobody_waits_for_a_lease),
        cmocka_unit_test(limits_of_others_stay),
#ifdef __x86_64__
        cmocka_unit_test(calls_of_this_architecture_are_refused),
        cmocka_unit_test(foreign_architectures_end_the_process),
#endif
        cmocka_unit_test(the_descriptor_reads_as_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
