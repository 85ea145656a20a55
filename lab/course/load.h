#pragma once
/* Reading a course's files into the model. Inside course/ only. */

#include "course/course.h"
#include "course/problems.h"

/* Reads course->exercise_ids.items[index]. NULL with its faults in the report. */
struct exercise *load_exercise(struct course *course, size_t index, struct problem_report *report);

/* Reads tracks/NAME; what it says goes into *track. -1 with its faults in the report. */
int load_track(struct course *course, const char *name, struct track *track, struct problem_report *report);

/* Reads course.yaml, when there is one. */
int load_course_file(struct course *course, struct err *err);

/* Reads the skills table, which must be there. -1 with its faults in the report. */
struct skill_table;
int load_skills(struct course *course, struct skill_table *table, struct problem_report *report);

/* The course's skills table, read on first use; NULL when there is none, or it has faults, which go into the report. */
const struct skill_table *find_skills(struct course *course, struct problem_report *report);

/* Reads a file of the course by its path from the course's folder; a fault is put into the report. */
int load_text(const struct course *course, const char *file, struct str *text, struct problem_report *report);

/* Reads the services, once. -1 when docker-compose.yml has faults; they are in the report of the first call. */
int course_services_report(struct course *course, struct problem_report *report);

/* What fields cannot say: ids that meet, cycles, files that must be there. Faults are noted; what has a fault already may be
 * NULL in the model. */
void cross_check_exercise(struct course *course, struct exercise *exercise, const struct yaml_node *root,
                          struct problems *problems);
void cross_check_services(struct course *course, const struct exercise *exercise, const struct yaml_node *root,
                          struct problems *problems);
void cross_check_question(struct course *course, struct check *check, const struct yaml_node *node,
                          struct problems *problems);
void cross_check_track(const struct course *course, const struct track *track, const struct yaml_node *root,
                       struct problems *problems);

void cross_check_skills(const struct course *course, const struct skill_table *table, const struct yaml_node *root,
                        struct problems *problems);

/* Whether this lab is one that course.yaml asks for; if not, that is noted and *too_old set. */
void cross_check_course(const struct course *course, const struct yaml_node *root, struct problems *problems,
                        bool *too_old);

/* The place of the last item in the list map[key] that says `text`, else that of the list. */
struct yaml_position item_place(const struct yaml_node *map, const char *key, const char *text);

/* Index of text in a sorted list, or -1. */
long find_text(const struct strings *sorted, const char *text);

/* Index of id among the sorted exercise ids, or -1. */
long find_exercise_id(const struct course *course, const char *id);
