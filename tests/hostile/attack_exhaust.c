/* Attacks on what a machine has only so much of. What an attack cannot get, it keeps trying for, holding what it has,
 * so that whoever watches can see it. */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>

#include "hostile.h"

enum { MEBIBYTE = 1 << 20, THREAD_STACK = 64 * 1024 };

/* ---- memory ---- */

static char *take_private(size_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static char *take_shared(size_t size) {
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* Takes so many MiB and writes to all of them. */
static void fill(long count, char *(*take)(size_t size)) {
    for (long i = 0; i < count; i++) {
        char *block = take(MEBIBYTE);
        if (block == MAP_FAILED) idle();
        memset(block, 1, MEBIBYTE);
    }
}

static int mode_fill(char **args) {
    fill(number(args[0]), args[1] ? take_shared : take_private);
    reached("%s MiB of memory", args[0]);
    return conclude();
}

/* N children take MiB each, and hold it until all have. */
static int mode_fill_spread(char **args) {
    int full[2];
    if (pipe(full)) return 1;
    for (long i = 0; i < number(args[0]); i++) {
        if (fork()) continue;
        alarm(LIFE);
        fill(number(args[1]), take_private);
        if (write(full[1], ".", 1) != 1) _exit(1);
        idle();
    }
    char byte;
    for (long i = 0; i < number(args[0]); i++)
        if (read(full[0], &byte, 1) != 1) return 1;
    reached("%s times %s MiB of memory", args[0], args[1]);
    return conclude();
}

/* Memory that no process maps: a file that has no name. */
static int mode_fill_nameless(char **args) {
    static char block[MEBIBYTE];
    long count = number(args[0]);
    for (long i = 0; i < count; i += 32) { /* several, since a single one is bounded as a file */
        int file = memfd_create("attack", MFD_CLOEXEC);
        for (long k = 0; k < 32; k++)
            if (write(file, block, sizeof block) < (ssize_t)sizeof block) idle();
    }
    reached("%s MiB in files without a name", args[0]);
    return conclude();
}

/* Memory of the kernel: what stands in pipes. */
static int mode_fill_pipes(char **args) {
    static char block[MEBIBYTE];
    long filled = 0;
    for (int ends[2]; filled < number(args[0]) * MEBIBYTE && !pipe2(ends, O_NONBLOCK);) {
        (void)fcntl(ends[0], F_SETPIPE_SZ, sizeof block);
        ssize_t len = write(ends[1], block, sizeof block);
        if (len > 0) filled += len;
    }
    if (filled >= number(args[0]) * MEBIBYTE) reached("%s MiB in pipes", args[0]);
    return conclude();
}

/* ---- processes, threads, descriptors ---- */

/* Each process makes another, until there are N. */
static int mode_swarm(char **args) {
    long most = number(args[0]);
    long *made = (void *)take_shared(sizeof *made);
    bool first = true;
    if (made == MAP_FAILED) return 1;
    while (__atomic_load_n(made, __ATOMIC_RELAXED) < most) {
        pid_t child = fork();
        if (child > 0) __atomic_add_fetch(made, 1, __ATOMIC_RELAXED);
        if (child < 0) usleep(1000);
        if (child) continue;
        alarm(LIFE);
        first = false;
    }
    if (!first) idle();
    reached("%ld processes", most);
    return conclude();
}

static void *stay(void *unused) {
    (void)unused;
    idle();
    return NULL;
}

static int mode_threads(char **args) {
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, THREAD_STACK);
    long made = 0;
    while (made < number(args[0]) && !pthread_create(&thread, &small, stay, NULL)) made++;
    if (made == number(args[0])) reached("%ld threads", made);
    return conclude();
}

static int mode_many_descriptors(char **args) {
    long most = number(args[0]), open = 3;
    while (open < most && dup(STDIN_FILENO) >= 0) open++;
    if (open == most) reached("%ld descriptors", most);
    return conclude();
}

/* N processes without end. */
static int mode_spin_many(char **args) {
    for (long i = number(args[0]); i > 1; i--) {
        if (fork()) continue;
        alarm(LIFE);
        break;
    }
    for (volatile unsigned i = 1; i; i |= 1) {}
    return 0;
}

/* ---- room ---- */

enum { PARTS_MEBIBYTES = 32 };

static void name_part(char path[512], char **args, long done) {
    snprintf(path, 512, "%s/%s-%ld", args[0], args[1], done / PARTS_MEBIBYTES);
}

static bool write_part(char **args, long done) {
    static char block[MEBIBYTE];
    char path[512];
    name_part(path, args, done);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool written = file >= 0 && write(file, block, sizeof block) == sizeof block;
    if (file >= 0) close(file);
    return written;
}

/* Fills a folder: FOLDER NAME MIB. In parts, since a single file is bounded; they go again, or "stay". */
static int mode_fill_folder(char **args) {
    char path[512];
    long done = 0, most = number(args[2]);
    while (done < most && write_part(args, done)) done++;
    if (args[3]) idle();
    for (long i = 0; i <= done; i += PARTS_MEBIBYTES) {
        name_part(path, args, i);
        unlink(path);
    }
    if (done == most) reached("%ld MiB in %s", most, args[0]);
    return conclude();
}

/* A file that claims to be GiB long. */
static int mode_sparse(char **args) {
    int file = open("sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    off_t size = (off_t)number(args[0]) << 30;
    if (file < 0) return 1;
    if (!ftruncate(file, size)) reached("a file of %s GiB", args[0]);
    return conclude();
}

/* One byte at a time, so that there is always something new. */
static int mode_drip(char **args) {
    (void)args;
    for (;; usleep(20 * 1000)) say(".");
    return 0;
}

const struct mode attack_exhaust[] = {
    {"fill", mode_fill},
    {"fill-spread", mode_fill_spread},
    {"fill-nameless", mode_fill_nameless},
    {"fill-pipes", mode_fill_pipes},
    {"fill-folder", mode_fill_folder},
    {"swarm", mode_swarm},
    {"threads", mode_threads},
    {"spin-many", mode_spin_many},
    {"many-descriptors", mode_many_descriptors},
    {"sparse", mode_sparse},
    {"drip", mode_drip},
    {NULL, NULL},
};
