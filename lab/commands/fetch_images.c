#include "commands/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "commands/course.h"
#include "services/images.h"

struct image {
    const char *name;
    const struct service *service;  /* that says how it is built; NULL: it is fetched */
    struct course *course;          /* of the service */
    struct str services, exercises; /* names of those that need it */
    bool there;
    double bytes; /* as it lies here; 0: it does not */
};

struct fetching {
    const struct context *context;
    struct docker *docker;
    struct term_progress progress;
    array(struct image) list;
    size_t failed;
};

static void fetching_release(struct fetching *f) {
    for (size_t i = 0; i < f->list.count; i++) {
        str_release(&f->list.items[i].services);
        str_release(&f->list.items[i].exercises);
    }
    array_free(&f->list);
    docker_close(f->docker);
}

/* ---- which ---- */

static struct image *find(struct fetching *f, const char *name) {
    for (size_t i = 0; i < f->list.count; i++)
        if (!strcmp(f->list.items[i].name, name)) return &f->list.items[i];
    return NULL;
}

static struct image *find_or_add(struct fetching *f, const char *name, struct err *err) {
    struct image *image = find(f, name);
    if (image) return image;
    image = array_push(&f->list);
    *image = (struct image){.name = name, .services = STR_INIT, .exercises = STR_INIT};
    return image_look(f->docker, name, &image->there, &image->bytes, err) ? NULL : image;
}

static void add_name(struct str *names, const char *name) { str_printf(names, "%s%s", names->len ? ", " : "", name); }

static int collect(struct fetching *f, const struct image_need *needs, size_t count, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        struct image *image = find_or_add(f, needs[i].image, err);
        if (!image) return -1;
        if (needs[i].exercise) add_name(&image->exercises, needs[i].exercise->name);
        if (!needs[i].service) continue;
        add_name(&image->services, needs[i].service->name);
        if (needs[i].service->has_image) continue;
        image->service = needs[i].service;
        image->course = needs[i].course;
    }
    return 0;
}

/* ---- telling ---- */

static const char *plan_of(const struct image *image) {
    if (image->there) return "is here";
    return image->service ? "to build" : "to fetch";
}

static void print_plan(const struct fetching *f) {
    static const struct term_column columns[] = {
        {"image", false, true}, {"used by", false, true}, {"size", true, false}, {"", false, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < f->list.count; i++) {
        const struct image *image = &f->list.items[i];
        char amount[TERM_AMOUNT_SIZE] = "";
        if (image->bytes > 0) term_bytes(amount, image->bytes);
        autofree char *users =
            str_format("%s%s%s", image->services.data, image->services.len && image->exercises.len ? ", " : "",
                       image->exercises.data);
        term_table_row(table, (const char *const[]){image->name, users, amount, plan_of(image)});
    }
    putchar('\n');
    term_table_print(table, &f->context->out, stdout);
    term_table_free(table);
    fflush(stdout);
}

static void tell_event(const struct image *image, const char *state, const char *message) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("fetch_image"));
    json_put(object, "image", json_text_or_null(image->name));
    json_put(object, "services", json_string(image->services.data));
    json_put(object, "exercises", json_string(image->exercises.data));
    json_put(object, "megabytes", image->bytes > 0 ? json_real(image->bytes / 1e6) : json_null());
    json_put(object, "state", json_string(state));
    json_put(object, "message", json_text_or_null(message));
    json_print_line(object);
}

static void tell_failure(struct fetching *f, const struct image *image, const struct err *why) {
    scoped(str) line = STR_INIT;
    f->failed++;
    if (f->context->json) {
        tell_event(image, "failed", why->message);
        return;
    }
    term_escape(&line, why->message, strlen(why->message), false);
    fprintf(stderr, "lab: %s\n", line.data);
}

static void show(void *context, const char *label, double done, double total) {
    char amount[2][TERM_AMOUNT_SIZE];
    autofree char *note =
        total > 0 ? str_format("%s of %s", term_bytes(amount[0], done), term_bytes(amount[1], total)) : NULL;
    term_progress_show(context, label, 0, 0, note);
}

/* ---- fetching ---- */

static int build(const struct fetching *f, const struct image *image, const struct image_watcher *watcher,
                 struct err *err) {
    if (course_agree(image->course, err)) return err_join(err);
    return image_build(f->docker, image->course->directory, image->service, watcher, err);
}

static int fetch_one(struct fetching *f, struct image *image, struct err *err) {
    struct err why = ERR_INIT;
    const struct image_watcher watcher = {show, &f->progress};
    const bool loud = !f->context->quiet;
    if (image->there) {
        if (f->context->json) tell_event(image, "here", NULL);
        return 0;
    }
    const struct image_watcher *told = loud ? &watcher : NULL;
    int status = image->service ? build(f, image, told, &why) : image_fetch(f->docker, image->name, told, &why);
    term_progress_end(&f->progress);
    if (status && why.code == ERR_INTERRUPTED) return err_set(err, why.code, "%s", why.message);
    if (status) {
        tell_failure(f, image, &why);
        return 0;
    }
    (void)image_look(f->docker, image->name, &image->there, &image->bytes, NULL);
    if (f->context->json) tell_event(image, "fetched", NULL);
    if (!f->context->json && loud) printf("%s  is here now\n", image->name);
    fflush(stdout);
    return 0;
}

static int fetch_all(struct fetching *f, int interrupt, const struct image_need *needs, size_t count, struct err *err) {
    const struct docker_options options = {.interrupt = interrupt};
    if (docker_open(&f->docker, &options, err) || collect(f, needs, count, err))
        return err_wrap(err, "no images were fetched");
    if (!f->context->json && !f->context->quiet && f->list.count) print_plan(f);
    for (size_t i = 0; i < f->list.count; i++)
        if (fetch_one(f, &f->list.items[i], err)) return -1;
    if (!f->failed) return 0;
    err_set(err, ERR_ENVIRONMENT, "%zu of %zu images could not be fetched", f->failed, f->list.count);
    return err_help(err, "connect to the network, then run the same command again");
}

int fetch_images(const struct context *context, const struct image_need *needs, size_t count, struct err *err) {
    struct err why = ERR_INIT;
    scoped(fetching) f = {.context = context, .progress = {.stream = stderr, .term = context->err}};
    int interrupt = command_interrupts(err);
    if (interrupt < 0) return -1;
    int status = fetch_all(&f, interrupt, needs, count, &why);
    command_interrupts_end(interrupt, status && why.code == ERR_INTERRUPTED);
    if (status && err) *err = why;
    return status;
}
