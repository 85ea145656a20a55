/*
 * The watchdog: limits that the kernel does not keep for us. Each look costs time that the programs do not get, so the
 * next one is due only after a multiple of what the last one took.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "box/internal.h"

struct pace {
    double least;  /* seconds between looks */
    double factor; /* of the look's cost */
};
static const double SECOND_LOOK = 0.01; /* seconds until what was seen once is looked at again */
static const struct pace tick_pace = {0.02, 25}, pss_pace = {0.01, 10}, walk_pace = {0.1, 50};

static double next_look(struct pace pace, double began) {
    double now = clock_monotonic(), wait = (now - began) * pace.factor;
    return now + (wait > pace.least ? wait : pace.least);
}

/* ---- who uses what ---- */

struct usage {
    uint64_t memory, processes;
    double cpu;
};

struct account {
    struct usage units[UNITS], all;
};

static void add_usage(struct usage *usage, const struct member *member, uint64_t memory) {
    usage->memory += memory;
    usage->processes += !member_is_dead(member); /* a program may be slow to reap; the kernel bounds those too */
    usage->cpu += member->cpu;
}

static void add_member(struct account *account, const struct member *member, uint64_t memory) {
    add_usage(&account->units[member->unit], member, memory);
    add_usage(&account->all, member, memory);
}

/* Counts what there is. The orphans that died are reaped here, so that they do not pile up, or by the sandbox's init. */
static void count_members(struct box *box, struct account *account) {
    for (size_t i = 0; i < box->members.count; i++) {
        const struct member *member = &box->members.items[i];
        bool orphan = member->parent == box->root && member->pid != box->units[member->unit].pid;
        if (member_is_dead(member) && orphan && family_reap(box, member->pid, member->unit, WNOHANG)) continue;
        add_member(account, member, member->rss);
    }
}

static void exceed(struct unit *unit, enum box_limit limit) {
    if (!unit->limit && !unit->over) unit->limit = limit;
}

static uint64_t get_memory(const struct usage *usage) { return usage->memory; }
static uint64_t get_processes(const struct usage *usage) { return usage->processes; }

/* When all together use too much, the one that uses most is ended. */
static void exceed_greatest(struct box *box, const struct account *account, uint64_t (*get)(const struct usage *),
                            enum box_limit limit) {
    unsigned greatest = UNIT_RUN;
    for (unsigned i = 0; i < UNITS; i++)
        if (get(&account->units[i]) > get(&account->units[greatest])) greatest = i;
    exceed(&box->units[greatest], limit);
}

/* ---- memory ---- */

/* Proportional set size in bytes: a page that n processes share counts 1/n. Otherwise, the resident size. */
static uint64_t read_pss(const struct member *member) {
    char path[40], text[2048];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", member->pid);
    if (fs_read_small(path, text, sizeof text)) /* it has ended meanwhile, unless it may not be looked into */
        return errno == EACCES || errno == EPERM ? member->rss : 0;
    const char *pss = strstr(text, "\nPss:"), *swap = strstr(text, "\nSwapPss:");
    if (!pss) return member->rss;
    return (strtoull(pss + 5, NULL, 10) + (swap ? strtoull(swap + 9, NULL, 10) : 0)) * 1024;
}

static bool is_memory_exceeded(const struct box *box, const struct account *account) {
    if (box->config.limits.memory && account->all.memory > box->config.limits.memory) return true;
    for (unsigned i = 0; i < UNITS; i++) {
        const struct unit *unit = &box->units[i];
        if (unit->used && unit->memory_most && account->units[i].memory > unit->memory_most) return true;
    }
    return false;
}

static void exceed_memory(struct box *box, const struct account *account) {
    bool found = false;
    for (unsigned i = 0; i < UNITS; i++) {
        struct unit *unit = &box->units[i];
        if (!unit->used || !unit->memory_most || account->units[i].memory <= unit->memory_most) continue;
        exceed(unit, BOX_LIMIT_MEMORY);
        found = true;
    }
    if (!found) exceed_greatest(box, account, get_memory, BOX_LIMIT_MEMORY);
}

/*
 * Resident sizes are cheap to read but count shared pages for each process, so they only raise the suspicion, which the
 * proportional sizes confirm: twice in a row, since between vfork and exec a child counts all its parent has.
 */
static void watch_memory(struct box *box, const struct account *rough) {
    if (!is_memory_exceeded(box, rough)) {
        box->memory_strikes = 0;
        return;
    }
    double began = clock_monotonic();
    if (began < box->next_pss) return;
    struct account exact = {0};
    for (size_t i = 0; i < box->members.count; i++) {
        const struct member *member = &box->members.items[i];
        if (!member_is_dead(member)) add_member(&exact, member, read_pss(member));
    }
    box->next_pss = next_look(pss_pace, began);
    if (!is_memory_exceeded(box, &exact))
        box->memory_strikes = 0;
    else if (++box->memory_strikes > 1)
        exceed_memory(box, &exact);
    if (box->memory_strikes) box->next_pss = 0;
}

/* ---- all of it ---- */

