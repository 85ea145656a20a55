#include "author/work.h"

#include "base/str.h"

static const char *const the_start = "start", *const wrong_prefix = "wrong/";

void work_release(struct work *work) {
    course_free(work->course);
    *work = (struct work){0};
}

const char *work_variant_name(const struct work *work) { return work->variant ? work->variant->name : the_start; }

static bool has_name(const struct variant *variant, const char *name) {
    if (!strcmp(variant->name, name)) return true;
    return variant->kind == VARIANT_WRONG && !strcmp(variant->name + strlen(wrong_prefix), name);
}

static int unknown(const struct work *work, const char *name, struct err *err) {
    const char **names = mem_alloc((2 * work->variants.count + 1) * sizeof *names);
    size_t count = 0;
    names[count++] = the_start;
    for (size_t i = 0; i < work->variants.count; i++) {
        const struct variant *variant = &work->variants.items[i];
        names[count++] = variant->name;
        if (variant->kind == VARIANT_WRONG) names[count++] = variant->name + strlen(wrong_prefix);
    }
    const char *nearest = string_nearest(name, names, count);
    err_set(err, ERR_USAGE, "%s has no variant '%s'%s%s%s", work->exercise->id, name, nearest ? ", did you mean '" : "",
            nearest ? nearest : "", nearest ? "'?" : "");
    mem_free_pointer(&names);
    return err_help(err, "the variants are start, solution, and the folders of exercises/%s/wrong/",
                    work->exercise->id);
}

static int find_variant(struct work *work, const char *name, struct err *err) {
    if (!strcmp(name, the_start)) return 0;
    for (size_t i = 0; i < work->variants.count; i++) {
        if (!has_name(&work->variants.items[i], name)) continue;
        work->variant = &work->variants.items[i];
        return 0;
    }
    return unknown(work, name, err);
}

int work_load(struct work *work, const char *directory, const char *exercise, const char *variant, struct err *err) {
    *work = (struct work){0};
    if (course_open(&work->course, directory, err)) return -1;
    work->exercise = course_exercise(work->course, exercise, err);
    if (work->exercise && !variants_list(&work->variants, work->course, work->exercise, &work->course->arena, err) &&
        !find_variant(work, variant, err))
        return 0;
    work_release(work);
    return -1;
}

struct trial work_trial(const struct work *work, const char *environment, const char *cache, struct sink *also) {
    return (struct trial){
        .course = work->course,
        .exercise = work->exercise,
        .variants = &work->variants,
        .variant = work->variant,
        .environment = environment,
        .cache = cache,
        .also = also,
    };
}
