/* What the filter of system calls leaves: sockets by the box's network, and ordinary programs. */

#include "filter_fixture.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>

/* ---- sockets ---- */

static void sockets_follow_the_network(void **state) {
    (void)state;
    static const uint64_t families[] = {AF_INET, AF_INET6, AF_INET | GARBAGE, AF_INET6 | GARBAGE};
    static const uint64_t types[] = {SOCK_STREAM, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK};
    for (size_t i = 0; i < LENGTH(families); i++)
        for (size_t j = 0; j < LENGTH(types); j++) {
            struct call call = {SYS_socket, {families[i], types[j], 0}, ALLOWED};
            must_answer(BOX_NETWORK_LOOPBACK, &call);
            must_answer(BOX_NETWORK_OPEN, &call);
            call.error = EAFNOSUPPORT;
            must_answer(BOX_NETWORK_NONE, &call);
        }
}

static void local_sockets_are_for_all(void **state) {
    (void)state;
    static const struct call calls[] = {
        {SYS_socket, {AF_UNIX, SOCK_STREAM, 0}, ALLOWED},
        {SYS_socket, {AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0}, ALLOWED},
        {SYS_socket, {AF_UNIX | GARBAGE, SOCK_DGRAM, 0}, ALLOWED},
        {SYS_socketpair, {AF_INET, SOCK_STREAM, 0}, EAFNOSUPPORT},
        {SYS_socketpair, {30 /* AF_TIPC */, SOCK_STREAM, 0}, EAFNOSUPPORT},
        {SYS_socketpair, {30 | GARBAGE, SOCK_STREAM, 0}, EAFNOSUPPORT},
        {SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0}, EFAULT}, /* let through; it is given no array */
    };
    all_must_answer(calls, LENGTH(calls));
}

static void other_families_are_unknown(void **state) {
    (void)state;
    for (uint64_t family = 0; family < 64; family++) {
        if (family == AF_UNIX || family == AF_INET || family == AF_INET6) continue;
        must_answer(BOX_NETWORK_LOOPBACK, &(struct call){SYS_socket, {family, SOCK_DGRAM, 0}, EAFNOSUPPORT});
    }
    for (unsigned bit = 6; bit < 32; bit++)
        must_answer(BOX_NETWORK_OPEN, &(struct call){SYS_socket, {1ULL << bit | AF_INET, SOCK_DGRAM, 0}, EAFNOSUPPORT});
    static const struct call calls[] = {
        {SYS_socket, {AF_NETLINK | GARBAGE, SOCK_DGRAM | SOCK_CLOEXEC, 0}, EAFNOSUPPORT},
        {SYS_socket, {AF_UNSPEC | 1ULL << 32, SOCK_DGRAM, 0}, EAFNOSUPPORT},
        {SYS_socket, {0x7fffffff, SOCK_DGRAM, 0}, EAFNOSUPPORT},
        {SYS_socket, {~0ULL, SOCK_DGRAM, 0}, EAFNOSUPPORT},
    };
    all_must_answer(calls, LENGTH(calls));
}

static void raw_sockets_and_rare_protocols_are_refused(void **state) {
    (void)state;
    static const struct call calls[] = {
        {SYS_socket, {AF_INET, SOCK_RAW, IPPROTO_ICMP}, EPERM},
        {SYS_socket, {AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0}, EPERM},
        {SYS_socket, {AF_INET | GARBAGE, SOCK_RAW | GARBAGE, IPPROTO_TCP}, EPERM},
        {SYS_socket, {AF_INET, 10 /* SOCK_PACKET */, 0}, EPERM},
        {SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_SCTP}, EPROTONOSUPPORT},
        {SYS_socket, {AF_INET, SOCK_STREAM, 262 /* MPTCP */}, EPROTONOSUPPORT},
        {SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_SCTP | GARBAGE}, EPROTONOSUPPORT},
        {SYS_socket, {AF_INET, SOCK_STREAM, IPPROTO_TCP}, ALLOWED},
        {SYS_socket, {AF_INET6, SOCK_DGRAM, IPPROTO_UDP}, ALLOWED},
    };
    for (size_t i = 0; i < LENGTH(calls); i++) must_answer(BOX_NETWORK_LOOPBACK, &calls[i]);
}

