/* The track and the module of a new exercise. */

#include "author/scaffold_inside.h"
#include "base/path.h"

typedef array(const char *) id_list;

static void append_ids(struct str *out, const char *const *ids, size_t count) {
    for (size_t i = 0; i < count; i++) str_printf(out, "%s%s", i ? ", " : "", ids[i]);
}

static int unknown(const char *kind, const char *id, const char *in, const char *const *ids, size_t count,
                   struct err *err) {
    const char *nearest = string_nearest(id, ids, count);
    if (nearest)
        err_set(err, ERR_USAGE, "no %s '%s' in %s, did you mean '%s'?", kind, id, in, nearest);
    else
        err_set(err, ERR_USAGE, "no %s '%s' in %s", kind, id, in);
    return err_help(err, "lab tracks");
}

static int ask(const char *option, const char *what, const char *const *ids, size_t count, struct err *err) {
    scoped(str) names = STR_INIT;
    append_ids(&names, ids, count);
    err_set(err, ERR_USAGE, "which %s? %s names one of: %s", what, option, names.data);
    return err_help(err, "lab author new EX %s %s", option, ids[0]);
}

static bool has_module(const struct track *track, const char *id) {
    for (size_t i = 0; i < track->module_count; i++)
        if (!strcmp(track->modules[i].id, id)) return true;
    return false;
}

/* The module named, or the only one. */
static int choose_module(struct place *place, const char *named, struct err *err) {
    const struct track *track = place->track;
    place->module_id = named;
    if (named && has_module(track, named)) return 0;
    autofree const char **ids = mem_alloc(track->module_count * sizeof *ids);
    for (size_t i = 0; i < track->module_count; i++) ids[i] = track->modules[i].id;
    autofree char *in = str_format("the track '%s'", track->id);
    if (named) return unknown("module", named, in, ids, track->module_count, err);
    if (track->module_count > 1) return ask("--module", "module", ids, track->module_count, err);
    place->module_id = track->modules[0].id;
    return 0;
}

/* The track that has the module. */
static int find_by_module(struct place *place, const struct course *course, const char *module, struct err *err) {
    id_list tracks = {0}, modules = {0};
    for (size_t i = 0; i < course->track_count; i++) {
        const struct track *track = &course->tracks[i];
        for (size_t k = 0; k < track->module_count; k++) *array_push(&modules) = track->modules[k].id;
        if (!has_module(track, module)) continue;
        place->track = track;
        *array_push(&tracks) = track->id;
    }
    int failed = 0;
    if (!tracks.count) failed = unknown("module", module, "any track", modules.items, modules.count, err);
    if (tracks.count > 1) failed = ask("--track", "track", tracks.items, tracks.count, err);
    array_free(&tracks);
    array_free(&modules);
    return failed;
}

static int choose_track(struct place *place, const struct course *course, const struct scaffold_request *request,
                        struct err *err) {
    if (request->track) {
        place->track = course_track(course, request->track, err);
        return place->track ? 0 : -1;
    }
    if (request->module) return find_by_module(place, course, request->module, err);
    place->track = &course->tracks[0];
    if (course->track_count == 1) return 0;
    id_list tracks = {0};
    for (size_t i = 0; i < course->track_count; i++) *array_push(&tracks) = course->tracks[i].id;
    int failed = ask("--track", "track", tracks.items, tracks.count, err);
    array_free(&tracks);
    return failed;
}

static int check_new(const char *option, const char *id, struct err *err) {
    if (path_is_id(id)) return 0;
    return err_set(err, ERR_USAGE, "%s %s: no id; take lower-case letters, digits and single dashes, at most 64",
                   option, id);
}

int scaffold_place(struct place *place, const struct course *course, const struct scaffold_request *request,
                   struct err *err) {
    *place = (struct place){0};
    if (course->track_count) {
        if (choose_track(place, course, request, err)) return -1;
        place->track_id = place->track->id;
        return choose_module(place, request->module, err);
    }
    place->track_id = request->track ? request->track : "main";
    place->module_id = request->module ? request->module : "basics";
    return check_new("--track", place->track_id, err) || check_new("--module", place->module_id, err) ? -1 : 0;
}
