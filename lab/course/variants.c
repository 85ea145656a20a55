#include "course/variants.h"

#include <errno.h>
#include <fcntl.h>

#include "base/beneath.h"
#include "base/path.h"
#include "course/format.h"
#include "course/load.h"

enum { VARIANTS_MOST = 200, DEPTH_MOST = 64, FILES_MOST = 20 * 1000, FILE_MOST = 64 << 20 };

static const char *const spec = "wrong.yaml";

/* ---- listing ---- */

struct listing {
    const struct course *course;
    const struct exercise *exercise;
    struct arena *arena;
    struct problem_report report;
    array(struct variant) found;
};

static void listing_release(struct listing *listing) {
    problem_report_release(&listing->report);
    array_free(&listing->found);
}

static bool is_folder(const struct listing *listing, const char *folder) {
    struct stat info;
    return !beneath_stat(listing->course->folder, folder, &info) && S_ISDIR(info.st_mode);
}

static void fault(struct listing *listing, const char *file, const char *say) {
    autofree char *text = str_format("%s:1:1: %s", file, say);
    problem_report_add(&listing->report, text);
}

/* Every check named exists. */
static void check_names(const struct listing *listing, const struct wrong *wrong, struct problems *problems) {
    const struct exercise *exercise = listing->exercise;
    const char **ids = arena_alloc(listing->arena, exercise->check_count * sizeof *ids);
    for (size_t i = 0; i < exercise->check_count; i++) ids[i] = exercise->checks[i].id;
    for (size_t i = 0; i < wrong->fails.count; i++) {
        const char *id = wrong->fails.items[i];
        if (exercise_check(exercise, id)) continue;
        const char *nearest = problems_nearest(problems, id, ids, exercise->check_count);
        problems_add(problems, wrong->fails_at, "%s has no check '%s'%s%s%s", exercise->id, id,
                     nearest ? ", did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    }
}

static const struct wrong *read_wrong(struct listing *listing, const char *file) {
    scoped(str) text = STR_INIT;
    if (load_text(listing->course, file, &text, &listing->report)) return NULL;
    struct err err = ERR_INIT;
    const struct yaml_node *root = yaml_parse(listing->arena, file, text.data, text.len, YAML_STRICT, &err);
    if (!root) {
        problem_report_add(&listing->report, err.message);
        return NULL;
    }
    struct wrong *wrong = arena_alloc(listing->arena, sizeof *wrong);
    scoped(problems) problems = {.source = source_of(file, text.data, text.len)};
    struct field_reader reader = {listing->arena, &problems};
    fields_read(&reader, &wrong_format, root, wrong);
    check_names(listing, wrong, &problems);
    bool faulty = problems.list.count > 0;
    problems_report(&problems, &listing->report);
    return faulty ? NULL : wrong;
}

static void add(struct listing *listing, enum variant_kind kind, const char *name) {
    struct variant variant = {
        .kind = kind,
        .name = arena_string(listing->arena, name),
        .folder = arena_printf(listing->arena, "exercises/%s/%s", listing->exercise->id, name),
    };
    if (!is_folder(listing, variant.folder)) {
        fault(listing, variant.folder, "is no folder");
        return;
    }
    if (kind == VARIANT_WRONG) {
        variant.file = arena_printf(listing->arena, "%s/%s", variant.folder, spec);
        variant.wrong = read_wrong(listing, variant.file);
        if (!variant.wrong) return;
    }
    *array_push(&listing->found) = variant;
}

/* The names in a folder of the exercise; a missing one has none. */
static int names_in(const struct listing *listing, const char *folder, struct names *names, struct err *err) {
    autoclose int directory = beneath_open(listing->course->folder, folder, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0 && errno == ENOENT) return 0;
    if (directory < 0 || beneath_names(directory, names)) return err_errno(err, ERR_COURSE, "cannot read %s", folder);
    if (names->count <= VARIANTS_MOST) return 0;
    return err_set(err, ERR_COURSE, "%s holds %zu entries; at most %d are read", folder, names->count, VARIANTS_MOST);
}

static int add_solutions(struct listing *listing, struct err *err) {
    scoped(names) names = {0};
    if (names_in(listing, arena_printf(listing->arena, "exercises/%s", listing->exercise->id), &names, err)) return -1;
    for (size_t i = 0; i < names.count; i++)
        if (!strcmp(names.items[i], "solution")) add(listing, VARIANT_SOLUTION, names.items[i]);
    for (size_t i = 0; i < names.count; i++)
        if (string_starts_with(names.items[i], "solution-")) add(listing, VARIANT_SOLUTION, names.items[i]);
    return 0;
}

static int add_wrongs(struct listing *listing, struct err *err) {
    scoped(names) names = {0};
    if (names_in(listing, arena_printf(listing->arena, "exercises/%s/wrong", listing->exercise->id), &names, err))
        return -1;
    for (size_t i = 0; i < names.count; i++) {
        autofree char *name = path_join("wrong", names.items[i]);
        if (path_is_id(names.items[i]))
            add(listing, VARIANT_WRONG, name);
        else
            fault(listing, arena_printf(listing->arena, "exercises/%s/%s", listing->exercise->id, name),
                  "a wrong variant's name is an id: lower-case letters, digits and single dashes");
    }
    return 0;
}

int variants_list_heard(struct variants *variants, const struct course *course, const struct exercise *exercise,
                        struct arena *arena, const struct course_listener *listener, struct err *err) {
    scoped(listing) listing = {.course = course, .exercise = exercise, .arena = arena, .report = PROBLEM_REPORT_INIT};
    listing.report.listener = listener;
    if (add_solutions(&listing, err) || add_wrongs(&listing, err)) return -1;
    if (problem_report_finish(&listing.report, err)) return err_help(err, PROBLEM_HELP);
    variants->count = listing.found.count;
    variants->items = arena_alloc(arena, (listing.found.count + 1) * sizeof *variants->items);
    for (size_t i = 0; i < listing.found.count; i++) variants->items[i] = listing.found.items[i];
    return 0;
}

int variants_list(struct variants *variants, const struct course *course, const struct exercise *exercise,
                  struct arena *arena, struct err *err) {
    return variants_list_heard(variants, course, exercise, arena, NULL, err);
}

const struct variant *variants_solution(const struct variants *variants) {
    const struct variant *first = variants->count ? &variants->items[0] : NULL;
    return first && first->kind == VARIANT_SOLUTION ? first : NULL;
}

/* ---- laying out ---- */

struct laying {
    int course, target;
    size_t prefix, files;
    struct err *err;
};

static int refuse(const struct laying *laying, const char *name, const char *why) {
    return err_set(laying->err, ERR_COURSE, "%s %s", name, why);
}

static int lay_file(const struct laying *laying, const char *name, const char *path, mode_t mode) {
    scoped(str) text = STR_INIT;
    if (beneath_read(laying->course, name, &text, FILE_MOST))
        return err_errno(laying->err, ERR_COURSE, "cannot read %s", name);
    if (beneath_write(laying->target, path, text.data, text.len, mode & S_IXUSR ? 0755 : 0644))
        return err_errno(laying->err, ERR_ENVIRONMENT, "cannot lay out %s", name);
    return 0;
}

static int lay_entry(void *context, int parent, const char *name, const struct stat *info) {
    struct laying *laying = context;
    (void)parent;
    if (strlen(name) < laying->prefix) return S_ISDIR(info->st_mode);
    const char *path = name + laying->prefix;
    if (!path_is_inside(path)) return refuse(laying, name, "cannot be laid out in a workspace");
    if (S_ISDIR(info->st_mode)) return !path_is_bytecode(name);
    if (!S_ISREG(info->st_mode))
        return refuse(laying, name, "is no plain file; a variant holds plain files and folders");
    if (++laying->files > FILES_MOST) return refuse(laying, name, "is one file too many: a variant has at most 20000");
    return strcmp(path, spec) ? lay_file(laying, name, path, info->st_mode) : 0;
}

static int lay_folder(const char *folder, const struct course *course, int directory, struct err *err) {
    struct err local = ERR_INIT;
    struct laying laying = {course->folder, directory, strlen(folder) + 1, 0, &local};
    if (!beneath_walk(course->folder, folder, DEPTH_MOST, lay_entry, &laying)) return 0;
    if (local.code) return err_set(err, local.code, "%s", local.message);
    return err_errno(err, ERR_COURSE, "cannot read %s", folder);
}

int variant_lay_out(const struct variant *variant, const struct variants *all, const struct course *course,
                    int directory, struct err *err) {
    const struct variant *solution = all->count ? &all->items[0] : NULL;
    if (variant->kind == VARIANT_WRONG && (!solution || strcmp(solution->name, "solution") != 0)) {
        err_set(err, ERR_COURSE, "%s lies over solution/, which is missing", variant->folder);
        return err_help(err, "put a right solution's files into solution/ beside wrong/");
    }
    if (variant->kind == VARIANT_WRONG && lay_folder(solution->folder, course, directory, err)) return -1;
    return lay_folder(variant->folder, course, directory, err);
}
