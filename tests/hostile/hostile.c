/*
 * The programs that the box's tests run, one per name: hostile MODE [ARGUMENT…]. None of them can outlive a minute,
 * also when the box that they test is broken. The attacks of `lab doctor --attack` stand in files of their own.
 */

#include "hostile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

pid_t starter;

/* ---- what an attack says ---- */

static unsigned reached_count;

void reached(const char *format, ...) {
    if (reached_count++) fputs("; ", stdout);
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

int conclude(void) {
    puts(reached_count ? "" : "nothing");
    return reached_count ? 0 : KEPT_IN;
}

/* ---- what the program got ---- */

static int mode_exit(char **args) { return (int)number(args[0]); }

static int mode_raise(char **args) {
    raise((int)number(args[0]));
    return 0;
}

static int mode_environment(char **args) {
    (void)args;
    char text[65536];
    int fd = open("/proc/self/environ", O_RDONLY);
    ssize_t len = read(fd, text, sizeof text);
    return fd < 0 || len < 0 || write(STDOUT_FILENO, text, (size_t)len) != len;
}

static int mode_descriptors(char **args) {
    (void)args;
    DIR *stream = opendir("/proc/self/fd");
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        if (entry->d_name[0] != '.' && number(entry->d_name) != dirfd(stream)) printf("%s ", entry->d_name);
    return 0;
}

static int mode_folder(char **args) {
    (void)args;
    char text[4096];
    return !getcwd(text, sizeof text) || puts(text) < 0;
}

static int mode_attributes(char **args) {
    (void)args;
    static const int resources[] = {RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CPU, RLIMIT_AS};
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        struct rlimit limit;
        getrlimit((__rlimit_resource_t)resources[i], &limit);
        printf("%lld ", (long long)limit.rlim_cur);
    }
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    unsigned unusual = 0;
    for (int i = 1; i < NSIG; i++) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        sigaction(i, NULL, &action);
        unusual += action.sa_handler != SIG_DFL || sigismember(&mask, i) == 1;
    }
    printf("umask %03o leader %d no_new_privs %d unusual signals %u\n", (unsigned)umask(0), getsid(0) == getpid(),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), unusual);
    return 0;
}

/* ---- input and output ---- */

static int mode_count(char **args) {
    (void)args;
    static char buffer[65536];
    unsigned long long count = 0, sum = 0;
    ssize_t len;
    while ((len = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        count += (unsigned long long)len;
        for (ssize_t i = 0; i < len; i++) sum = sum * 31 + (unsigned char)buffer[i];
    }
    printf("%llu %llu\n", count, sum);
    return len < 0;
}

/* Writes the digits 0 to 9 over and over; to standard error when asked. */
static int mode_print(char **args) {
    static char buffer[65530];
    int fd = args[1] ? STDERR_FILENO : STDOUT_FILENO;
    for (size_t i = 0; i < sizeof buffer; i++) buffer[i] = (char)('0' + i % 10);
    for (long left = number(args[0]); left > 0;) {
        ssize_t len = write(fd, buffer, left < (long)sizeof buffer ? (size_t)left : sizeof buffer);
        if (len < 0) return 1;
        left -= len;
        if (len != sizeof buffer && left > 0) return 2;
    }
    return 0;
}

static int mode_deaf(char **args) {
    (void)args;
    return 7;
}

/* ---- time ---- */

static int mode_spin(char **args) {
    (void)args;
    for (volatile unsigned i = 1; i; i |= 1) {}
    return 0;
}

static int mode_stubborn(char **args) {
    (void)args;
    signal(SIGTERM, SIG_IGN);
    say("ready");
    idle();
    return 0;
}

static void leave_politely(int signal) {
    (void)signal;
    say("polite");
    _exit(3);
}

static int mode_polite(char **args) {
    (void)args;
    signal(SIGTERM, leave_politely);
    idle();
    return 0;
}

/* ---- processes ---- */

/* Becomes a daemon by the book, keeps its standard output, and cannot be asked to go. */
static void become_daemon(int told) {
    if (fork()) return;
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (fork()) _exit(0);
    alarm(LIFE);
    if (write(told, ".", 1) != 1) _exit(1);
    close(told);
    close(STDIN_FILENO);
    idle();
}

/* Leaves N daemons behind, when all of them are at their place. */
static int mode_daemons(char **args) {
    int ends[2];
    if (pipe(ends)) return 1;
    long count = number(args[0]);
    for (long i = 0; i < count; i++) become_daemon(ends[1]);
    char byte;
    for (long i = 0; i < count; i++)
        if (read(ends[0], &byte, 1) != 1) return 2;
    while (wait(NULL) > 0) {} /* the ones in between */
    return 0;
}

/* N children that stay, while the program waits. */
static int mode_children(char **args) {
    for (long i = number(args[0]); i > 0; i--)
        if (!fork()) idle();
    say("ready");
    idle();
    return 0;
}

/* Each process makes two more, in sessions of their own, until about N exist. */
static int mode_bomb(char **args) {
    uint32_t *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) return 1;
    uint32_t most = (uint32_t)number(args[0]);
    for (;;) {
        if (__atomic_add_fetch(made, 1, __ATOMIC_RELAXED) > most) idle();
        if (fork() == 0) {
            setsid();
            alarm(LIFE);
        }
    }
}

