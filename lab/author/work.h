#pragma once
/*
 * What an author works on: an exercise of a course, read anew from its files, and one of the works that are there for it.
 */

#include "author/trial.h"

struct work {
    struct course *course;
    const struct exercise *exercise;
    struct variants variants;
    const struct variant *variant; /* NULL: the start */
};
void work_release(struct work *work);

/* Reads it. `variant` is "start", "solution", "solution-short", "wrong/set-order" or only "set-order". ERR_COURSE with located
 * errors; ERR_USAGE with the nearest name when there is no such exercise or variant. */
int work_load(struct work *work, const char *directory, const char *exercise, const char *variant, struct err *err);

/* "start", or the variant's name. */
const char *work_variant_name(const struct work *work);

/* A trial of it, as a learner would check it. `environment`, `cache` and `also` are the trial's. */
struct trial work_trial(const struct work *work, const char *environment, const char *cache, struct sink *also);
