#pragma once
/* The verbs of lab services, and what they share with the commands that start services on the way. */

#include "commands/command.h"
#include "services/play.h"

extern const struct command_table services_verbs;

#define SERVICES_VERB(name) \
    extern const struct options services_##name##_options; \
    int cmd_services_##name(const struct context *context, const void *values, int argc, char **argv, struct err *err)

SERVICES_VERB(start);
SERVICES_VERB(stop);
SERVICES_VERB(restart);
SERVICES_VERB(status);
SERVICES_VERB(logs);
SERVICES_VERB(env);

#undef SERVICES_VERB

/* The services of a started workspace that a verb is about. */
struct playground {
    struct target target;
    struct play *play;
    struct arena arena;
    struct strings names;
};
void playground_release(struct playground *playground);

/* `exercise` may be NULL: the workspace one stands in. Names are those given; without any, those that the exercise requires, and with `ran`
 * also those that ever ran there. */
int playground_open(struct playground *playground, const struct context *context, const char *exercise, int argc,
                    char **argv, bool ran, struct err *err);

/* Starts or stops services, shown on standard error as it goes on (not with --quiet). `driver` is the option's text, or NULL. Ctrl-C ends it,
 * cleanly. Those of a course that was added start only when its learner agrees. */
int services_start(const struct context *context, const struct target *target, struct play *play,
                   const struct strings *names, const char *driver, struct err *err);
int services_stop(const struct context *context, struct play *play, const struct strings *names, struct err *err);

/* Starts what the exercise requires; `play` stays NULL when that is nothing. */
int services_of_target(const struct context *context, const struct target *target, struct play **play, struct err *err);

/* What the exercise's services give, set in the environment of this process; the learner's LAB_LLM_BASE_URL and LAB_LLM_API_KEY stand in
 * for what a stand-in of a language model gives. */
int services_enter(struct play *play, const struct target *target, struct err *err);

/* The same as a list, in arena. */
int services_variables(struct play *play, const struct strings *names, struct arena *arena, struct strings *variables,
                       struct err *err);

/* Prints how the services stand: a table, or an object for each. */
int services_print(const struct context *context, struct play *play, const struct strings *names, struct err *err);

/* Appends the services that the exercise requires, with their addresses, to what lab start prints. */
void services_print_addresses(struct play *play, const struct target *target);
