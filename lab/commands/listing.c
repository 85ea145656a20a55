#include "commands/listing.h"

#include "base/json.h"

int listing_totals(struct course *course, const struct track *track, struct track_totals *totals, struct err *err) {
    *totals = (struct track_totals){0};
    for (size_t i = 0; i < track->module_count; i++) {
        const struct strings *ids = &track->modules[i].exercises;
        totals->modules += ids->count > 0;
        totals->exercises += ids->count;
        for (size_t k = 0; k < ids->count; k++) {
            const struct exercise *exercise = course_exercise(course, ids->items[k], err);
            if (!exercise) return -1;
            totals->points += exercise->points;
            totals->minutes += exercise->minutes;
        }
    }
    return 0;
}

void listing_course(const struct context *context, const struct course *course, size_t before) {
    if (context->json) return;
    scoped(str) title = STR_INIT;
    if (course->title) term_escape(&title, course->title, strlen(course->title), false);
    const char *colon = title.len ? ": " : "";
    printf("%s%scourse %s%s%s%s\n\n", before ? "\n" : "", term_on(&context->out, STYLE_STRONG), course->id, colon,
           title.data, term_off(&context->out));
}

json_t *listing_json_strings(const struct strings *strings) {
    json_t *list = json_array();
    for (size_t i = 0; i < strings->count; i++) json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

bool listing_has(const struct module *module, const struct exercise *exercise) {
    for (size_t i = 0; i < module->exercises.count; i++)
        if (!strcmp(module->exercises.items[i], exercise->id)) return true;
    return false;
}

static json_t *places(const struct course *course, const struct exercise *exercise) {
    json_t *list = json_array();
    for (size_t i = 0; i < course->track_count; i++) {
        const struct track *track = &course->tracks[i];
        for (size_t k = 0; k < track->module_count; k++)
            if (listing_has(&track->modules[k], exercise))
                json_array_append_new(list,
                                      json_pack("{s:s, s:s}", "track", track->id, "module", track->modules[k].id));
    }
    return list;
}

void listing_json_exercise(json_t *object, const struct course *course, const struct exercise *exercise) {
    json_put(object, "event", json_string("exercise"));
    json_put(object, "id", json_string(exercise->id));
    json_put(object, "course", json_string(course->id));
    json_put(object, "title", json_string(exercise->title));
    json_put(object, "minutes", json_integer(exercise->minutes));
    json_put(object, "difficulty", json_integer(exercise->difficulty));
    json_put(object, "points", json_integer(exercise->points));
    json_put(object, "level", json_integer(exercise->level));
    json_put(object, "phase", json_string(phase_name(exercise->phase)));
    json_put(object, "layer", json_string(layer_name(exercise->layer)));
    json_put(object, "skills", listing_json_strings(&exercise->skills));
    json_put(object, "modules", places(course, exercise));
}
