#pragma once
/* The start of one service, step by step: tasks that one loop carries on. Inside services/ only. */

#include "base/port_probe.h"
#include "services/child.h"
#include "services/compose.h"
#include "services/instance.h"

struct starter;

struct task {
    struct starter *starter;
    const struct service *service;
    struct instance instance;
    enum play_deed deed;
    const struct driver *driver;

    struct arena arena;
    const char *python; /* folder of the environment that its programs of this machine are run in; NULL: it has none */
    const char **environment; /* of the service */
    const char **helpers;     /* of what prepares, seeds and probes it: this and what it gives */

    struct child service_process; /* of one that this call started natively */
    int followed;                 /* of one that ran before: readable when it has ended; else -1 */
    char *container;              /* id of one that runs in the engine */
    struct child helper;          /* what prepares or seeds it, or asks whether it is ready */
    struct port_probe probe;

    bool begun_here; /* what runs was begun by this call */
    unsigned tries;  /* ports that were taken meanwhile */
    double begin, up, deadline, next_look, pause;
    double next_inspection; /* of a container */
    char said[80];          /* why it is not ready yet */
    struct err err;
};

struct starter {
    struct play *play;
    const struct play_request *request;
    struct docker *docker;              /* NULL: not needed yet */
    const char *compose[COMPOSE_WORDS]; /* of its program; none: not looked for yet */
    struct arena arena;
    array(struct task *) tasks; /* those that others need come before these */
};

/* How services are run. */
struct driver {
    /* What it takes besides the declaration: programs, environments, an engine. Fills in the task's environments. */
    int (*equip)(struct task *task, struct err *err);
    /* Takes up one that runs already; false when it does not. */
    bool (*adopt)(struct task *task);
    /* Starts the helper after which `up` can follow, or calls it. What an earlier instance left is cleared away. */
    int (*begin)(struct task *task, struct err *err);
    int (*up)(struct task *task, struct err *err);
    /* Whether it has ended: then `how` says so. */
    bool (*has_ended)(struct task *task, struct str *how);
    /* Starts the program of its readiness, as a helper. */
    int (*ask)(struct task *task, struct err *err);
    /* Whether what answers on its port is this service. */
    bool (*is_listening)(struct task *task);
    /* Appends the last lines of what it printed, indented. */
    void (*last_lines)(struct task *task, struct str *out);
    /* Says it better, when what its helper printed (lines) tells why it could not be begun. May be NULL. */
    void (*explain)(const struct task *task, const char *lines, struct err *err);
    /* Ends what this call began. */
    void (*cut)(struct task *task);
    bool begins_with_port; /* its helper takes the port already, and what listens there then is a proxy */
    bool fills_project;    /* its data are in volumes of compose's project */
    /* The file that says that `seed` filled its data, in the instance's folder: and which project's. */
    const char *seeded;
};
extern const struct driver native_driver, docker_driver;

/* Carries a task on, as far as it goes now. */
void task_step(struct task *task);

/* From its process on: it is to become ready. */
void task_comes_up(struct task *task);

bool task_is_over(const struct task *task);

/* Tells the watcher where it stands. */
void task_show(const struct task *task);

/* Finds or builds task->python. */
int task_ensure_python(struct task *task, struct err *err);

/* ERR_ENVIRONMENT, which says what to install, when the machine lacks the program that the declaration says it must have. */
int task_has_program(struct task *task, struct err *err);

/* The words of a declaration as argv, argv[0] looked up in the PATH of the environment, then in the learner's. NULL with
 * ERR_ENVIRONMENT, which says what to install, when there is no such program. */
const char **task_words(struct task *task, const struct strings *words, const struct service_place *place,
                        const char *const *environment, struct err *err);

/* Starts a helper of it with these words, in its folder and with its log. */
int task_help(struct task *task, const struct strings *words, const struct service_place *place, struct err *err);

/* What placeholders of it stand for, with its data; strings in its arena. */
struct service_place task_place(struct task *task);

/* As play_stop, for whoever holds the lock. */
int play_stop_locked(struct play *play, const struct play_request *request, struct err *err);

/* Ends the processes that `find` adds: SIGTERM, after `grace` seconds SIGKILL, until it finds none. Adds those that stay. */
typedef void process_find(const void *context, struct processes *found);
void processes_end(process_find *find, const void *context, double grace, struct play_left *left);

/* Likewise those of instances. */
void instances_end(struct instance *const *instances, size_t count, double grace, struct play_left *left);
