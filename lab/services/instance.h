#pragma once
/* One instance: its folder, its state file, its log, its processes. Inside services/ only. */

#include "services/play.h"
#include "services/process.h"

enum { PLAY_ID_SIZE = 24, DECLARATION_DIGITS = 16 };

struct play {
    char *workspace;       /* real path */
    char id[PLAY_ID_SIZE]; /* of the workspace and the folders of lab: 8 digits for these, a dash, 12 digits */
    struct course *course; /* NULL: what ran there matters, not what is declared */
    const struct services *services;
    char *shared, *environments; /* folders of the course */
    int folder;                  /* of .lab/services; -1: there is none yet */
};

/* The first 8 digits and the dash: of everything that was started under these folders of lab. */
int play_home_id(char id[PLAY_ID_SIZE], struct err *err);

/* That of a workspace, by its real path. */
int play_id(char id[PLAY_ID_SIZE], const char *workspace, struct err *err);

bool play_is_id(const char *text); /* it has the form of one */

/* As play_open, without a course. A workspace without .lab/services has play->folder -1. */
int play_open_bare(struct play **play, const char *workspace, struct err *err);

/* Makes .lab/services where it is missing. */
int play_make_folder(struct play *play, struct err *err);

/* Takes the lock of the workspace's services; waits, and tells so, until it is had, patience is over or someone interrupts. -1 with
 * err; errno is EWOULDBLOCK when another lab still has it. */
int play_lock(struct play *play, const struct play_request *request, struct err *err);

/* What state.json says. */
struct state {
    bool known; /* there is one that can be read */
    enum play_driver driver;
    pid_t pid; /* 0: stopped */
    uint64_t started;
    char boot[BOOT_SIZE];
    char mark[MARK_SIZE]; /* LAB_SERVICE of its processes */
    uint64_t device,
        inode; /* of the instance's folder: in a copy of the workspace they differ, and pid and port are another's */
    int port;  /* the last one; 0: none yet */
    int64_t since; /* seconds since 1970 */
    bool runs;     /* it was started and not stopped */
    bool ready;    /* it was seen ready since */
    char declaration[DECLARATION_DIGITS + 1];
};

struct instance {
    const struct play *play;
    char *name, *path;
    int folder;
    struct state state;
};

/* Opens it; with `make`, makes its folder. Without, an instance that never was has folder -1. */
int instance_open(struct instance *instance, const struct play *play, const char *name, bool make, struct err *err);
void instance_release(struct instance *instance);

/* Replaces state.json, whole. */
int instance_save(struct instance *instance, struct err *err);

/* ---- its processes ---- */

/* Its own process, when it lives. */
bool instance_leader(const struct instance *instance, struct process *leader);

/* All that are known to be the instance's, the leader first when it lives. */
void instance_processes(const struct instance *instance, const struct processes *all, struct processes *found);

/* ---- its log ---- */

/* Opens it to write to its end. With `cut`, it is first cut to its last MiB when it is longer than 4 MiB. */
int instance_open_log(const struct instance *instance, bool cut, struct err *err);

/* Appends one line of a log behind a line feed, indented, cut, with blanks for control bytes. */
void append_log_line(struct str *out, struct sv line);

/* Appends the last lines, each on a line of its own and indented, made printable; nothing when it has none. */
void instance_last_lines(const struct instance *instance, unsigned count, struct str *out);

/* ---- its data ---- */

/* Makes the folder `name` of the instance and opens it. */
int instance_open_folder(const struct instance *instance, const char *name, struct err *err);

bool folder_is_empty(int folder);

/* What the declaration comes to, to see that it changed. */
void declaration_digits(const struct service *service, char digits[DECLARATION_DIGITS + 1]);
