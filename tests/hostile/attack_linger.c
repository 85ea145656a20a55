/* Programs that stay when they should be over: hostile linger KIND MARK. They are known by their mark, a name of at
 * most 15 characters, and hostile look MARK finds those that live. */

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "hostile.h"

/* Where a process says that it is where it wants to be. */
static int place;

static void tell(void) {
    if (write(place, ".", 1) != 1) _exit(1);
    close(place);
}

static void leave(int signal) {
    (void)signal;
    _exit(0);
}

/* With a handler, since the first process of a namespace gets no other signals. */
static void begin_to_live(void) {
    signal(SIGALRM, leave);
    alarm(LIFE);
}

static void go_on_in_child(pid_t child) {
    if (child) _exit(0);
    begin_to_live();
}

/* No alarm wakes a process that is stopped, so another one ends it. */
static void be_ended_by_another(void) {
    pid_t me = getpid();
    if (fork()) return;
    for (unsigned left = LIFE; left; left = sleep(left)) {}
    kill(me, SIGKILL);
    _exit(0);
}

/* ---- the kinds: each is called in a child, and does not return ---- */

static void become_daemon(void) {
    setsid();
    go_on_in_child(fork());
    tell();
    idle();
}

static void become_deaf(void) {
    for (int i = 1; i < NSIG; i++) signal(i, SIG_IGN);
    become_daemon();
}

static void become_stopped(void) {
    setsid();
    go_on_in_child(fork());
    be_ended_by_another();
    tell();
    raise(SIGSTOP);
    idle();
}

/* A child of who started the program. */
static void become_sibling(void) {
    go_on_in_child((pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
    go_on_in_child((pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
    tell();
    idle();
}

/* One that takes in its orphans itself, and lives longer than they do. */
static void become_reaper(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!fork()) become_daemon();
    setsid();
    begin_to_live();
    idle();
}

static void become_namespace(void) {
    (void)unshare(CLONE_NEWPID);
    become_daemon();
}

static void *stay(void *unused) {
    (void)unused;
    tell();
    idle();
    return NULL;
}

/* A process whose first thread has ended looks like a zombie, and is none. */
static void become_headless(void) {
    pthread_t thread;
    setsid();
    begin_to_live();
    if (pthread_create(&thread, NULL, stay, NULL)) _exit(1);
    pthread_exit(NULL);
}

/* One that keeps nothing open, and writes a file when all seems over. */
static void become_late(void) {
    setsid();
    go_on_in_child(fork());
    tell();
    usleep(300 * 1000);
    close(open("late", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    idle();
}

/* One that never stays: a process is gone when it is found. */
static void become_hop(void) {
    tell();
    for (long hops = 2000; hops > 0; hops--) {
        setsid();
        if (fork()) _exit(0);
        usleep(500);
    }
    _exit(0);
}

static const struct {
    const char *name;
    void (*become)(void);
    int count;
} kinds[] = {
    {"daemon", become_daemon, 1}, {"deaf", become_deaf, 1},         {"stopped", become_stopped, 1},
    {"late", become_late, 1},     {"reaper", become_reaper, 1},     {"sibling", become_sibling, 1},
    {"swarm", become_daemon, 20}, {"headless", become_headless, 1}, {"namespace", become_namespace, 1},
    {"hop", become_hop, 2},
};

static int linger(void (*become)(void), int count) {
    int ends[2];
    char byte;
    if (pipe(ends)) return 1;
    place = ends[1];
    for (int i = 0; i < count; i++)
        if (!fork()) become();
    for (int i = 0; i < count; i++)
        if (read(ends[0], &byte, 1) != 1) return 1;
    return 0;
}

static int mode_linger(char **args) {
    prctl(PR_SET_NAME, args[1]);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strcmp(kinds[i].name, args[0])) return linger(kinds[i].become, kinds[i].count);
    return 64;
}

static int mode_stop_itself(char **args) {
    (void)args;
    be_ended_by_another();
    raise(SIGSTOP);
    return 0;
}

/* ---- looking for them ---- */

/* Says a process that has the mark and lives; a zombie may have threads that do. proc_pid_stat(5) */
static void look_at(const char *pid, const char *mark) {
    char path[300], text[512], name[32], state;
    int threads;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(file, text, sizeof text - 1);
    close(file);
    if (len <= 0) return;
    text[len] = '\0';
    int found = sscanf(text, "%*d (%31[^)]) %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d",
                       name, &state, &threads);
    if (found == 3 && !strcmp(name, mark) && (state != 'Z' || threads > 1)) reached("process %s, %c", pid, state);
}

static int mode_look(char **args) {
    DIR *stream = opendir("/proc");
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        if (number(entry->d_name) > 0) look_at(entry->d_name, args[0]);
    return stream ? conclude() : 1;
}

const struct mode attack_linger[] = {
    {"linger", mode_linger}, {"stop-itself", mode_stop_itself}, {"look", mode_look}, {NULL, NULL}};
