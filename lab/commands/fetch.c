/* lab fetch [TRACK|EX …]: what exercises need from the network, brought here ahead of time. Afterwards they work without one. */

#include <stdlib.h>
#include <string.h>

#include "attempt/tool.h"
#include "attempt/tool_known.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/path.h"
#include "commands/commands.h"
#include "commands/environment.h"
#include "commands/fetch.h"
#include "services/play.h"

struct fetch_values {
    bool all;
    const char *driver;
};

static const struct option items[] = {
    {"all", 0, OPTION_FLAG, offsetof(struct fetch_values, all), NULL, "what all exercises need", 0, 0},
    {"driver", 0, OPTION_TEXT, offsetof(struct fetch_values, driver), "native|docker",
     "docker: also the images that services need as containers", 0, 0},
};
const struct options fetch_options = {items, LENGTH(items), sizeof(struct fetch_values)};

/* A Python environment that is needed; a NULL name is the one without packages. */
struct wanted {
    const char *name;
    size_t users; /* exercises and services */
    bool there;
    double megabytes; /* installed, as its authors measured; 0: they do not say */
};

/* A program of the machine that is needed, and that is not here. */
struct absent {
    const char *kind, *user; /* "service", its name */
    const char *program;     /* in words */
    const char *package;     /* of Debian; NULL: not known, or there is none */
};

struct fetching {
    const struct context *context;
    struct course *course;
    const struct services *services;
    char *environments;
    bool *chosen; /* parallel to the course's exercises */
    array(struct wanted) list;
    array(struct absent) absent;
    array(const struct service *) wanted_services;
    array(struct image_need) images; /* that exercises build on */
    struct arena arena;              /* of words */
};

static void fetching_release(struct fetching *f) {
    free(f->environments);
    free(f->chosen);
    array_free(&f->list);
    array_free(&f->absent);
    array_free(&f->wanted_services);
    array_free(&f->images);
    arena_release(&f->arena);
    course_free(f->course);
}

/* ---- choosing ---- */

static int choose_exercise(struct fetching *f, const char *id, struct err *err) {
    const struct exercise *exercise = course_exercise(f->course, id, err);
    for (size_t i = 0; exercise && i < f->course->exercise_ids.count; i++)
        f->chosen[i] |= !strcmp(f->course->exercise_ids.items[i], exercise->id);
    return exercise ? 0 : -1;
}

static int choose_track(struct fetching *f, const struct track *track, struct err *err) {
    for (size_t i = 0; i < track->module_count; i++)
        for (size_t j = 0; j < track->modules[i].exercises.count; j++)
            if (choose_exercise(f, track->modules[i].exercises.items[j], err)) return -1;
    return 0;
}

/* A track's id, else that of an exercise; without any, the workspace's exercise. */
static int choose(struct fetching *f, const struct fetch_values *values, int argc, char **argv, struct err *err) {
    size_t count = f->course->exercise_ids.count;
    f->chosen = mem_alloc(count * sizeof *f->chosen + 1);
    for (size_t i = 0; values->all && i < count; i++) f->chosen[i] = true;
    for (int i = 0; i < argc; i++) {
        const struct track *track = course_track(f->course, argv[i], NULL);
        if (track ? choose_track(f, track, err) : choose_exercise(f, argv[i], err)) return -1;
    }
    if (argc || values->all) return 0;
    scoped(target) target = {0};
    if (!command_target(f->context, NULL, NULL, &target, NULL)) return choose_exercise(f, target.exercise->id, err);
    err_set(err, ERR_USAGE, "what shall be fetched? name a track or exercises, or say --all");
    return err_help(err, "lab fetch --all");
}

/* ---- what that takes ---- */