static enum box_limit disk_limit(const struct box *box, const struct disk_use *use) {
    if (box->config.limits.disk && use->bytes > box->config.limits.disk) return BOX_LIMIT_DISK;
    return box->config.limits.files && use->entries > box->config.limits.files ? BOX_LIMIT_FILES : BOX_LIMIT_NONE;
}

/* Whose files they are cannot be told, so the run answers for them, or without one all services. */
static void exceed_disk(struct box *box, enum box_limit limit) {
    if (box->units[UNIT_RUN].used) {
        exceed(&box->units[UNIT_RUN], limit);
        return;
    }
    for (unsigned i = 0; i < UNITS; i++)
        if (box->units[i].used) exceed(&box->units[i], limit);
}

static void watch_disk(struct box *box) {
    double began = clock_monotonic();
    if (began < box->next_walk || !box->writable.count || (!box->config.limits.disk && !box->config.limits.files))
        return;
    struct disk_use use = {0};
    uint64_t unroutable;
    disk_walk(&use, box);
    disk_nameless(&use, box->members.items, box->members.count);
    walled_measure(box, &use, &unroutable);
    box->next_walk = next_look(walk_pace, began);
    enum box_limit limit = disk_limit(box, &use);
    if (limit) exceed_disk(box, limit);
}

/*
 * At the end of a run, what it has left counts, however it ended. A program that ignores SIGXFSZ, as Python does, gets
 * an error instead of a signal; when it failed and there is a file that ends exactly at the limit, that is why.
 */
enum box_limit watch_remains(struct box *box, bool failed, bool *unroutable) {
    const struct box_limits *limits = &box->config.limits;
    uint64_t packets = box->unroutable;
    if (!box->writable.count || (!limits->disk && !limits->files && !limits->file_size)) return BOX_LIMIT_NONE;
    double began = clock_monotonic();
    struct disk_use use = {0};
    disk_walk(&use, box);
    walled_measure(box, &use, &packets);
    *unroutable = packets > box->unroutable;
    box->unroutable = packets;
    box->next_walk = next_look(walk_pace, began);
    enum box_limit limit = disk_limit(box, &use);
    return !limit && failed && limits->file_size && use.largest == limits->file_size ? BOX_LIMIT_FILE_SIZE : limit;
}

/*
 * When the kernel has ended a process for want of memory, it was a unit's own, whose result will say so, or one that it had
 * started, without which it would go on. The end of a unit is seen a moment later than the kernel's count, so the
 * second look decides: no unit has ended since the look before the first.
 */
static void watch_group(struct box *box, const struct account *account) {
    unsigned long ended = box->sandbox.init ? group_out_of_memory(&box->sandbox.group) : 0;
    struct strike *strike = &box->strike;
    if (strike->pending && box->deaths == strike->deaths) exceed_greatest(box, account, get_memory, BOX_LIMIT_MEMORY);
    strike->pending = ended > strike->ended;
    if (!strike->pending) strike->deaths = box->deaths;
    strike->ended = ended;
}

static void watch_cpu(struct box *box, const struct account *account) {
    struct unit *run = &box->units[UNIT_RUN];
    if (run->used && run->cpu_most && account->units[UNIT_RUN].cpu + run->cpu_reaped > run->cpu_most)
        exceed(run, BOX_LIMIT_CPU);
}

void watch_begin(struct box *box) {
    unsigned running = 0;
    for (unsigned i = 0; i < UNITS; i++) running += box->units[i].used && !box->units[i].finished;
    if (running == 1) box->next_tick = clock_monotonic() + tick_pace.least;
}

/* Root without CAP_SYS_PTRACE, in a container say, may look into processes of its box only as their user and group. A change of user
 * clears the signal that the death of this process's parent is to send, prctl(2): it is set again, and sent when it is late. */
static void look_as(const struct box *box, uid_t user) {
    int signal = 0;
    if (!box->config.user || box->sees_all) return;
    (void)prctl(PR_GET_PDEATHSIG, &signal);
    /* Between two of our own it cannot be refused; the group can only be changed as root. */
    if ((user && setegid(user)) || seteuid(user) || (!user && setegid(0))) abort();
    (void)prctl(PR_SET_PDEATHSIG, signal);
    if (signal && getppid() != box->parent) (void)raise(signal);
}

static void look(struct box *box, double began) {
    struct account account = {0};
    family_collect(box, 0, 0);
    count_members(box, &account);
    if (box->config.limits.processes && account.all.processes > box->config.limits.processes)
        exceed_greatest(box, &account, get_processes, BOX_LIMIT_PROCESSES);
    watch_memory(box, &account);
    watch_group(box, &account);
    watch_cpu(box, &account);
    /* What looks like too much memory is looked at again soon. */
    box->next_tick = box->memory_strikes ? clock_monotonic() + SECOND_LOOK : next_look(tick_pace, began);
    watch_disk(box);
}

void watch_tick(struct box *box) {
    double began = clock_monotonic();
    if (began < box->next_tick) return;
    look_as(box, box->config.user);
    look(box, began);
    look_as(box, 0);
}
