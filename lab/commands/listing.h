#pragma once
/* What tracks, list and show have in common. */

#include <jansson.h>

#include "commands/command.h"

/* What a track adds up to. Modules count when they hold exercises. */
struct track_totals {
    size_t modules, exercises;
    int points, minutes;
};

/* Reads the track's exercises and adds them up. */
int listing_totals(struct course *course, const struct track *track, struct track_totals *totals, struct err *err);

/* Between courses, when there are several: an empty line, and which course it is. Nothing as JSON. */
void listing_course(const struct context *context, const struct course *course, size_t before);

json_t *listing_json_strings(const struct strings *strings);

/* Appends the facts that list and show give about an exercise: id, course, title, minutes, points and so on, and the modules
 * that it belongs to. */
void listing_json_exercise(json_t *object, const struct course *course, const struct exercise *exercise);

/* True when the module lists this exercise. */
bool listing_has(const struct module *module, const struct exercise *exercise);
