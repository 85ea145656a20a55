#pragma once
/*
 * The levels of skills that a learner states: the file of a workspace that the skills table names (stated), a map from the ids of
 * skills to {level, evidence}. It is the learner's, so nothing in it is trusted; a line that says no level states none.
 */

#include "course/skills.h"

enum { STATED_MOST = 64 * 1024 /* bytes of the file */ };

struct stated {
    struct arena arena;
    struct str text;
    const struct yaml_node *root; /* a map, or NULL: nothing is stated */
    const char *fault;            /* why the file cannot be read: "FILE:3:7: …"; or NULL */
};

/* Reads the file in a folder that is not trusted. One that is not there states nothing, and neither does one in which every
 * level is 0, as a start has it. */
void stated_read(struct stated *stated, const struct skill_table *table, int folder);
void stated_release(struct stated *stated);

enum { STATED_NONE = -1 };
int stated_level(const struct stated *stated, const char *skill);            /* 0 to 3, or STATED_NONE */
const char *stated_evidence(const struct stated *stated, const char *skill); /* or NULL */
