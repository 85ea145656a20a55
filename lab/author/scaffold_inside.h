#pragma once
/* What the files of the scaffold share. Nobody else includes this. */

#include "author/scaffold.h"
#include "base/str.h"

/* Where the exercise is to be listed. */
struct place {
    const struct track *track; /* NULL: the course has none, and gets one */
    const char *track_id, *module_id;
};

/* Chooses it as struct scaffold_request says. ERR_USAGE. */
int scaffold_place(struct place *place, const struct course *course, const struct scaffold_request *request,
                   struct err *err);

/* Appends the track's text with the id at the end of the module's exercises; all else stays as it was, comments too. ERR_COURSE for a
 * list that is written in a way that is not understood here. */
int scaffold_list(struct str *out, const char *file, const struct str *text, const char *module, const char *id,
                  struct err *err);

/* What the words of the template become. */
struct wording {
    const char *exercise, *track, *module;
    const char *schemas;          /* folder from the course's own: ".lab/schema" */
    const char *types;            /* the same of the editor's types: ".lab/lua" */
    const struct yaml_node *like; /* exercise.yaml of the exercise that is taken over from, or NULL */
};

/* Appends the template's text as it is in a course, for the file `path` of the template. */
void scaffold_text(struct str *out, const struct wording *wording, const char *path, const char *text, size_t len);

/* Appends a word as it stands for a text in YAML: in quotes where it would be something else. */
void scaffold_yaml_word(struct str *out, const char *word);

/* As scaffold_text, of the template's file with that path. */
void scaffold_template(struct str *out, const struct wording *wording, const char *path);

/* An exercise on its way into a course. */
struct making {
    struct scaffold *made;
    const struct scaffold_request *request;
    struct course *course;
    int exercises; /* the folder, locked */
    struct place place;
    struct wording wording;
    struct arena scratch;  /* of the tree that wording.like is */
    struct str track_text; /* of the track's file, new */
    const char *folder;    /* exercises/ID */
    bool placed;           /* the folder has its name */
};

/* Writes all of it; on failure the exercise is not there. ERR_ENVIRONMENT. */
int scaffold_write(struct making *making, struct err *err);