static double read_size(const struct fetching *f, const char *name) {
    static const char mark[] = "# Installed: ";
    scoped(str) text = STR_INIT;
    autofree char *path = str_format("exercises/environments/%s/requirements.in", name);
    if (beneath_read(f->course->folder, path, &text, 1 << 20)) return 0;
    const char *at = strstr(text.data, mark);
    return at ? strtod(at + strlen(mark), NULL) : 0;
}

static void want(struct fetching *f, const char *name) {
    for (size_t i = 0; i < f->list.count; i++) {
        const char *known = f->list.items[i].name;
        if (name == known || (name && known && !strcmp(name, known))) {
            f->list.items[i].users++;
            return;
        }
    }
    scoped(python) python = {0};
    *array_push(&f->list) =
        (struct wanted){.name = name,
                        .users = 1,
                        .there = python_find(&python, f->environments, name) && python_is_whole(&python),
                        .megabytes = name ? read_size(f, name) : 0};
}

static void add_absent(struct fetching *f, const char *kind, const char *user, const char *program,
                       const char *package) {
    for (size_t i = 0; i < f->absent.count; i++)
        if (!strcmp(f->absent.items[i].program, program)) return;
    *array_push(&f->absent) = (struct absent){kind, user, program, package};
}

static void want_program(struct fetching *f, const struct service *service) {
    autofree char *path = service->program ? fs_find_program(service->program) : NULL;
    if (!service->program || path) return;
    add_absent(f, "service", service->name, service->program, service->package);
}

static void want_service(struct fetching *f, const struct service *service) {
    bool known = false;
    for (size_t i = 0; i < f->wanted_services.count; i++) known |= f->wanted_services.items[i] == service;
    if (!known) *array_push(&f->wanted_services) = service;
    if (service->native.count) want(f, service->python);
    want_program(f, service);
    for (size_t i = 0; i < service->needs.count; i++)
        want_service(f, services_find(f->services, service->needs.items[i]));
}

static int collect(struct fetching *f, bool all, struct err *err) {
    for (size_t i = 0; i < f->course->exercise_ids.count; i++) {
        const struct exercise *exercise =
            f->chosen[i] ? course_exercise(f->course, f->course->exercise_ids.items[i], err) : NULL;
        if (f->chosen[i] && !exercise) return -1;
        if (!exercise) continue;
        want(f, exercise->python);
        for (size_t j = 0; j < exercise->services.count; j++)
            want_service(f, services_find(f->services, exercise->services.items[j]));
        for (size_t j = 0; j < exercise->images.count; j++)
            *array_push(&f->images) = (struct image_need){.image = exercise->images.items[j], .exercise = exercise};
    }
    for (size_t i = 0; all && i < f->services->count; i++) want_service(f, &f->services->items[i]);
    return 0;
}

/* ---- telling ---- */

static const char *shown_name(const struct wanted *wanted) { return wanted->name ? wanted->name : "(no packages)"; }

static void print_plan(const struct fetching *f) {
    static const struct term_column columns[] = {
        {"environment", false, true}, {"used by", true, false}, {"size", true, false}, {"", false, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < f->list.count; i++) {
        const struct wanted *wanted = &f->list.items[i];
        autofree char *users = str_format("%zu", wanted->users);
        autofree char *size = wanted->megabytes > 0 ? str_format("%.0f MB", wanted->megabytes) : mem_copy_string("");
        term_table_row(table,
                       (const char *const[]){shown_name(wanted), users, size, wanted->there ? "is here" : "to fetch"});
    }
    term_table_print(table, &f->context->out, stdout);
    term_table_free(table);
    fflush(stdout);
}

static void tell_event(const struct wanted *wanted, const char *state) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("fetch"));
    json_put(object, "environment", json_text_or_null(wanted->name));
    json_put(object, "megabytes", wanted->megabytes > 0 ? json_real(wanted->megabytes) : json_null());
    json_put(object, "state", json_string(state));
    json_print_line(object);
}

/* ---- fetching ---- */

