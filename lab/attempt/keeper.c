#include "attempt/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt/child.h"
#include "attempt/instances.h"
#include "attempt/relay.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/port_probe.h"
#include "box/box.h"
#include "workspace/python.h"

static const double PAUSE_SECONDS = 0.03, WATCH_SECONDS = 0.5, ASK_SECONDS = 5, ONCE_SECONDS = 120;
static const double FAREWELL_SECONDS = 2; /* for ending a box with services in it */

enum { DISK_MOST = 1 << 30, FILES_MOST = 100000, LOG_MOST = 64 << 10 };

/* Where an instance is on its way. */
enum stage { KEPT_WAITS, KEPT_STARTS, KEPT_READY };

struct kept {
    const struct instance *instance;
    enum stage stage;
    int id;           /* of the box's service */
    double began, up; /* when it was its turn, and when its process began */
    struct port_probe probe;
    char said[80]; /* why it is not ready yet */
};

struct keeping {
    const struct attempt *attempt;
    int channel, interrupt, user_lock;
    uid_t user;
    struct box *box;
    struct relay relay;
    struct kept *list; /* parallel to the attempt's instances */
    struct box_folder *folders;
    const char *home, *tmp, *shared; /* where programs find them */
    struct arena arena;
};

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

/* ---- the box ---- */

static void add_folder(struct keeping *k, size_t *count, const char *path, const char *inside, enum box_use use) {
    k->folders[(*count)++] = (struct box_folder){path, inside, use};
}

static void add_environment(struct keeping *k, size_t *count, const char *environment) {
    add_folder(k, count, environment, NULL, BOX_READ); /* its scripts name it by the path that it was built at */
    for (const char **path = python_base_folders(&k->arena, environment); *path; path++)
        add_folder(k, count, *path, NULL, BOX_READ);
}

static const char *own_folder(struct keeping *k, const char *leaf) {
    return arena_printf(&k->arena, "%s/services/.%s", k->attempt->scratch.directory, leaf);
}

static int plan_folders(struct keeping *k, struct err *err) {
    const struct attempt *attempt = k->attempt;
    size_t count = 0;
    k->folders = arena_alloc(&k->arena, (4 + attempt->instance_count * (PYTHON_BASE_MOST + 2)) * sizeof *k->folders);
    add_folder(k, &count, own_folder(k, "home"), "/lab/home", BOX_WRITE);
    add_folder(k, &count, own_folder(k, "tmp"), NULL, BOX_TEMPORARY);
    for (size_t i = 0; i < attempt->instance_count; i++)
        add_folder(k, &count, attempt->instances[i].data,
                   arena_printf(&k->arena, "/lab/services/%s", attempt->instances[i].service->name), BOX_WRITE);
    for (size_t i = 0; i < count; i++)
        if (fs_make_directories(k->folders[i].path, err)) return -1;
    k->home = box_inside(&attempt->walls, &k->folders[0]);
    k->tmp = box_inside(&attempt->walls, &k->folders[1]);
    const struct box_folder shared = {
        arena_printf(&k->arena, "%s/exercises/shared", attempt->options->course->directory), "/lab/shared", BOX_READ};
    k->shared = box_inside(&attempt->walls, &shared);
    if (fs_exists(shared.path)) k->folders[count++] = shared;
    for (size_t i = 0; i < attempt->instance_count; i++) add_environment(k, &count, attempt->instances[i].environment);
    return 0;
}

static int open_box(struct keeping *k, struct err *err) {
    uint64_t memory = 0;
    for (size_t i = 0; i < k->attempt->instance_count; i++)
        memory += (uint64_t)k->attempt->instances[i].service->memory;
    const struct box_config config = {
        .folders = k->folders,
        .covered = k->attempt->covered,
        .limits = {.memory = memory,
                   .processes = 256,
                   .disk = DISK_MOST,
                   .files = FILES_MOST,
                   .file_size = DISK_MOST,
                   .output = LOG_MOST},
        .network = BOX_NETWORK_LOOPBACK,
        .walls = &k->attempt->walls,
        .user = k->user,
        .interrupt = k->interrupt,
    };
    return box_open(&k->box, &config, err);
}

/* ---- programs ---- */

static const char **environment_of(struct keeping *k, const struct instance *instance,
                                   const struct service_place *place) {
    const char **base = python_run_environment(&k->arena, instance->environment, k->home, k->tmp);
    const char **own = service_words(&k->arena, &instance->service->env, place);
    size_t fixed = 0, extra = 0, given = 0;
    while (base[fixed]) fixed++;
    while (own[extra]) extra++;
    while (k->attempt->given[given]) given++;
    const char **all = arena_alloc(&k->arena, (fixed + extra + given + 1) * sizeof *all);
    memcpy(all, base, fixed * sizeof *all);
    memcpy(all + fixed, own, extra * sizeof *all);
    memcpy(all + fixed + extra, k->attempt->given, given * sizeof *all);
    return all;
}

