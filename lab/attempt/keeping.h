#pragma once
/*
 * Inside the keeper's process (keeper.h): what it knows of its services, the box that they run in, and their programs.
 */

#include "attempt/instances.h"
#include "attempt/internal.h"
#include "attempt/relay.h"
#include "base/port_probe.h"
#include "box/box.h"

/* Where an instance is on its way. */
enum stage { KEPT_WAITS, KEPT_STARTS, KEPT_READY };

struct kept {
    const struct instance *instance;
    enum stage stage;
    int id;           /* of the box's service */
    double began, up; /* when it was its turn, and when its process began */
    struct port_probe probe;
    char said[80]; /* why it is not ready yet */
    bool deaf;     /* it lives though its port is closed, so that says nothing about its end */
};

struct keeping {
    const struct attempt *attempt;
    int channel, interrupt, user_lock;
    uid_t user;
    struct box *box;
    struct relay relay;
    int ears;          /* an epoll: readable when the relay has something to do or the supervisor asks something */
    long long asked;   /* the number of the look that the supervisor waits for; 0: none */
    struct kept *list; /* parallel to the attempt's instances */
    struct box_folder *folders;
    const char *home, *tmp, *shared; /* where programs find them */
    struct arena arena;
};

/* Opens the box of all services, with a folder for the data of each. */
int keeping_open_box(struct keeping *k, struct err *err);

/* One of an instance's programs, `words` with its places filled in. */
struct box_program keeping_program(struct keeping *k, const struct instance *instance, const struct strings *words);

/* Runs one of an instance's programs to its end. */
int keeping_run(struct keeping *k, const struct instance *instance, const struct strings *words, double wall,
                struct box_result *result, struct err *err);

/* The process: until it is ended, or one of the services is. */
_Noreturn void keeping_main(const struct attempt *attempt, int channel, int desk, pid_t parent);
