#include "attempt/keeping.h"

#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "attempt/child.h"
#include "base/clock.h"
#include "base/json.h"
#include "checker/channel.h"

static const double PAUSE_SECONDS = 0.03, WATCH_SECONDS = 0.5, ASK_SECONDS = 5, ONCE_SECONDS = 120;
static const double LEAVING_SECONDS = 1; /* between the end of a service's port and that of its process */

/* ---- telling ---- */

static int tell(const struct keeping *k, const char *event, const char *name, const char *key, json_t *value,
                struct err *err) {
    autojson json_t *frame = json_object();
    json_put(frame, "event", json_string(event));
    if (name) json_put(frame, "name", json_string(name));
    if (value) json_put(frame, key, value);
    return channel_send(k->channel, frame, NULL, 0, err);
}

/* The last line that a program said, on either stream. */
static struct sv last_words(const struct box_capture *out, const struct box_capture *errors) {
    const struct box_capture *captures[] = {errors, out};
    for (size_t i = 0; i < LENGTH(captures); i++) {
        struct sv last = box_last_line(captures[i]);
        if (last.len) return last.len < 300 ? last : (struct sv){last.data, 300};
    }
    return SV("it said nothing");
}

static int service_ended(const struct keeping *k, const struct kept *kept, struct err *err) {
    const struct service *service = kept->instance->service;
    struct box_result result = {0};
    if (box_service_stop(k->box, kept->id, &result, err)) return -1;
    if (result.not_found && service->package)
        err_set(err, ERR_ENVIRONMENT, "the service %s needs %s, which is not here: apt install %s", service->name,
                service->program ? service->program : service->native.items[0], service->package);
    else if (result.not_found)
        err_set(err, ERR_ENVIRONMENT, "the service %s cannot be run: %s", service->name, result.why);
    else if (result.limit)
        err_set(err, ERR_ENVIRONMENT, "the service %s was ended: beyond its %s", service->name,
                box_limit_name(result.limit));
    else {
        struct sv said = last_words(&result.out, &result.err);
        err_set(err, ERR_ENVIRONMENT, "the service %s has ended: %.*s", service->name, (int)said.len, said.data);
    }
    box_result_release(&result);
    return -1;
}

static int must_run(struct keeping *k, const struct instance *instance, const struct strings *words, struct err *err) {
    struct box_result result = {0};
    if (!words->count) return 0;
    if (keeping_run(k, instance, words, ONCE_SECONDS, &result, err)) return -1;
    bool failed = box_result_failed(&result);
    if (failed) {
        struct sv said =
            result.not_found ? (struct sv){result.why, strlen(result.why)} : last_words(&result.out, &result.err);
        err_set(err, ERR_ENVIRONMENT, "%s of the service %s failed: %.*s", words->items[0], instance->service->name,
                (int)said.len, said.data);
    }
    box_result_release(&result);
    return failed ? -1 : 0;
}

/* ---- readiness ---- */

static void note_answer(struct kept *kept, const struct box_result *result) {
    if (result->limit == BOX_LIMIT_WALL)
        snprintf(kept->said, sizeof kept->said, "'ready.exec' takes longer than %.0f s", ASK_SECONDS);
    else if (result->limit)
        snprintf(kept->said, sizeof kept->said, "'ready.exec' was ended: beyond its %s", box_limit_name(result->limit));
    else if (result->signal)
        snprintf(kept->said, sizeof kept->said, "'ready.exec' was ended by signal %d", result->signal);
    else
        snprintf(kept->said, sizeof kept->said, "'ready.exec' ends with status %d", result->code);
}

static int ask_by_program(struct keeping *k, struct kept *kept, struct err *err) {
    const struct service *service = kept->instance->service;
    struct box_result result = {0};
    if (keeping_run(k, kept->instance, &service->ready.exec, ASK_SECONDS, &result, err)) return -1;
    int ready = !box_result_failed(&result);
    note_answer(kept, &result);
    if (result.not_found)
        ready = err_set(err, ERR_ENVIRONMENT, "the service %s cannot be asked whether it is ready: %s", service->name,
                        result.why);
    box_result_release(&result);
    return ready;
}

