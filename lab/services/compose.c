/* Services as containers: compose starts them, the engine is asked how they are. */

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "base/variables.h"
#include "docker/containers.h"
#include "services/compose.h"
#include "services/engine.h"
#include "services/port.h"
#include "services/task.h"

static const double ENGINE_SECONDS = 10, INSPECTION_SECONDS = 0.5;

enum { LAST_LINES = 8, KEPT_LINES = 1000, STOP_SECONDS = 2 };

/* ---- what it takes ---- */

static int open_engine(struct starter *starter, struct err *err) {
    const struct docker_options options = {.seconds = ENGINE_SECONDS, .interrupt = starter->request->interrupt};
    return starter->docker ? 0 : docker_open(&starter->docker, &options, err);
}

/* LAB_NAME_PORT, which the file has in place of the usual port. */
static const char *port_variable(struct arena *arena, const char *service, int port) {
    char *text = arena_printf(arena, "LAB_%s_PORT=%d", service, port);
    for (char *c = text; *c != '='; c++) *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    return text;
}

/* The learner's own environment, which compose and docker are set up by, with the engine that lab looks at, and what the service gives;
 * for what seeds it, with its Python first. */
static void fill_environment(struct task *task) {
    struct arena *arena = &task->arena;
    const struct service_place place = task_place(task);
    const char *path = getenv("PATH");
    const char **gives = service_words(arena, &task->service->gives, &place);
    const char *const own[] = {engine_variable(arena, task->starter->docker),
                               port_variable(arena, task->service->name, task->instance.state.port), NULL};
    task->environment = task->helpers = variables_with(arena, own, variables_with(arena, gives, variables_inherited()));
    if (!task->python) return;
    const char *const first[] = {arena_printf(arena, "PATH=%s/bin:%s", task->python, path ? path : "/usr/bin:/bin"),
                                 NULL};
    task->helpers = variables_with(arena, first, task->environment);
}

static int compose_equip(struct task *task, struct err *err) {
    if (!task->service->image) {
        err_set(err, ERR_ENVIRONMENT, "%s has no image: it runs natively only", task->service->name);
        return err_help(err, "lab services start %s --driver native", task->service->name);
    }
    if (open_engine(task->starter, err) || compose_find(task->starter->compose, &task->starter->arena, err)) return -1;
    return task->service->seed.count ? task_ensure_python(task, err) : 0; /* what seeds it runs on this machine */
}

/* ---- compose's own words ---- */

enum { WORDS_BEFORE = 12 };

/* compose -p PROJECT … and these words, and then those of the service's declaration. */
static const char **compose_words(struct task *task, const char *const *words, const char *const *more) {
    struct starter *starter = task->starter;
    const char *directory = starter->play->course->directory;
    char project[PROJECT_SIZE];
    size_t count = WORDS_BEFORE, used = 0;
    engine_project(project, starter->play);
    for (size_t i = 0; words[i]; i++) count++;
    for (size_t i = 0; more && more[i]; i++) count++;
    const char **argv = arena_alloc(&task->arena, count * sizeof *argv);
    for (size_t i = 0; starter->compose[i]; i++) argv[used++] = starter->compose[i];
    argv[used++] = "-p";
    argv[used++] = arena_string(&task->arena, project);
    argv[used++] = "-f";
    argv[used++] = arena_printf(&task->arena, "%s/" COMPOSE_FILE, directory);
    argv[used++] = "--project-directory";
    argv[used++] = directory;
    for (size_t i = 0; words[i]; i++) argv[used++] = words[i];
    for (size_t i = 0; more && more[i]; i++) argv[used++] = more[i];
    return argv;
}

static int run_compose(struct task *task, const char **argv, struct err *err) {
    autoclose int log = instance_open_log(&task->instance, false, err);
    const struct child_program helper = {.argv = argv,
                                         .environment = task->environment,
                                         .directory = task->starter->play->course->directory,
                                         .output = log};
    return log < 0 ? -1 : child_start(&task->helper, &helper, err);
}

/* ---- from nothing to a container ---- */

/* Two composes of one project would both make its network. */
static bool is_engaged(const struct starter *starter) {
    for (size_t i = 0; i < starter->tasks.count; i++) {
        const struct task *task = starter->tasks.items[i];
        if (task->driver == &docker_driver && task->deed == PLAY_PREPARES && task->helper.pid) return true;
    }
    return false;
}

static int find_container(struct task *task, bool *runs, struct err *err) {
    char project[PROJECT_SIZE];
    engine_project(project, task->starter->play);
    free(steal(&task->container));
    return engine_find(task->starter->docker, project, task->service->name, &task->container, runs, err);
}

static bool compose_adopt(struct task *task) {
    struct err ignored = ERR_INIT;
    bool runs = false;
    const struct state *state = &task->instance.state;
    if (!state->runs || state->driver != PLAY_DOCKER || !state->port) return false;
    if (find_container(task, &runs, &ignored) || !task->container || !runs) return false;
    fill_environment(task);
    return true;
}

static int note_container(struct task *task, struct err *err) {
    struct state *state = &task->instance.state;
    state->driver = PLAY_DOCKER;
    state->pid = 0;
    state->since = clock_wall();
    state->runs = true;
    state->ready = false;
    declaration_digits(task->service, state->declaration);
    return instance_save(&task->instance, err);
}

