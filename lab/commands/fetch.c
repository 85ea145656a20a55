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
#include "library/library.h"
#include "services/play.h"

struct fetch_values {
    bool all;
    const char *driver;
};

static const struct option items[] = {
    {"all", 0, OPTION_FLAG, offsetof(struct fetch_values, all), NULL, "what all exercises of all courses need", 0, 0},
    {"driver", 0, OPTION_TEXT, offsetof(struct fetch_values, driver), "native|docker",
     "docker: also the images that services need as containers", 0, 0},
};
const struct options fetch_options = {items, LENGTH(items), sizeof(struct fetch_values)};

/* A Python environment that is needed; a NULL name is the one without packages. */
struct wanted {
    const struct course *course;
    const char *name, *shown;
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
    struct target target; /* the workspace's, when no words say what; its library is the one of all that is chosen */
    array(struct catalogued) chosen;
    array(struct course *) whole; /* courses of which all is chosen, also what no exercise requires */
    array(struct wanted) list;
    array(struct absent) absent;
    array(struct image_need) services; /* with an image or without */
    array(struct image_need) images;   /* that are brought */
    struct arena arena;                /* of words */
};

static void fetching_release(struct fetching *f) {
    array_free(&f->chosen);
    array_free(&f->whole);
    array_free(&f->list);
    array_free(&f->absent);
    array_free(&f->services);
    array_free(&f->images);
    arena_release(&f->arena);
    target_release(&f->target);
}

/* ---- choosing ---- */

static void add_chosen(struct fetching *f, const struct catalogued *found) {
    for (size_t i = 0; i < f->chosen.count; i++)
        if (f->chosen.items[i].exercise == found->exercise) return;
    *array_push(&f->chosen) = *found;
}

static int choose_of_course(struct fetching *f, struct course *course, const char *id, struct err *err) {
    const struct catalogued found = {course, course_exercise(course, id, err)};
    if (!found.exercise) return -1;
    add_chosen(f, &found);
    return 0;
}

static int choose_track(struct fetching *f, struct course *course, const struct track *track, struct err *err) {
    for (size_t i = 0; i < track->module_count; i++)
        for (size_t j = 0; j < track->modules[i].exercises.count; j++)
            if (choose_of_course(f, course, track->modules[i].exercises.items[j], err)) return -1;
    return 0;
}

/* All of it or, when something of it is at fault, nothing. */
static int choose_course(struct fetching *f, struct course *course, struct err *err) {
    const struct services *services;
    size_t before = f->chosen.count;
    int status = course_services(&services, course, err);
    for (size_t i = 0; !status && i < course->exercise_ids.count; i++)
        status = choose_of_course(f, course, course->exercise_ids.items[i], err);
    if (status)
        f->chosen.count = before;
    else
        *array_push(&f->whole) = course;
    return status;
}

static int choose_all(struct fetching *f, struct err *err) {
    const struct library *library = &f->target.library;
    for (size_t i = 0; i < library->count; i++) {
        struct err fault = ERR_INIT;
        const struct shelved *shelved = &library->items[i];
        if (shelved->course && choose_course(f, shelved->course, &fault) &&
            command_leave_out(f->context, shelved, &fault, err))
            return -1;
    }
    return 0;
}

/* A track's id, else that of an exercise. */
static int choose_named(struct fetching *f, const char *id, struct err *err) {
    struct course *course;
    struct catalogued found;
    struct err no_track = ERR_INIT;
    const struct track *track = library_track(&f->target.library, id, &course, &no_track);
    if (track) return choose_track(f, course, track, err);
    if (library_exercise(&f->target.library, id, &found, err)) return -1;
    add_chosen(f, &found);
    return 0;
}

static int choose_workspace(struct fetching *f, struct err *err) {
    if (!command_target(f->context, NULL, NULL, &f->target, NULL)) {
        add_chosen(f, &(struct catalogued){f->target.course, f->target.exercise});
        return 0;
    }
    err_set(err, ERR_USAGE, "what shall be fetched? name a track or exercises, or say --all");
    return err_help(err, "lab fetch --all");
}

static int choose(struct fetching *f, const struct fetch_values *values, int argc, char **argv, struct err *err) {
    if (!argc && !values->all) return choose_workspace(f, err);
    if (command_library(f->context, &f->target.library, err) || (values->all && choose_all(f, err))) return -1;
    for (int i = 0; i < argc; i++)
        if (choose_named(f, argv[i], err)) return -1;
    return 0;
}

/* ---- what that takes ---- */

static double read_size(const struct course *course, const char *name) {
    static const char mark[] = "# Installed: ";
    scoped(str) text = STR_INIT;
    autofree char *path = str_format("exercises/environments/%s/requirements.in", name);
    if (beneath_read(course->folder, path, &text, 1 << 20)) return 0;
    const char *at = strstr(text.data, mark);
    return at ? strtod(at + strlen(mark), NULL) : 0;
}

static bool find_python(struct python *python, const struct course *course, const char *name) {
    autofree char *environments = path_join(course->directory, "exercises/environments");
    return python_find(python, environments, name);
}

/* With its course, where there are several. */
static const char *shown_name(struct fetching *f, const struct course *course, const char *name) {
    if (!name) return "(no packages)";
    return library_opened(&f->target.library) > 1 ? arena_printf(&f->arena, "%s/%s", course->id, name) : name;
}

