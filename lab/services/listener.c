/* Who listens on a port. Source: proc(5), /proc/net/tcp; the states are those of the kernel's tcp_states.h. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "services/process.h"

enum { LISTENS = 0x0a, INODES_MOST = 16 };

struct inodes {
    unsigned long items[INODES_MOST];
    size_t count;
};

/* Adds the sockets of one table that listen on the port. */
static void read_table(struct inodes *inodes, const char *path, int port) {
    FILE *file = fopen(path, "re");
    char line[512];
    while (file && fgets(line, sizeof line, file)) {
        unsigned local, state;
        unsigned long inode;
        int fields = sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*d %lu", &local,
                            &state, &inode);
        if (fields == 3 && state == LISTENS && (int)local == port && inodes->count < INODES_MOST)
            inodes->items[inodes->count++] = inode;
    }
    if (file) fclose(file);
}

static bool holds(const struct inodes *inodes, const char *link) {
    if (!string_starts_with(link, "socket:[")) return false;
    unsigned long inode = strtoul(link + strlen("socket:["), NULL, 10);
    for (size_t i = 0; i < inodes->count; i++)
        if (inodes->items[i] == inode) return true;
    return false;
}

/* Whether the process has one of the sockets; also when its descriptors may not be seen. */
static bool may_hold(pid_t pid, const struct inodes *inodes) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *folder = opendir(path);
    if (!folder) return access(path, F_OK) == 0;
    struct dirent *entry;
    bool found = false;
    while (!found && (entry = readdir(folder))) {
        char link[64];
        ssize_t len = readlinkat(dirfd(folder), entry->d_name, link, sizeof link - 1);
        link[len < 0 ? 0 : len] = '\0';
        found = holds(inodes, link);
    }
    closedir(folder);
    return found;
}

bool processes_listen(const struct processes *some, int port) {
    struct inodes inodes = {.count = 0};
    read_table(&inodes, "/proc/net/tcp", port);
    read_table(&inodes, "/proc/net/tcp6", port);
    if (!inodes.count) return true; /* it listens where this process cannot see */
    for (size_t i = 0; i < some->list.count; i++)
        if (may_hold(some->list.items[i].pid, &inodes)) return true;
    return false;
}
