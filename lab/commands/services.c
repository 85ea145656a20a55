/* lab services VERB: the services that a learner plays with. Each verb is a file of its own, or one of a few in a file. */

#include "commands/services.h"

static const struct command verbs[] = {
    {"services status", "[NAME…]", "how they stand, and where they answer", "", &services_status_options, 0, ANY_NUMBER,
     cmd_services_status, NULL},
    {"services start", "[NAME…]", "start them, and wait until they are ready", "", &services_start_options, 0,
     ANY_NUMBER, cmd_services_start, NULL},
    {"services stop", "[NAME…]", "end them; their data stay", "", &services_stop_options, 0, ANY_NUMBER,
     cmd_services_stop, NULL},
    {"services restart", "[NAME…]", "stop, then start", "", &services_restart_options, 0, ANY_NUMBER,
     cmd_services_restart, NULL},
    {"services logs", "[NAME…]", "what they print", "", &services_logs_options, 0, ANY_NUMBER, cmd_services_logs, NULL},
    {"services env", "[NAME…]", "their addresses as variables: eval \"$(lab services env)\"", "", &services_env_options,
     0, ANY_NUMBER, cmd_services_env, NULL},
};
const struct command_table services_verbs = {verbs, LENGTH(verbs), "services status"};
