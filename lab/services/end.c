/* Ending what services are made of. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "services/task.h"

static const double KILL_SECONDS = 3;

void play_left_release(struct play_left *left) {
    for (size_t i = 0; i < left->items.count; i++) {
        free(left->items.items[i].what);
        free(left->items.items[i].why);
    }
    array_free(&left->items);
}

/* Waits until all of them have ended, or time is over. */
static void wait_for_ends(const struct processes *some, double deadline) {
    for (size_t i = 0; i < some->list.count; i++) {
        autoclose int watch = process_watch(&some->list.items[i]);
        struct pollfd file = {.fd = watch, .events = POLLIN};
        if (watch >= 0) poll(&file, 1, clock_poll_timeout(deadline));
    }
}

/* Signals them all until none is left or time is over; whether none is. */
static bool end_with(process_find *find, const void *context, int signal, double seconds, struct processes *found) {
    double deadline = clock_monotonic() + seconds;
    for (bool first = true;; first = false) {
        found->list.count = 0;
        find(context, found);
        if (!found->list.count) return true;
        if (!first && clock_monotonic() >= deadline) return false;
        for (size_t i = 0; i < found->list.count; i++) (void)process_signal(&found->list.items[i], signal);
        wait_for_ends(found, deadline);
    }
}

void processes_end(process_find *find, const void *context, double grace, struct play_left *left) {
    scoped(processes) found = {0};
    if (grace > 0 && end_with(find, context, SIGTERM, grace, &found)) return;
    if (end_with(find, context, SIGKILL, KILL_SECONDS, &found)) return;
    for (size_t i = 0; i < found.list.count; i++) {
        const struct process *process = &found.list.items[i];
        bool own = process->user == geteuid();
        const char *why =
            own ? "it does not die: it waits for the kernel, as a rule for a disk" : "it is another user's";
        *array_push(&left->items) = (struct play_rest){process_shown(process->pid), mem_copy_string(why)};
    }
}

struct several {
    struct instance *const *items;
    size_t count;
};

static void find_of_instances(const void *context, struct processes *found) {
    const struct several *several = context;
    scoped(processes) all = {0};
    processes_read(&all);
    for (size_t i = 0; i < several->count; i++) {
        scoped(processes) own = {0};
        instance_processes(several->items[i], &all, &own);
        for (size_t k = 0; k < own.list.count; k++) *array_push(&found->list) = own.list.items[k];
    }
}

void instances_end(struct instance *const *instances, size_t count, double grace, struct play_left *left) {
    const struct several several = {instances, count};
    processes_end(find_of_instances, &several, grace, left);
}
