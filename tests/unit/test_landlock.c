/* Landlock, tried by children that have entered a ruleset; what this kernel's level lacks is skipped, and said. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/mem.h"
#include "base/str.h"
#include "box/landlock.h"

/* work/ is writable, given/ readable, kept/ neither. Tests and their children stand in the folder above them. */
static struct fixture {
    char root[64];
    int home, ruleset;
    pid_t parent;
} fix;

static void make_file(const char *path) {
    autoclose int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    assert_int_equal(write(fd, "text\n", 5), 5);
}

static int setup(void **state) {
    (void)state;
    fix = (struct fixture){.home = open(".", O_PATH | O_CLOEXEC), .ruleset = -1, .parent = getpid()};
    snprintf(fix.root, sizeof fix.root, "/tmp/test-landlock-XXXXXX");
    if (!mkdtemp(fix.root) || chdir(fix.root)) return -1;
    if (mkdir("work", 0755) || mkdir("work/deep", 0755) || mkdir("given", 0755) || mkdir("kept", 0755)) return -1;
    make_file("work/file");
    make_file("given/file");
    make_file("kept/file");
    return symlink("../kept/file", "work/link");
}

static int teardown(void **state) {
    (void)state;
    mem_close_descriptor(&fix.ruleset);
    int failed = fchdir(fix.home) | close(fix.home);
    return beneath_remove_at(fix.root) | failed;
}

static void need_level(int level) {
    if (landlock_level() >= level) return;
    print_message("skipped: Landlock is at level %d here, level %d is needed\n", landlock_level(), level);
    skip();
}

static void open_ruleset(const char *const *readable, const char *const *writable, enum box_network network) {
    struct err err = ERR_INIT;
    fix.ruleset = landlock_open(readable, writable, network, &err);
    if (fix.ruleset < 0) fail_msg("%s", err.message);
}

static void open_usual(enum box_network network) {
    static const char *const readable[] = {"given", NULL}, *const writable[] = {"work", NULL};
    open_ruleset(readable, writable, network);
}

/* What `act` returns in a child that has entered the ruleset: 0, an errno, or a number of its own. */
static int inside(int (*act)(void)) {
    int status;
    pid_t child = fork();
    if (!child) _exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || landlock_enter(fix.ruleset) ? 255 : act());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* ---- files ---- */

static int answer_of(int result) { return result < 0 ? errno : 0; }

static int try_open(const char *path, int flags) {
    autoclose int fd = open(path, flags | O_CLOEXEC, 0644);
    return answer_of(fd);
}

static int read_unlisted(void) { return try_open("/etc/passwd", O_RDONLY); }
static int read_kept(void) { return try_open("kept/file", O_RDONLY); }
static int list_kept(void) { return try_open("kept", O_RDONLY | O_DIRECTORY); }
static int read_by_link(void) { return try_open("work/link", O_RDONLY); }
static int read_given(void) { return try_open("given/file", O_RDONLY) + try_open("given", O_RDONLY | O_DIRECTORY); }
static int write_given(void) { return try_open("given/file", O_WRONLY); }
static int make_given(void) { return try_open("given/new", O_WRONLY | O_CREAT); }

static void only_what_is_listed_is_read(void **state) {
    (void)state;
    need_level(1);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(read_unlisted), EACCES);
    assert_int_equal(inside(read_kept), EACCES);
    assert_int_equal(inside(list_kept), EACCES);
    assert_int_equal(inside(read_by_link), EACCES);
    assert_int_equal(inside(read_given), 0);
    assert_int_equal(inside(write_given), EACCES);
    assert_int_equal(inside(make_given), EACCES);
}

static int write_kept(void) { return try_open("kept/file", O_WRONLY); }
static int make_kept(void) { return try_open("kept/new", O_WRONLY | O_CREAT); }
static int remove_kept(void) { return answer_of(unlink("kept/file")); }

static int use_work(void) {
    int fd = open("work/new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, "x", 1) != 1 || ftruncate(fd, 0)) return 1;
    if (mkdir("work/folder", 0755) || rename("work/new", "work/other") || link("work/other", "work/twin")) return 2;
    if (symlink("x", "work/name") || mkfifo("work/fifo", 0644) || unlink("work/twin")) return 3;
    if (truncate("work/other", 3) || rmdir("work/folder")) return 4;
    return 0;
}

static void only_what_is_writable_is_written(void **state) {
    (void)state;
    need_level(1);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(use_work), 0);
    assert_int_equal(inside(write_kept), EACCES);
    assert_int_equal(inside(make_kept), EACCES);
    assert_int_equal(inside(remove_kept), EACCES);
}

