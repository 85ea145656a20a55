#pragma once
/* What the rules of lint share: the exercise that is being looked at, and its files, read once. */

#include "author/finding.h"
#include "checker/analysis.h"
#include "course/course.h"
#include "course/source.h"
#include "course/variants.h"

enum lint_part { LINT_ELSEWHERE, LINT_START, LINT_PRIVATE, LINT_SOLUTION, LINT_WRONG };

struct lint_file {
    const char *path; /* from the exercise's folder: "start/train.py" */
    const char *file; /* from the course's folder */
    const char *base; /* within its part: "train.py"; of a wrong variant within its folder */
    enum lint_part part;
    bool executable, is_text; /* valid UTF-8 without NUL, and read */
    struct sv text;           /* empty when it was too large, or not read */
    uint64_t size;
    size_t placed; /* the byte that lint_place was asked for last, and its place */
    struct yaml_position placed_at;
};

struct lint {
    struct findings *findings;
    struct course *course;
    const char *id, *folder;         /* of the exercise; exercises/ID */
    const struct exercise *exercise; /* NULL: its exercise.yaml has faults */
    const struct yaml_node *root;    /* of exercise.yaml; NULL with exercise */
    struct variants variants;
    array(struct lint_file) files; /* in byte order of their paths */
    struct analysis analysis;      /* of checker.lua, after lint_checker */
    bool is_lua;                   /* it could be parsed */
    struct arena arena;            /* of this exercise */
    const char *last_code, *last_file;
    size_t repeated;
    uint64_t searched; /* bytes, by lint_may_search */
};

/* Adds a finding about a file (from the course's folder); at {0, 0}: as a whole. Of one code, at most a hundred in a
 * row are kept for one file. */
void lint_add(struct lint *lint, const char *code, const char *file, struct yaml_position at, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* The place of a byte of a file's text. Cheap when one asks from the beginning to the end. */
struct yaml_position lint_place(struct lint_file *file, const char *at);

/* The file at this path of the exercise; NULL when there is none. */
struct lint_file *lint_file(const struct lint *lint, const char *path);

/* True while one may look through the file's text for a word: all searches of one exercise together have a bound, so
 * that a course made for it cannot hold lint up. */
bool lint_may_search(struct lint *lint, const struct lint_file *file);

/* The value of a key of check number `index` in exercise.yaml; else the next thing around it. */
struct yaml_position lint_check_at(const struct lint *lint, size_t index, const char *key);

/* True when a workspace begins with this file or folder. */
bool lint_starts_with(const struct lint *lint, const char *path);

/* ---- the rules, in the order in which they are asked ---- */

void lint_files(struct lint *lint);                  /* reads lint->files; links, kinds, sizes, modes */
void lint_texts(struct lint *lint);                  /* line ends, encodings, letters that only look right */
void lint_exercise(struct lint *lint);               /* points, minutes, titles, skills, needs */
void lint_questions(struct lint *lint);              /* the checks that are questions */
void lint_proof(struct lint *lint);                  /* solution/ and wrong/ */
void lint_leaks(struct lint *lint);                  /* what the learner should not see */
void lint_lesson(struct lint *lint);                 /* README.md */
void lint_checker(struct lint *lint);                /* checker.lua, as a text */
void lint_functions(struct lint *lint);              /* the checks of exercise.yaml and those of checker.lua */
void lint_environments(struct lint *lint, bool all); /* requirements; those of the exercises that are loaded, or all */
void lint_tracks(struct lint *lint);                 /* exercises that no track has */

/* Parts of lint_checker. */
void lint_reasons(struct lint *lint, const struct lint_file *checker); /* NULL: an exercise of questions alone */
void lint_names(struct lint *lint, const struct lint_file *checker);

/* Of a shell script's text: what is left open, with its place in *at; NULL when it can be read. */
const char *lint_shell_fault(struct sv text, size_t *at);