static int compose_begin(struct task *task, struct err *err) {
    static const char *const up[] = {"up", "-d", "--no-deps", NULL};
    if (is_engaged(task->starter)) {
        task->deed = PLAY_WAITS; /* its turn comes */
        return 0;
    }
    struct state *state = &task->instance.state;
    autoclose int log = instance_open_log(&task->instance, true, err);
    autoclose int data =
        log < 0 ? -1 : instance_open_folder(&task->instance, "data", err); /* that `seed` may write to */
    task->begun_here = true;
    if (data < 0 || port_choose(&state->port, state->port, err) || engine_make_project(task->starter->play, err) ||
        note_container(task, err))
        return -1;
    fill_environment(task);
    return run_compose(task, compose_words(task, up, (const char *const[]){task->service->name, NULL}), err);
}

static int compose_up(struct task *task, struct err *err) {
    bool runs;
    if (find_container(task, &runs, err)) return -1;
    if (!task->container)
        return err_set(err, ERR_ENVIRONMENT, "compose started no container for %s", task->service->name);
    task_comes_up(task);
    return 0;
}

/* ---- afterwards ---- */

static bool compose_has_ended(struct task *task, struct str *how) {
    struct err fault = ERR_INIT;
    if (clock_monotonic() < task->next_inspection) return false;
    autojson json_t *container = docker_inspect(task->starter->docker, DOCKER_CONTAINERS, task->container, &fault);
    task->next_inspection = clock_monotonic() + INSPECTION_SECONDS;
    const json_t *state = json_object_get(container, "State");
    const char *health = json_get_string(json_object_get(state, "Health"), "Status", "");
    if (!container)
        str_printf(how, "cannot be followed (%s)", fault.message);
    else if (!strcmp(health, "unhealthy"))
        str_append(how, "became unhealthy");
    else if (!json_get_boolean(state, "Running", false))
        str_printf(how, "ended with status %lld", json_get_integer(state, "ExitCode", 0));
    return how->len > 0;
}

static int compose_ask(struct task *task, struct err *err) {
    const struct service_place place = {.port = task->service->port};
    const char **words = service_words(&task->arena, &task->service->ready.exec, &place);
    return run_compose(task, compose_words(task, (const char *const[]){"exec", "-T", task->service->name, NULL}, words),
                       err);
}

static bool compose_is_listening(struct task *task) {
    (void)task; /* the engine has the port */
    return true;
}

static void compose_last_lines(struct task *task, struct str *out) {
    if (task->container)
        engine_last_lines(task->starter->docker, task->container, LAST_LINES, out);
    else
        instance_last_lines(&task->instance, LAST_LINES, out);
}

/* What compose and the engine print when an image is out of reach. */
static void compose_explain(const struct task *task, const char *lines, struct err *err) {
    static const char *const signs[] = {"no such host",
                                        "pull access denied",
                                        "manifest unknown",
                                        "manifest for",
                                        "repository does not exist",
                                        "server misbehaving",
                                        "i/o timeout",
                                        "connection refused",
                                        "network is unreachable",
                                        "TLS handshake timeout",
                                        "failed to resolve",
                                        "toomanyrequests",
                                        "certificate signed by unknown authority"};
    const struct service *service = task->service;
    bool known = false;
    for (size_t i = 0; i < LENGTH(signs); i++) known |= strstr(lines, signs[i]) != NULL;
    if (!known) return;
    err_set(err, ERR_ENVIRONMENT, "%s could not be started: its image %s cannot be %s; compose says%s", service->name,
            service->image, service->has_image ? "had" : "built, since what it stands on cannot be had", lines);
    if (service->native.count)
        err_help(err, "lab services start %s --driver native, or connect to the network", service->name);
    else
        err_help(err, "connect to the network, then lab services start %s --driver docker", service->name);
}

/* What it printed goes with the container: lab services logs shows it afterwards. */
static void keep_log(const struct task *task, struct docker *docker) {
    struct err ignored = ERR_INIT;
    autoclose int log = instance_open_log(&task->instance, false, &ignored);
    if (log >= 0) (void)engine_copy_log(docker, task->container, KEPT_LINES, log, &ignored);
}

static void compose_cut(struct task *task) {
    struct err ignored = ERR_INIT;
    bool runs;
    struct docker *docker = NULL;
    free(steal(&task->container));
    const struct docker_options options = {.seconds = ENGINE_SECONDS}; /* without the interruption that leads here */
    char project[PROJECT_SIZE];
    engine_project(project, task->starter->play);
    child_release(&task->helper);
    if (!docker_open(&docker, &options, &ignored) &&
        !engine_find(docker, project, task->service->name, &task->container, &runs, &ignored) && task->container) {
        (void)docker_container_stop(docker, task->container, STOP_SECONDS, &ignored);
        keep_log(task, docker);
        (void)docker_remove(docker, DOCKER_CONTAINERS, task->container, &ignored);
    }
    docker_close(docker);
    free(steal(&task->container));
    task->instance.state.runs = task->instance.state.ready = false;
    (void)instance_save(&task->instance, &ignored);
}

const struct driver docker_driver = {
    .equip = compose_equip,
    .adopt = compose_adopt,
    .begin = compose_begin,
    .up = compose_up,
    .has_ended = compose_has_ended,
    .ask = compose_ask,
    .is_listening = compose_is_listening,
    .last_lines = compose_last_lines,
    .explain = compose_explain,
    .cut = compose_cut,
    .begins_with_port = true,
    .fills_project = true,
    .seeded = "container-seeded",
};
