#pragma once
/* What the files of the preview share. */

#include <jansson.h>

#include "attempt/scratch.h"
#include "author/live.h"
#include "author/preview.h"
#include "author/watch.h"
#include "author/work.h"
#include "term/pane.h"
#include "term/screen.h"

enum { PREVIEW_WIDE = 120, PREVIEW_ENDING_MOST = 8 }; /* columns; trials that have been told to end */

enum preview_part { PART_LESSON, PART_CHECK, PART_COUNT };

struct preview {
    const struct preview_options *options;
    struct work work;  /* course NULL: it could not be read */
    char *exercise;    /* its id, also while it cannot be read */
    char *variant;     /* the one that is shown */
    struct str lesson; /* its text */
    char *fault;       /* what is shown in place of the check, or NULL */
    json_t *events;    /* of the present trial */
    char *preparing;   /* what is done before there are events, or NULL */
    bool finished;     /* the present trial has told its last event */
    struct scratch scratch;
    size_t trials; /* so far: they name folders */
    struct live live, ending[PREVIEW_ENDING_MOST];
    struct watch watch;
    struct screen screen;
    struct pane panes[PART_COUNT];
    enum preview_part focus;
    bool stale[PART_COUNT];         /* its pane does not show what it should */
    unsigned changes;               /* of enum preview_change, since the last look */
    double settle, settled_at_most; /* when changes are acted on; 0: there are none */
};

/* ---- preview_changes.c: what a saved file means ---- */

enum preview_change { CHANGE_LESSON = 1, CHANGE_FILES = 2, CHANGE_WORK = 4 };

/* What must be done again because of a change to the file of this path (from the course's folder; NULL: any): read the lesson, read
 * the exercise, run the trial. */
unsigned preview_meaning(const struct preview *preview, const char *path);

/* Watches everything that the preview depends on. */
void preview_watch(struct preview *preview);

/* ---- preview_view.c: what is seen ---- */

void preview_show(struct preview *preview);
int preview_rows(const struct preview *preview, enum preview_part part); /* of its pane */

/* ---- preview_trial.c: the exercise and the trial that is shown ---- */

void preview_read_lesson(struct preview *preview);

/* Reads the exercise; what is wrong with it takes the place of the check. False then. */
bool preview_read_work(struct preview *preview);

void preview_begin(struct preview *preview);          /* a trial, in place of the one that runs */
void preview_drop(struct preview *preview);           /* the trial is told to end, and no longer listened to */
void preview_take(void *context, const json_t *line); /* what a trial says */
void preview_end_trial(struct preview *preview);      /* its process has ended */
void preview_look_at_ending(struct preview *preview); /* takes away those that have ended, or should have */