static int ask_by_port(struct keeping *k, struct kept *kept, struct err *err) {
    struct port_probe *probe = &kept->probe;
    if (probe->fd < 0) {
        struct err why = ERR_INIT;
        int fd = box_connect(k->box, kept->instance->port, &why);
        if (why.code == ERR_INTERRUPTED) return err_set(err, ERR_INTERRUPTED, "interrupted");
        port_probe_begin(probe, fd, kept->instance->port, kept->instance->service->ready.http, false);
    }
    port_probe_step(probe);
    if (!probe->over) return false;
    bool good = probe->good;
    memcpy(kept->said, probe->said, sizeof kept->said);
    port_probe_release(probe);
    return good;
}

/* 1 when it is ready, 0 not yet; -1 interrupted, or it cannot be asked. */
static int is_ready(struct keeping *k, struct kept *kept, struct err *err) {
    return kept->instance->service->ready.exec.count ? ask_by_program(k, kept, err) : ask_by_port(k, kept, err);
}

/* ---- starting ---- */

static bool is_up(const struct keeping *k, const char *name) {
    for (size_t i = 0; i < k->attempt->instance_count; i++)
        if (!strcmp(k->list[i].instance->service->name, name)) return k->list[i].stage == KEPT_READY;
    return false;
}

static bool may_start(const struct keeping *k, const struct service *service) {
    for (size_t i = 0; i < service->needs.count; i++)
        if (!is_up(k, service->needs.items[i])) return false;
    return true;
}

static int start_one(struct keeping *k, struct kept *kept, struct err *err) {
    const struct instance *instance = kept->instance;
    kept->began = clock_monotonic();
    kept->stage = KEPT_STARTS;
    if (tell(k, "starting", instance->service->name, NULL, NULL, err) ||
        must_run(k, instance, &instance->service->prepare, err))
        return -1;
    kept->up = clock_monotonic();
    const struct box_program program = keeping_program(k, instance, &instance->service->native);
    return box_service_start(k->box, &program, &kept->id, err);
}

static int look_at(struct keeping *k, struct kept *kept, struct err *err) {
    const struct service *service = kept->instance->service;
    if (!box_service_alive(k->box, kept->id)) return service_ended(k, kept, err);
    int ready = is_ready(k, kept, err);
    double seconds = clock_monotonic() - kept->up;
    if (ready < 0) return -1;
    if (!ready && (seconds < service->ready.within || kept->probe.fd >= 0)) return 0; /* who is asked may answer */
    if (!ready) {
        struct sv said =
            last_words(box_service_output(k->box, kept->id, false), box_service_output(k->box, kept->id, true));
        return err_set(err, ERR_ENVIRONMENT, "the service %s was not ready within %.0f s (%s): %.*s", service->name,
                       service->ready.within, kept->said, (int)said.len, said.data);
    }
    if (must_run(k, kept->instance, &service->seed, err)) return -1;
    kept->stage = KEPT_READY;
    return tell(k, "ready", service->name, "seconds", json_real(clock_monotonic() - kept->began), err);
}

static int hear(struct keeping *k, struct err *err) {
    scoped(frame) frame = {.descriptor = -1};
    struct pollfd item = {.fd = k->channel, .events = POLLIN};
    if (poll(&item, 1, 0) < 1) return 0;
    if (channel_receive(k->channel, &frame, err)) return -1;
    k->asked = json_get_integer(frame.json, "look", 0);
    return 0;
}

/* Waits a moment, or until the supervisor asks for a look, during which output is drained, limits are watched and bytes are
 * carried. */
static int attend(struct keeping *k, double seconds, struct err *err) {
    double deadline = clock_monotonic() + seconds;
    long long asked = k->asked;
    while (k->asked == asked) {
        int ready = box_wait(k->box, k->ears, deadline, err);
        if (ready <= 0) return ready;
        relay_turn(&k->relay);
        if (hear(k, err)) return -1;
        if (clock_monotonic() >= deadline) break;
    }
    return 0;
}

