#include <stdlib.h>

#include "attempt/supervisor.h"
#include "base/json.h"

static void tell_service(struct supervisor *s, enum service_state state, const json_t *word) {
    struct service_news news = {.name = json_get_string(word, "name", NULL),
                                .state = state,
                                .seconds = json_get_number(word, "seconds", 0),
                                .message = json_get_string(word, "message", NULL)};
    supervisor_tell(s, (struct event){.kind = EVENT_SERVICE, .service = &news});
}

/* The services are lost; NULL when the keeper said nothing. */
static void lose_services(struct supervisor *s, const json_t *word) {
    s->services = SERVICES_FAILED;
    s->services_fault =
        mem_copy_string(word ? json_get_string(word, "message", "") : "lab's own process for the services ended early");
    if (word) tell_service(s, SERVICE_FAILED, word);
}

void hear_keeper(struct supervisor *s) {
    scoped(frame) frame = {.descriptor = -1};
    bool came = keeper_next(s->keeper, &frame);
    const char *event = came ? json_get_string(frame.json, "event", "") : "failed";
    if (!strcmp(event, "starting")) tell_service(s, SERVICE_STARTING, frame.json);
    if (!strcmp(event, "ready")) tell_service(s, SERVICE_READY, frame.json);
    if (!strcmp(event, "all")) s->services = SERVICES_READY;
    if (!strcmp(event, "failed")) lose_services(s, came ? frame.json : NULL);
}

bool has_lost_services(struct supervisor *s) {
    autojson json_t *word = NULL;
    if (s->services != SERVICES_READY || s->keeper->pid <= 0) return s->services == SERVICES_FAILED;
    int status = keeper_look(s->keeper, s->attempt->options->interrupt, &word);
    if (status > 0) lose_services(s, word);
    s->interrupted |= status < 0;
    return status > 0;
}
