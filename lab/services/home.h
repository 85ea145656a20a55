#pragma once
/* What was started under the folders of lab that are in use (path_places), in whatever workspace, known or not. Inside services/
 * only. */

#include "base/beneath.h"
#include "services/instance.h"

struct home {
    char id[PLAY_ID_SIZE];   /* play_home_id */
    struct names workspaces; /* that are registered, whether or not they are still there */
    struct names busy; /* ids of workspaces, and of their projects, that are left alone: another lab is at work there */
};

int home_open(struct home *home, struct err *err);
void home_release(struct home *home);

/* Whether the mark, or an id, is of a workspace of this home that is not busy. */
bool home_owns(const struct home *home, const char *mark);

/* Adds the living processes of this user that are services of this home, a struct home: a process_find. */
void home_find(const void *home, struct processes *found);

/* How many services these processes are. */
size_t home_count_services(const struct home *home, const struct processes *some);