static int start_all(struct keeping *k, struct err *err) {
    size_t ready = 0, count = k->attempt->instance_count;
    while (ready < count) {
        ready = 0;
        for (size_t i = 0; i < count; i++) {
            struct kept *kept = &k->list[i];
            if (kept->stage == KEPT_WAITS && may_start(k, kept->instance->service) && start_one(k, kept, err))
                return -1;
            if (kept->stage == KEPT_STARTS && look_at(k, kept, err)) return -1;
            ready += kept->stage == KEPT_READY;
        }
        if (ready < count && attend(k, PAUSE_SECONDS, err)) return -1;
    }
    return tell(k, "all", NULL, NULL, NULL, err);
}

/* ---- keeping ---- */

static int connect_service(void *context, uint16_t port) {
    const struct keeping *k = context;
    return box_connect(k->box, port, NULL);
}

static int open_ears(struct keeping *k, struct err *err) {
    const int sources[] = {k->relay.poll, k->channel};
    k->ears = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < LENGTH(sources); i++)
        if (epoll_ctl(k->ears, EPOLL_CTL_ADD, sources[i], &(struct epoll_event){.events = EPOLLIN}))
            return err_errno(err, ERR_INTERNAL, "cannot listen to lab itself");
    return 0;
}

/* One that ends may close its port long before its process is gone, and what its clients say is heard in between. */
static int await_end(struct keeping *k, struct kept *kept, struct err *err) {
    double deadline = clock_monotonic() + LEAVING_SECONDS;
    while (!kept->deaf && box_service_alive(k->box, kept->id)) {
        autoclose int fd = connect_service(k, kept->instance->port);
        if (fd >= 0) return 0;
        if (attend(k, PAUSE_SECONDS, err)) return -1;
        kept->deaf = clock_monotonic() >= deadline;
    }
    return 0;
}

static int look_at_all(struct keeping *k, struct err *err) {
    for (size_t i = 0; i < k->attempt->instance_count; i++) {
        struct kept *kept = &k->list[i];
        if (k->asked && await_end(k, kept, err)) return -1;
        if (!box_service_alive(k->box, kept->id)) return service_ended(k, kept, err);
    }
    return 0;
}

static int answer(struct keeping *k, struct err *err) {
    long long asked = k->asked;
    k->asked = 0;
    return tell(k, "looked", NULL, "look", json_integer(asked), err);
}

/* Until it is interrupted (-1), or one of them ends. */
static int keep(struct keeping *k, struct err *err) {
    for (;;)
        if (attend(k, WATCH_SECONDS, err) || look_at_all(k, err) || (k->asked && answer(k, err))) return -1;
}

static int work(struct keeping *k, int desk, struct err *err) {
    const struct attempt *attempt = k->attempt;
    k->list = arena_alloc(&k->arena, attempt->instance_count * sizeof *k->list);
    for (size_t i = 0; i < attempt->instance_count; i++)
        k->list[i] = (struct kept){&attempt->instances[i], .probe = PORT_PROBE_INIT, .said = "it never answered"};
    if (walls_user(&attempt->walls, &k->user, &k->user_lock, err) || keeping_open_box(k, err) ||
        relay_open(&k->relay, desk, connect_service, k, err) || open_ears(k, err) || start_all(k, err))
        return -1;
    return keep(k, err);
}

static void say_why(const struct keeping *k, const struct err *why) {
    autojson json_t *frame = json_object();
    json_put(frame, "event", json_string("failed"));
    json_put(frame, "message", json_text_or_null(why->message));
    (void)channel_send(k->channel, frame, NULL, 0, NULL);
}

_Noreturn void keeping_main(const struct attempt *attempt, int channel, int desk, pid_t parent) {
    struct keeping keeping = {
        .attempt = attempt, .channel = channel, .user_lock = -1, .ears = -1, .relay = {.poll = -1}};
    struct err err = ERR_INIT;
    keeping.interrupt = child_begin(parent);
    if (work(&keeping, desk, &err) && err.code != ERR_INTERRUPTED) say_why(&keeping, &err);
    box_close(keeping.box);
    _exit(0);
}