/* The one without packages is the same of every course. */
static bool is_wanted(const struct wanted *wanted, const struct course *course, const char *name) {
    if (!name || !wanted->name) return name == wanted->name;
    return wanted->course == course && !strcmp(wanted->name, name);
}

static void want(struct fetching *f, const struct course *course, const char *name) {
    for (size_t i = 0; i < f->list.count; i++) {
        if (!is_wanted(&f->list.items[i], course, name)) continue;
        f->list.items[i].users++;
        return;
    }
    scoped(python) python = {0};
    *array_push(&f->list) = (struct wanted){.course = course,
                                            .name = name,
                                            .shown = shown_name(f, course, name),
                                            .users = 1,
                                            .there = find_python(&python, course, name) && python_is_whole(&python),
                                            .megabytes = name ? read_size(course, name) : 0};
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

static void want_service(struct fetching *f, struct course *course, const struct services *services, const char *name) {
    const struct service *service = services_find(services, name);
    bool known = false;
    for (size_t i = 0; i < f->services.count; i++) known |= f->services.items[i].service == service;
    if (!known)
        *array_push(&f->services) = (struct image_need){.image = service->image, .course = course, .service = service};
    if (service->native.count) want(f, course, service->python);
    want_program(f, service);
    for (size_t i = 0; i < service->needs.count; i++) want_service(f, course, services, service->needs.items[i]);
}

static int collect_exercise(struct fetching *f, const struct catalogued *user, struct err *err) {
    const struct exercise *exercise = user->exercise;
    const struct services *services;
    if (course_services(&services, user->course, err)) return -1;
    want(f, user->course, exercise->python);
    for (size_t i = 0; i < exercise->services.count; i++)
        want_service(f, user->course, services, exercise->services.items[i]);
    for (size_t i = 0; i < exercise->images.count; i++)
        *array_push(&f->images) =
            (struct image_need){.image = exercise->images.items[i], .course = user->course, .exercise = exercise};
    return 0;
}

static int collect_services(struct fetching *f, struct course *course, struct err *err) {
    const struct services *services;
    if (course_services(&services, course, err)) return -1;
    for (size_t i = 0; i < services->count; i++) want_service(f, course, services, services->items[i].name);
    return 0;
}

static int collect(struct fetching *f, struct err *err) {
    for (size_t i = 0; i < f->chosen.count; i++)
        if (collect_exercise(f, &f->chosen.items[i], err)) return -1;
    for (size_t i = 0; i < f->whole.count; i++)
        if (collect_services(f, f->whole.items[i], err)) return -1;
    return 0;
}

/* ---- telling ---- */

static void print_plan(const struct fetching *f) {
    static const struct term_column columns[] = {
        {"environment", false, true}, {"used by", true, false}, {"size", true, false}, {"", false, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < f->list.count; i++) {
        const struct wanted *wanted = &f->list.items[i];
        autofree char *users = str_format("%zu", wanted->users);
        autofree char *size = wanted->megabytes > 0 ? str_format("%.0f MB", wanted->megabytes) : mem_copy_string("");
        term_table_row(table,
                       (const char *const[]){wanted->shown, users, size, wanted->there ? "is here" : "to fetch"});
    }
    term_table_print(table, &f->context->out, stdout);
    term_table_free(table);
    fflush(stdout);
}

static void tell_event(const struct wanted *wanted, const char *state) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("fetch"));
    json_put(object, "course", json_text_or_null(wanted->name ? wanted->course->id : NULL));
    json_put(object, "environment", json_text_or_null(wanted->name));
    json_put(object, "megabytes", wanted->megabytes > 0 ? json_real(wanted->megabytes) : json_null());
    json_put(object, "state", json_string(state));
    json_print_line(object);
}

/* ---- fetching ---- */

static int fetch_one(const struct fetching *f, const struct wanted *wanted, struct err *err) {
    scoped(python) python = {0};
    if (command_python(f->context, wanted->course, wanted->name, &python, err))
        return err_wrap(err, "the environment %s", wanted->shown);
    if (f->context->json) tell_event(wanted, wanted->there ? "here" : "fetched");
    if (!f->context->json && !f->context->quiet && !wanted->there) printf("%s  is here now\n", wanted->shown);
    fflush(stdout);
    return 0;
}

/* Tools of the chosen exercises, looked for when their environments are here: one may bring them. */
static void look_for_tools(struct fetching *f, const struct catalogued *user) {
    const struct exercise *exercise = user->exercise;
    scoped(python) python = {0};
    bool built = find_python(&python, user->course, exercise->python);
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
    for (size_t i = 0; i < f->chosen.count; i++) look_for_tools(f, &f->chosen.items[i]);
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
    for (size_t i = 0; driver == PLAY_DOCKER && i < f->services.count; i++)
        if (f->services.items[i].image) *array_push(&f->images) = f->services.items[i];
    if (driver != PLAY_DOCKER && (!f->images.count || tool_look(&engine, NULL, -1, NULL))) return 0;
    return fetch_images(f->context, f->images.items, f->images.count, err);
}

int cmd_fetch(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct fetch_values *given = values;
    enum play_driver driver = PLAY_NATIVE;
    if (given->driver && play_driver_find(&driver, given->driver, err)) return -1;
    scoped(fetching) f = {.context = context, .arena = ARENA_INIT};
    if (choose(&f, given, argc, argv, err) || collect(&f, err)) return -1;
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