static int truncate_kept(void) { return answer_of(truncate("kept/file", 0)); }

static void what_is_kept_is_not_cut_off(void **state) {
    (void)state;
    need_level(3);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(truncate_kept), EACCES);
}

static int move_out(void) { return answer_of(rename("work/file", "kept/moved")); }
static int link_out(void) { return answer_of(link("work/file", "kept/linked")); }
static int move_in(void) { return answer_of(rename("kept/file", "work/moved")); }
static int link_in(void) { return answer_of(link("kept/file", "work/linked")); }
static int move_within(void) { return answer_of(rename("work/file", "work/deep/file")); }

static void nothing_is_moved_across_the_wall(void **state) {
    (void)state;
    need_level(1);
    open_usual(BOX_NETWORK_LOOPBACK);
    static int (*const attempts[])(void) = {move_out, link_out, move_in, link_in};
    for (size_t i = 0; i < LENGTH(attempts); i++) {
        int error = inside(attempts[i]);
        assert_true(error == EACCES || error == EXDEV);
    }
    need_level(2);
    assert_int_equal(inside(move_within), 0);
}

static int make_device(void) { return answer_of(mknod("work/device", S_IFCHR | 0666, makedev(1, 3))); }
static int make_disk(void) { return answer_of(mknod("work/disk", S_IFBLK | 0666, makedev(8, 0))); }

static void devices_are_not_made(void **state) {
    (void)state;
    need_level(1);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(make_device), EACCES);
    assert_int_equal(inside(make_disk), EACCES);
}

static int use_devices(void) {
    char byte;
    int null = open("/dev/null", O_RDWR | O_TRUNC | O_CREAT, 0666), zero = open("/dev/zero", O_RDONLY);
    if (null < 0 || write(null, "x", 1) != 1 || read(zero, &byte, 1) != 1) return 1;
    if (isatty(null) || errno != ENOTTY) return 2;
    return try_open("/dev/urandom", O_RDONLY) | try_open("/dev/full", O_RDWR);
}

static int list_devices(void) { return try_open("/dev", O_RDONLY | O_DIRECTORY); }
static int open_terminals(void) { return try_open("/dev/ptmx", O_RDWR); }

static void the_usual_devices_are_there(void **state) {
    (void)state;
    need_level(1);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(use_devices), 0);
    assert_int_equal(inside(list_devices), EACCES);
    assert_int_equal(inside(open_terminals), EACCES);
}

static void missing_paths_are_skipped_and_files_are_fine(void **state) {
    (void)state;
    need_level(1);
    static const char *const readable[] = {"nowhere", "kept/file/below", "kept/file", NULL};
    static const char *const writable[] = {"nowhere/else", "given/file", NULL};
    open_ruleset(readable, writable, BOX_NETWORK_LOOPBACK);
    assert_true(fcntl(fix.ruleset, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(inside(read_kept), 0);
    assert_int_equal(inside(list_kept), EACCES);
    assert_int_equal(inside(write_given), 0);
    assert_int_equal(inside(make_given), EACCES);
}

/* ---- programs ---- */

static int run_python(void) {
    static const char code[] =
        "import subprocess, tempfile\n"
        "with tempfile.NamedTemporaryFile(dir='work') as file: file.write(b'x')\n"
        "assert subprocess.run(['cat', 'given/file'], capture_output=True).stdout == b'text\\n'\n"
        "assert subprocess.run(['cat', 'kept/file'], stderr=subprocess.DEVNULL).returncode\n";
    execl("/usr/bin/python3", "python3", "-I", "-c", code, (char *)NULL);
    return 127;
}

static int run_kept(void) {
    execl("kept/file", "file", (char *)NULL);
    return errno;
}

static void programs_run_and_their_children_are_held(void **state) {
    (void)state;
    need_level(1);
    static const char *const readable[] = {"/usr", "/bin", "/lib", "/lib64", "given", NULL};
    static const char *const writable[] = {"work", NULL};
    open_ruleset(readable, writable, BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(run_python), 0);
    assert_int_equal(inside(run_kept), EACCES);
}

/* ---- other processes ---- */

static int trace_parent(void) { return answer_of((int)ptrace(PTRACE_ATTACH, fix.parent, NULL, NULL)); }

/* Without capabilities, by which the kernel lets root read the memory map of all. */
static int read_of_parent(const char *name) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &header, none)) return 200;
    autofree char *path = str_format("/proc/%d/%s", fix.parent, name);
    return try_open(path, O_RDONLY);
}