/* Runners that never stay: each forks and leaves, in a session of its own, so that a pid is old when it is known. */
static int mode_hop(char **args) {
    for (long i = number(args[0]); i > 0; i--) {
        if (fork()) continue;
        for (long hops = 100000; hops > 0; hops--) {
            setsid();
            if (fork()) _exit(0);
        }
        _exit(0);
    }
    return 0;
}

/* Children that have ended and are not reaped: no process is left, but many zombies. */
static int mode_zombies(char **args) {
    for (long i = number(args[0]); i > 0; i--) {
        siginfo_t info;
        pid_t pid = fork();
        if (!pid) _exit(0);
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT)) return 1;
    }
    return 0;
}

static void *stay(void *unused) {
    (void)unused;
    idle();
    return NULL;
}

/* A process whose first thread has ended looks like a zombie, and is none. */
static int mode_headless(char **args) {
    (void)args;
    int ends[2];
    if (pipe(ends)) return 1;
    if (!fork()) {
        alarm(LIFE);
        pthread_t thread;
        if (pthread_create(&thread, NULL, stay, NULL) || write(ends[1], ".", 1) != 1) _exit(1);
        pthread_exit(NULL);
    }
    char byte;
    return read(ends[0], &byte, 1) != 1;
}

/* ---- memory and files ---- */

static int mode_hog(char **args) {
    size_t size = (size_t)number(args[0]) << 20, step = 1 << 20;
    for (size_t done = 0; done < size; done += step) {
        char *block = malloc(step);
        if (!block) return 1;
        memset(block, 1, step);
    }
    say("ready");
    idle();
    return 0;
}

/* Takes MiB, forks N children that look at it, and waits for their end, which is when they have been looked at. */
static int mode_share(char **args) {
    size_t size = (size_t)number(args[0]) << 20;
    char *block = malloc(size);
    if (!block) return 1;
    memset(block, 1, size);
    struct timespec while_watched = {.tv_nsec = 300 * 1000 * 1000};
    for (long i = number(args[1]); i > 0; i--) {
        if (fork()) continue;
        nanosleep(&while_watched, NULL);
        _exit(block[size - 1] != 1);
    }
    int status;
    while (wait(&status) > 0)
        if (status) return 2;
    return 0;
}

/* Writes MiB to a file; "deleted" unlinks it first, "deaf" ignores the signal that a limit sends. */
static int mode_write(char **args) {
    static char block[1 << 20];
    const char *how = args[2] ? args[2] : "";
    int fd = open(args[0], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) return 1;
    if (!strcmp(how, "deleted")) unlink(args[0]);
    if (!strcmp(how, "deaf")) signal(SIGXFSZ, SIG_IGN);
    for (long i = number(args[1]); i > 0; i--)
        if (write(fd, block, sizeof block) < 0) return 2;
    say("ready");
    if (!strcmp(how, "stay") || !strcmp(how, "deleted")) idle();
    return 0;
}

