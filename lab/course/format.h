#pragma once
/* The formats of a course's files, as tables of fields. */

#include "course/fields.h"

extern const struct fields track_format;    /* of a struct track */
extern const struct fields exercise_format; /* of a struct exercise */
extern const struct fields course_format;   /* of a struct course */
extern const struct fields wrong_format;    /* of a struct wrong */
extern const struct fields skills_format;   /* of a struct skill_table */
extern const struct fields service_format;  /* of a struct service: x-lab of docker-compose.yml */