static int read_environment_of_parent(void) { return read_of_parent("environ"); }
static int read_memory_of_parent(void) { return read_of_parent("mem"); }
static int read_own_status(void) { return try_open("/proc/self/status", O_RDONLY); }
static int write_own_name(void) { return try_open("/proc/self/comm", O_WRONLY); }

static void other_processes_are_not_looked_into(void **state) {
    (void)state;
    need_level(1);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(trace_parent), EPERM);
    assert_int_equal(inside(read_environment_of_parent), EACCES);
    assert_int_equal(inside(read_memory_of_parent), EACCES);
    assert_int_equal(inside(read_own_status), 0);
    assert_int_equal(inside(write_own_name), EACCES);
}

static int signal_parent(void) { return answer_of(kill(fix.parent, 0)); }

static int signal_child(void) {
    pid_t child = fork();
    if (!child) {
        pause();
        _exit(0);
    }
    return answer_of(kill(child, SIGKILL)) || waitpid(child, NULL, 0) != child;
}

static void signals_stay_inside(void **state) {
    (void)state;
    need_level(6);
    open_usual(BOX_NETWORK_LOOPBACK);
    assert_int_equal(inside(signal_parent), EPERM);
    assert_int_equal(inside(signal_child), 0);
}

/* ---- sockets ---- */

static struct sockaddr_un abstract_name(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "test-landlock-%d", fix.parent);
    return name;
}

static int connect_abstract(void) {
    struct sockaddr_un name = abstract_name();
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return answer_of(connect(fd, (struct sockaddr *)&name, sizeof name));
}

static void abstract_sockets_stay_inside(void **state) {
    (void)state;
    need_level(6);
    open_usual(BOX_NETWORK_LOOPBACK);
    struct sockaddr_un name = abstract_name();
    autoclose int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(connect_abstract(), 0);
    assert_int_equal(inside(connect_abstract), EPERM);
}

static int bind_tcp(void) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return answer_of(bind(fd, (struct sockaddr *)&any, sizeof any));
}

/* Nobody listens on port 1; who may ask is refused by that. */
static int connect_tcp(void) {
    struct sockaddr_in port = {.sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return answer_of(connect(fd, (struct sockaddr *)&port, sizeof port));
}

static void without_a_network_there_is_no_tcp(void **state) {
    (void)state;
    need_level(4);
    open_usual(BOX_NETWORK_NONE);
    assert_int_equal(inside(bind_tcp), EACCES);
    assert_int_equal(inside(connect_tcp), EACCES);
}

static void with_a_network_there_is(void **state) {
    (void)state;
    need_level(1);
    static const enum box_network networks[] = {BOX_NETWORK_LOOPBACK, BOX_NETWORK_OPEN};
    for (size_t i = 0; i < LENGTH(networks); i++) {
        open_usual(networks[i]);
        assert_int_equal(inside(bind_tcp), 0);
        assert_int_equal(inside(connect_tcp), ECONNREFUSED);
        close(steal_fd(&fix.ruleset));
    }
}

/* ---- without Landlock ---- */

static void a_kernel_without_it_is_an_error(void **state) {
    (void)state;
    if (landlock_level() > 0) skip();
    static const char *const none[] = {NULL};
    struct err err = ERR_INIT;
    assert_int_equal(landlock_open(none, none, BOX_NETWORK_LOOPBACK, &err), -1);
    assert_int_equal(err.code, ERR_ENVIRONMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(only_what_is_listed_is_read),
        TEST(only_what_is_writable_is_written),
        TEST(what_is_kept_is_not_cut_off),
        TEST(nothing_is_moved_across_the_wall),
        TEST(devices_are_not_made),
        TEST(the_usual_devices_are_there),
        TEST(missing_paths_are_skipped_and_files_are_fine),
        TEST(programs_run_and_their_children_are_held),
        TEST(other_processes_are_not_looked_into),
        TEST(signals_stay_inside),
        TEST(abstract_sockets_stay_inside),
        TEST(without_a_network_there_is_no_tcp),
        TEST(with_a_network_there_is),
        TEST(a_kernel_without_it_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