/* Makes N files; then leaves, or stays. */
static int mode_files(char **args) {
    char name[32];
    for (long i = number(args[0]); i > 0; i--) {
        snprintf(name, sizeof name, "f%ld", i);
        close(open(name, O_WRONLY | O_CREAT, 0644));
    }
    if (args[1]) idle();
    return 0;
}

/* Folders within folders, N deep. */
static int mode_nest(char **args) {
    for (long i = number(args[0]); i > 0; i--)
        if ((mkdir("d", 0755) && errno != EEXIST) || chdir("d")) return 1;
    return 0;
}

/* Hides a file of MiB in a folder without permissions. */
static int mode_hide(char **args) {
    char *inner[] = {(char[]){"hidden/file"}, args[0], NULL};
    return mkdir("hidden", 0700) || mode_write(inner) || chmod("hidden", 0);
}

/* ---- services ---- */

static void tell_signal(int signal) {
    say(signal == SIGHUP ? "hup\n" : "bye\n");
    if (signal == SIGTERM) _exit(5);
}

/* A service with a child, and an orphan in its session; says who they are. */
/* Says hi to whoever connects to the port that it tells. */
static int mode_listen(char **args) {
    (void)args;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 8) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        return 1;
    char text[16];
    snprintf(text, sizeof text, "%d\n", ntohs(address.sin_port));
    say(text);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || write(fd, "hi", 2) != 2) return 1;
        close(fd);
    }
}

static int mode_serve(char **args) {
    (void)args;
    alarm(LIFE);
    signal(SIGHUP, tell_signal);
    pid_t child = fork();
    if (!child) idle();
    int ends[2];
    if (pipe(ends)) return 1;
    pid_t middle = fork();
    if (!middle) {
        pid_t orphan = fork();
        if (!orphan) idle();
        if (write(ends[1], &orphan, sizeof orphan) < 0) _exit(1);
        _exit(0);
    }
    pid_t orphan;
    if (read(ends[0], &orphan, sizeof orphan) != sizeof orphan || waitpid(middle, NULL, 0) != middle) return 1;
    signal(SIGTERM, tell_signal);
    char text[64];
    snprintf(text, sizeof text, "up %d %d\n", child, orphan);
    say(text);
    idle();
    return 0;
}

static const struct mode modes[] = {
    {"exit", mode_exit},
    {"raise", mode_raise},
    {"environment", mode_environment},
    {"descriptors", mode_descriptors},
    {"folder", mode_folder},
    {"attributes", mode_attributes},
    {"count", mode_count},
    {"print", mode_print},
    {"deaf", mode_deaf},
    {"spin", mode_spin},
    {"stubborn", mode_stubborn},
    {"polite", mode_polite},
    {"daemons", mode_daemons},
    {"children", mode_children},
    {"bomb", mode_bomb},
    {"zombies", mode_zombies},
    {"headless", mode_headless},
    {"hog", mode_hog},
    {"share", mode_share},
    {"write", mode_write},
    {"files", mode_files},
    {"nest", mode_nest},
    {"hop", mode_hop},
    {"hide", mode_hide},
    {"listen", mode_listen},
    {"serve", mode_serve},
    {NULL, NULL},
};

static const struct mode *find(const char *name) {
    static const struct mode *const tables[] = {modes, attack_calls, attack_exhaust, attack_linger};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct mode *mode = tables[i]; mode->name; mode++)
            if (!strcmp(mode->name, name)) return mode;
    return NULL;
}

int main(int count, char **args) {
    const struct mode *mode = count > 1 ? find(args[1]) : NULL;
    if (!mode) {
        fputs("usage: hostile MODE [ARGUMENT...]\n", stderr);
        return 64;
    }
    starter = getppid();
    if (strcmp(args[1], "attributes") && strcmp(args[1], "serve")) alarm(LIFE);
    return mode->run(args + 2);
}