static int fetch_one(const struct fetching *f, const struct wanted *wanted, struct err *err) {
    scoped(python) python = {0};
    if (command_python(f->context, f->course, wanted->name, &python, err))
        return err_wrap(err, "the environment %s", shown_name(wanted));
    if (f->context->json) tell_event(wanted, wanted->there ? "here" : "fetched");
    if (!f->context->json && !f->context->quiet && !wanted->there) printf("%s  is here now\n", shown_name(wanted));
    fflush(stdout);
    return 0;
}

/* Tools of the chosen exercises, looked for when their environments are here: one may bring them. */
static void look_for_tools(struct fetching *f, const struct exercise *exercise) {
    scoped(python) python = {0};
    bool built = python_find(&python, f->environments, exercise->python);
    for (size_t i = 0; i < exercise->tools.count; i++) {
        const struct tool_need *tool = &exercise->tools.items[i];
        const struct tool_known *known = tool_known(tool->name);
        scoped(str) words = STR_INIT;
        if (!tool_look(tool, built ? python.directory : NULL, -1, NULL)) continue;
        tool_append(&words, tool);
        add_absent(f, "exercise", exercise->name, arena_string(&f->arena, words.data), known ? known->package : NULL);
    }
}

static int say_absent(struct fetching *f, struct err *err) {
    for (size_t i = 0; i < f->course->exercise_ids.count; i++)
        if (f->chosen[i]) look_for_tools(f, course_exercise(f->course, f->course->exercise_ids.items[i], NULL));
    scoped(str) programs = STR_INIT;
    scoped(str) packages = STR_INIT;
    for (size_t i = 0; i < f->absent.count; i++) {
        const struct absent *absent = &f->absent.items[i];
        str_printf(&programs, "%s%s (%s %s)", i ? ", " : "", absent->program, absent->kind, absent->user);
        if (absent->package && machine_is_debian()) str_printf(&packages, " %s", absent->package);
    }
    if (!programs.len) return 0;
    err_set(err, ERR_ENVIRONMENT, "all environments are here; of the machine is missing: %s", programs.data);
    return packages.len ? err_help(err, "sudo apt install%s", packages.data) : -1;
}

/* Those of services for the driver that needs them; those of exercises wherever an engine is. What lacks one is told with the tools. */
static int bring_images(struct fetching *f, enum play_driver driver, struct err *err) {
    static const struct tool_need engine = {.name = TOOL_ENGINE};
    for (size_t i = 0; driver == PLAY_DOCKER && i < f->wanted_services.count; i++) {
        const struct service *service = f->wanted_services.items[i];
        if (service->image) *array_push(&f->images) = (struct image_need){.image = service->image, .service = service};
    }
    if (driver != PLAY_DOCKER && (!f->images.count || tool_look(&engine, NULL, -1, NULL))) return 0;
    return fetch_images(f->context, f->course, f->images.items, f->images.count, err);
}

int cmd_fetch(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct fetch_values *given = values;
    enum play_driver driver = PLAY_NATIVE;
    if (given->driver && play_driver_find(&driver, given->driver, err)) return -1;
    scoped(fetching) f = {.context = context, .arena = ARENA_INIT};
    if (command_course(context, &f.course, err) || course_services(&f.services, f.course, err)) return -1;
    f.environments = path_join(f.course->directory, "exercises/environments");
    if (choose(&f, given, argc, argv, err) || collect(&f, given->all, err)) return -1;
    if (!context->json && !context->quiet) print_plan(&f);
    for (size_t i = 0; i < f.list.count; i++)
        if (fetch_one(&f, &f.list.items[i], err)) return -1;
    struct err images = ERR_INIT;
    (void)bring_images(&f, driver, &images);
    if (images.code == ERR_INTERRUPTED) return err_set(err, images.code, "%s", images.message);
    int status = say_absent(&f, err);
    if (!images.code) return status;
    if (status) return err_wrap(err, "%s", images.message);
    if (err) *err = images;
    return -1;
}