/* ---- allowed ---- */

static int end_two_children(void) {
    pid_t quick = vfork();
    if (!quick) _exit(3);
    pid_t child = fork();
    if (!child) {
        pause();
        _exit(4);
    }
    int status, pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    struct rusage usage;
    if (wait4(quick, &status, 0, &usage) != quick || WEXITSTATUS(status) != 3 || pidfd < 0) return 1;
    if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0)) return 2;
    return wait4(child, &status, __WALL, &usage) != child || WTERMSIG(status) != SIGKILL;
}

static int hand_over_a_descriptor(void) {
    int ends[2];
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {&(char){'x'}, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) return 1;
    memcpy(CMSG_DATA(&control.header), &ends[0], sizeof(int));
    return sendmsg(ends[0], &message, 0) != 1 || recvmsg(ends[1], &message, 0) != 1 || !message.msg_controllen;
}

/* What a first process of a box does. */
static int act_as_init(const void *context) {
    (void)context;
    struct rlimit limit;
    struct statfs info;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (end_two_children()) return 1;
    if (hand_over_a_descriptor()) return 2;
    if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) || statfs("/", &info)) return 3;
    if (sigprocmask(SIG_BLOCK, &set, NULL) || signalfd(-1, &set, SFD_CLOEXEC) < 0) return 4;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) return 5;
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 0 && errno == EPERM) return 6;
    return 0;
}

static void an_init_can_work(void **state) {
    (void)state;
    for (int network = 0; network < NETWORKS; network++)
        assert_int_equal(exit_under((enum box_network)network, act_as_init, NULL), 0);
}

static void *run_thread(void *context) { return context; }

static int use_the_library(const void *context) {
    (void)context;
    pthread_t thread;
    void *answer = NULL;
    struct addrinfo *found = NULL;
    if (pthread_create(&thread, NULL, run_thread, &found) || pthread_join(thread, &answer) || !answer) return 1;
    if (getaddrinfo("localhost", "80", NULL, &found)) return 2;
    freeaddrinfo(found);
    return 0;
}

static void threads_and_names_work(void **state) {
    (void)state;
    for (int network = 0; network < NETWORKS; network++)
        assert_int_equal(exit_under((enum box_network)network, use_the_library, NULL), 0);
}

static int execute(const void *context) {
    const char *const *argv = context;
    execv(argv[0], (char *const *)(uintptr_t)argv);
    return 127;
}

/* Processes, pools, a shell, an event loop with a server and a client that names localhost. */
static const char lively_python[] =
    "import asyncio, concurrent.futures, multiprocessing, os, socket, subprocess, tempfile, threading\n"
    "with concurrent.futures.ThreadPoolExecutor(4) as pool: assert sum(pool.map(abs, range(-9, 1))) == 45\n"
    "with multiprocessing.Pool(2) as pool: assert pool.map(abs, [-1, 2]) == [1, 2]\n"
    "assert subprocess.run('echo hi | cat', shell=True, capture_output=True).stdout == b'hi\\n'\n"
    "os.sched_setaffinity(0, os.sched_getaffinity(0)); socket.socketpair()\n"
    "async def answer(reader, writer): writer.write(await reader.readline()); writer.close()\n"
    "async def talk():\n"
    "    server = await asyncio.start_server(answer, 'localhost', 0)\n"
    "    port = server.sockets[0].getsockname()[1]\n"
    "    reader, writer = await asyncio.open_connection('localhost', port)\n"
    "    writer.write(b'hi\\n'); assert await reader.readline() == b'hi\\n'\n"
    "asyncio.run(talk())\n";

static void python_works(void **state) {
    (void)state;
    const char *const argv[] = {"/usr/bin/python3", "-I", "-c", lively_python, NULL};
    assert_int_equal(exit_under(BOX_NETWORK_LOOPBACK, execute, argv), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_follow_the_network),
        cmocka_unit_test(local_sockets_are_for_all),
        cmocka_unit_test(other_families_are_unknown),
        cmocka_unit_test(raw_sockets_and_rare_protocols_are_refused),
        cmocka_unit_test(an_init_can_work),
        cmocka_unit_test(threads_and_names_work),
        cmocka_unit_test(python_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