static struct box_program program_of(struct keeping *k, const struct instance *instance, const struct strings *words) {
    const struct service_place place = {.port = instance->port, .data = instance->inside, .shared = k->shared};
    return (struct box_program){.argv = service_words(&k->arena, words, &place),
                                .env = environment_of(k, instance, &place),
                                .cwd = instance->inside};
}

/* Runs one of an instance's programs to its end. */
static int run_once(struct keeping *k, const struct instance *instance, const struct strings *words, double wall,
                    struct box_result *result, struct err *err) {
    struct box_program program = program_of(k, instance, words);
    program.wall = wall;
    return box_run(k->box, &program, result, err);
}

static int must_run(struct keeping *k, const struct instance *instance, const struct strings *words, struct err *err) {
    struct box_result result = {0};
    if (!words->count) return 0;
    if (run_once(k, instance, words, ONCE_SECONDS, &result, err)) return -1;
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
    if (run_once(k, kept->instance, &service->ready.exec, ASK_SECONDS, &result, err)) return -1;
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
    const struct box_program program = program_of(k, instance, &instance->service->native);
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

/* Waits a moment, during which output is drained, limits are watched and bytes are carried. */
static int attend(struct keeping *k, double seconds, struct err *err) {
    double deadline = clock_monotonic() + seconds;
    for (;;) {
        int ready = box_wait(k->box, k->relay.poll, deadline, err);
        if (ready <= 0) return ready;
        relay_turn(&k->relay);
        if (clock_monotonic() >= deadline) return 0;
    }
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
        if (ready < count && attend(k, PAUSE_SECONDS, err) < 0) return -1;
    }
    return tell(k, "all", NULL, NULL, NULL, err);
}

/* ---- keeping ---- */

static int connect_service(void *context, uint16_t port) {
    const struct keeping *k = context;
    return box_connect(k->box, port, NULL);
}

/* Until it is interrupted (-1), or one of them ends. */
static int keep(struct keeping *k, struct err *err) {
    for (;;) {
        if (attend(k, WATCH_SECONDS, err) < 0) return -1;
        for (size_t i = 0; i < k->attempt->instance_count; i++)
            if (!box_service_alive(k->box, k->list[i].id)) return service_ended(k, &k->list[i], err);
    }
}

static int work(struct keeping *k, int desk, struct err *err) {
    const struct attempt *attempt = k->attempt;
    k->list = arena_alloc(&k->arena, attempt->instance_count * sizeof *k->list);
    for (size_t i = 0; i < attempt->instance_count; i++)
        k->list[i] = (struct kept){&attempt->instances[i], .probe = PORT_PROBE_INIT, .said = "it never answered"};
    if (plan_folders(k, err) || walls_user(&attempt->walls, &k->user, &k->user_lock, err) || open_box(k, err) ||
        relay_open(&k->relay, desk, connect_service, k, err) || start_all(k, err))
        return -1;
    return keep(k, err);
}

static void say_why(const struct keeping *k, const struct err *why) {
    autojson json_t *frame = json_object();
    json_put(frame, "event", json_string("failed"));
    json_put(frame, "message", json_text_or_null(why->message));
    (void)channel_send(k->channel, frame, NULL, 0, NULL);
}

static _Noreturn void keeper_main(const struct attempt *attempt, int channel, int desk, pid_t parent) {
    struct keeping keeping = {.attempt = attempt, .channel = channel, .user_lock = -1, .relay = {.poll = -1}};
    struct err err = ERR_INIT;
    keeping.interrupt = child_begin(parent);
    if (work(&keeping, desk, &err) && err.code != ERR_INTERRUPTED) say_why(&keeping, &err);
    box_close(keeping.box);
    _exit(0);
}

/* ---- for the supervisor ---- */

int keeper_start(struct keeper *keeper, const struct attempt *attempt, struct err *err) {
    int frames[2], desks[2];
    if (!attempt->instance_count) return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, frames))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    autoclose int ours = frames[0], theirs = frames[1];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, desks))
        return err_errno(err, ERR_INTERNAL, "cannot make a channel");
    autoclose int counter = desks[0], inside = desks[1];
    pid_t parent = getpid();
    fflush(NULL);
    keeper->pid = fork();
    if (!keeper->pid) {
        close(ours);
        close(counter);
        keeper_main(attempt, theirs, inside, parent);
    }
    if (keeper->pid < 0) return err_errno(err, ERR_INTERNAL, "cannot start a process");
    keeper->channel = steal_fd(&ours);
    keeper->desk = steal_fd(&counter);
    return 0;
}

bool keeper_next(const struct keeper *keeper, struct frame *frame) {
    return !channel_receive(keeper->channel, frame, NULL);
}

void keeper_end(struct keeper *keeper) {
    if (keeper->pid > 0) {
        kill(keeper->pid, SIGTERM);
        child_end(keeper->pid, clock_monotonic() + FAREWELL_SECONDS);
    }
    mem_close_descriptor(&keeper->channel);
    mem_close_descriptor(&keeper->desk);
    *keeper = (struct keeper)KEEPER_INIT;
}
