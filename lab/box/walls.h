#pragma once
/*
 * The walls: which layers of isolation this machine allows. Found once, by trying them, before anything of a stranger's
 * runs; every box of the process and of its forks is then built of the same.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "box/group.h"

enum { WALLS_LAYERS_MOST = 16 };

struct walls {
    bool namespaces; /* bubblewrap works */
    bool drops;      /* we are root, and boxes get a uid of their own */
    bool staged;     /* root lays its folders out for them, in a mount namespace of its own */
    bool filtered;   /* the kernel has seccomp filters */
    struct group_facts group;
    int landlock;                          /* its ABI, 0: none; used where there are no namespaces */
    int image;                             /* a file in memory: the box's init; -1: none */
    char bwrap[256];                       /* the program, "" when there is none */
    char why[256];                         /* why there are no namespaces, "" when there are */
    char mend[256];                        /* the command or setting that mends it */
    const char *layers[WALLS_LAYERS_MOST]; /* in force, NULL-terminated: "userns", "mount", "seccomp" … */
};

#define WALLS_INIT \
    { .image = -1 }

/* Tries the layers out for boxes that show the folders `places` (NULL-terminated). Never fails: what is not there is not used, and the rlimits always are. Starts one sandbox; when
 * `remembered` names a file, one that worked is remembered there until the machine is started anew or bubblewrap or its
 * surroundings change. */
void walls_probe(struct walls *walls, const char *const *places, const char *remembered);
void walls_release(struct walls *walls);

/* A uid for a box, or 0 when boxes keep this process's; *lock holds it (users.h), or is -1. */
int walls_user(const struct walls *walls, uid_t *user, int *lock, struct err *err);

/* Whether a stranger could reach the folder: every folder on the way lets others pass. */
bool walls_reachable(const char *path);
