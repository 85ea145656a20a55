#include "commands/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "services/images.h"

struct image {
    const struct service *service; /* the first that needs it */
    struct str users;              /* names of services */
    bool there;
    double bytes; /* as it lies here; 0: it does not */
};

struct fetching {
    const struct context *context;
    const struct course *course;
    struct docker *docker;
    struct term_progress progress;
    array(struct image) list;
    size_t failed;
};

static void fetching_release(struct fetching *f) {
    for (size_t i = 0; i < f->list.count; i++) str_release(&f->list.items[i].users);
    array_free(&f->list);
    docker_close(f->docker);
}

/* ---- which ---- */

static struct image *find(struct fetching *f, const char *name) {
    for (size_t i = 0; i < f->list.count; i++)
        if (!strcmp(f->list.items[i].service->image, name)) return &f->list.items[i];
    return NULL;
}

static int collect(struct fetching *f, const struct service *const *services, size_t count, struct err *err) {
    for (size_t i = 0; i < count; i++) {
        if (!services[i]->image) continue; /* it runs natively only */
        struct image *image = find(f, services[i]->image);
        if (!image) {
            image = array_push(&f->list);
            *image = (struct image){.service = services[i], .users = STR_INIT};
            if (service_image_look(f->docker, services[i], &image->there, &image->bytes, err)) return -1;
        }
        str_printf(&image->users, "%s%s", image->users.len ? ", " : "", services[i]->name);
    }
    return 0;
}

/* ---- telling ---- */

static const char *plan_of(const struct image *image) {
    if (image->there) return "is here";
    return image->service->has_image ? "to fetch" : "to build";
}

static void print_plan(const struct fetching *f) {
    static const struct term_column columns[] = {
        {"image", false, true}, {"used by", false, true}, {"size", true, false}, {"", false, false}};
    struct term_table *table = term_table_new(columns, LENGTH(columns));
    for (size_t i = 0; i < f->list.count; i++) {
        const struct image *image = &f->list.items[i];
        char amount[TERM_AMOUNT_SIZE] = "";
        if (image->bytes > 0) term_bytes(amount, image->bytes);
        term_table_row(table, (const char *const[]){image->service->image, image->users.data, amount, plan_of(image)});
    }
    putchar('\n');
    term_table_print(table, &f->context->out, stdout);
    term_table_free(table);
    fflush(stdout);
}

static void tell_event(const struct image *image, const char *state, const char *message) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("fetch_image"));
    json_put(object, "image", json_text_or_null(image->service->image));
    json_put(object, "services", json_string(image->users.data));
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

static int fetch_one(struct fetching *f, struct image *image, struct err *err) {
    struct err why = ERR_INIT;
    const struct image_watcher watcher = {show, &f->progress};
    const bool loud = !f->context->quiet;
    if (image->there) {
        if (f->context->json) tell_event(image, "here", NULL);
        return 0;
    }
    int status = service_image_fetch(f->docker, f->course->directory, image->service, loud ? &watcher : NULL, &why);
    term_progress_end(&f->progress);
    if (status && why.code == ERR_INTERRUPTED) return err_set(err, why.code, "%s", why.message);
    if (status) {
        tell_failure(f, image, &why);
        return 0;
    }
    (void)service_image_look(f->docker, image->service, &image->there, &image->bytes, NULL);
    if (f->context->json) tell_event(image, "fetched", NULL);
    if (!f->context->json && loud) printf("%s  is here now\n", image->service->image);
    fflush(stdout);
    return 0;
}

static int fetch_all(struct fetching *f, int interrupt, const struct service *const *services, size_t count,
                     struct err *err) {
    const struct docker_options options = {.interrupt = interrupt};
    if (docker_open(&f->docker, &options, err) || collect(f, services, count, err))
        return err_wrap(err, "no images were fetched");
    if (!f->context->json && !f->context->quiet && f->list.count) print_plan(f);
    for (size_t i = 0; i < f->list.count; i++)
        if (fetch_one(f, &f->list.items[i], err)) return -1;
    if (!f->failed) return 0;
    err_set(err, ERR_ENVIRONMENT, "%zu of %zu images could not be fetched", f->failed, f->list.count);
    return err_help(err, "connect to the network, then run the same command again");
}

int fetch_images(const struct context *context, const struct course *course, const struct service *const *services,
                 size_t count, struct err *err) {
    struct err why = ERR_INIT;
    scoped(fetching) f = {.context = context, .course = course, .progress = {.stream = stderr, .term = context->err}};
    int interrupt = command_interrupts(err);
    if (interrupt < 0) return -1;
    int status = fetch_all(&f, interrupt, services, count, &why);
    command_interrupts_end(interrupt, status && why.code == ERR_INTERRUPTED);
    if (status && err) *err = why;
    return status;
}
