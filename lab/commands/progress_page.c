#include "commands/progress_page.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "commands/learner.h"
#include "report/page.h"

enum { NAME_MOST = 200 };

/* The page, and what it borrows from. */
struct making {
    struct page page;
    struct arena arena;
    struct made {
        struct survey survey;
        struct stated stated;
    } * made;
    struct page_course *courses;
};

static void making_release(struct making *making) {
    for (size_t i = 0; i < making->page.count; i++) stated_release(&making->made[i].stated);
    free(making->made);
    free(making->courses);
    arena_release(&making->arena);
}

static void making_begin(struct making *making, const struct progress_request *request, size_t most) {
    making->made = mem_alloc((most + 1) * sizeof *making->made);
    making->courses = mem_alloc((most + 1) * sizeof *making->courses);
    making->page = (struct page){.name = request->name, .time = clock_wall(), .courses = making->courses};
}

static int add_course(struct making *making, const struct context *context, struct progress *progress,
                      struct course *course, const struct track *only, struct err *err) {
    struct made *made = &making->made[making->page.count];
    if (survey_course(&made->survey, progress, course, only, &making->arena, err) ||
        learner_stated(&made->stated, context, progress, course, err))
        return -1;
    making->courses[making->page.count++] = (struct page_course){course, &made->survey, &made->stated};
    return 0;
}

static int add_courses(struct making *making, const struct context *context, struct progress *progress,
                       const struct library *library, struct err *err) {
    for (size_t i = 0; i < library->count; i++) {
        const struct shelved *shelved = &library->items[i];
        struct err fault = ERR_INIT;
        if (!shelved->course || !add_course(making, context, progress, shelved->course, NULL, &fault)) continue;
        if (command_leave_out(context, shelved, &fault, err)) return -1;
    }
    return 0;
}

/* What stands at the path is replaced when it is a plain file, and else left alone. */
static int refuse_other_kinds(const char *path, struct err *err) {
    struct stat info;
    if (lstat(path, &info) || S_ISREG(info.st_mode)) return 0;
    const char *kind = S_ISDIR(info.st_mode) ? "a folder" : S_ISLNK(info.st_mode) ? "a symbolic link" : "no plain file";
    err_set(err, ERR_USAGE, "%s is %s, and the page is a file of its own", path, kind);
    return err_help(err, "name a file: lab progress --html page.html");
}

static int write_page(const struct context *context, const char *path, const struct page *page, struct err *err) {
    scoped(str) text = STR_INIT;
    page_append(&text, page);
    if (fs_write(path, text.data, text.len, err)) return -1;
    if (context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("progress_page"));
        json_put(object, "file", json_text(path, strlen(path)));
        json_put(object, "bytes", json_integer((json_int_t)text.len));
        json_print_line(object);
    } else if (!context->quiet) {
        scoped(str) shown = STR_INIT;
        term_escape(&shown, path, strlen(path), false);
        fprintf(stderr, "wrote %s; open it in a browser\n", shown.data);
    }
    return 0;
}

int progress_page(const struct context *context, const struct progress_request *request, struct progress *progress,
                  const struct library *library, struct course *course, const struct track *only, struct err *err) {
    struct chosen_role role;
    if (request->name && strlen(request->name) > NAME_MOST)
        return err_set(err, ERR_USAGE, "--name takes at most %d bytes", NAME_MOST);
    if (refuse_other_kinds(request->html, err) || learner_role(&role, progress, err)) return -1;
    scoped(making) making = {.arena = ARENA_INIT};
    making_begin(&making, request, library->count);
    making.page.has_role = role.known, making.page.role = role.role;
    if (only ? add_course(&making, context, progress, course, only, err)
             : add_courses(&making, context, progress, library, err))
        return -1;
    return write_page(context, request->html, &making.page, err);
}
