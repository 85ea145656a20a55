#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "author/preview_state.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/json.h"
#include "term/markdown.h"

static void set(char **text, char *value) {
    free(*text);
    *text = value;
}

/* ---- the trial ---- */

static void set_fault(struct preview *preview, const struct err *err) {
    set(&preview->fault,
        err->help[0] ? str_format("%s\n\ntry: %s", err->message, err->help) : mem_copy_string(err->message));
    preview->stale[PART_CHECK] = true;
}

/* The present trial is told to end, and is no longer listened to. When too many do not end, the oldest is killed. */
void preview_drop(struct preview *preview) {
    if (!preview->live.folder) return;
    size_t place = 0;
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++) {
        if (!preview->ending[i].folder) {
            place = i;
            break;
        }
        if (preview->ending[i].overdue < preview->ending[place].overdue) place = i;
    }
    if (preview->ending[place].folder) live_end(&preview->ending[place]);
    live_stop(&preview->live);
    preview->ending[place] = preview->live;
    preview->live = (struct live)LIVE_INIT;
}

void preview_begin(struct preview *preview) {
    struct err err = ERR_INIT;
    preview_drop(preview);
    json_array_clear(preview->events);
    set(&preview->preparing, NULL);
    set(&preview->fault, NULL);
    preview->finished = false;
    preview->panes[PART_CHECK].top = 0;
    preview->stale[PART_CHECK] = true;
    autofree char *folder = str_format("%s/%zu", preview->scratch.directory, preview->trials++);
    struct live_setting setting = {preview->options->cache, preview->options->verbose, screen_forget};
    if (live_begin(&preview->live, &preview->work, &setting, folder, &err)) set_fault(preview, &err);
}

void preview_take(void *context, const json_t *line) {
    struct preview *preview = context;
    const char *event = json_get_string(line, "event", "");
    preview->stale[PART_CHECK] = true;
    if (!strcmp(event, "preparing")) {
        set(&preview->preparing, str_format("%s, %lld of %lld", json_get_string(line, "label", ""),
                                            json_get_integer(line, "done", 0), json_get_integer(line, "total", 0)));
        return;
    }
    set(&preview->preparing, NULL);
    if (!strcmp(event, "fault")) set(&preview->fault, mem_copy_string(json_get_string(line, "message", "")));
    if (!strcmp(event, "attempt_done")) preview->finished = true;
    json_array_append(preview->events, (json_t *)(uintptr_t)line);
}

void preview_end_trial(struct preview *preview) {
    live_hear(&preview->live, preview_take, preview);
    int status = live_end(&preview->live);
    if (preview->finished || preview->fault) return;
    set(&preview->fault,
        WIFSIGNALED(status)
            ? str_format("lab's own process for this check died of signal %d; r runs it again", WTERMSIG(status))
            : mem_copy_string("lab's own process for this check gave no verdict; r runs it again"));
    preview->stale[PART_CHECK] = true;
}

void preview_look_at_ending(struct preview *preview) {
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++) {
        struct live *live = &preview->ending[i];
        if (live->folder && (live_has_ended(live) || clock_monotonic() >= live->overdue)) live_end(live);
    }
}

/* ---- the exercise ---- */

void preview_read_lesson(struct preview *preview) {
    autofree char *path = str_format("exercises/%s/README.md", preview->exercise);
    autoclose int course = open(preview->options->course, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    str_clear(&preview->lesson);
    if (course < 0 || beneath_read(course, path, &preview->lesson, MARKDOWN_MOST))
        str_append(&preview->lesson, "README.md cannot be read.\n");
    preview->stale[PART_LESSON] = true;
}

/* Reads the exercise; what is wrong with it takes the place of the check. False then. */
bool preview_read_work(struct preview *preview) {
    struct err err = ERR_INIT;
    struct work work;
    if (work_load(&work, preview->options->course, preview->exercise, preview->variant, &err)) {
        preview_drop(preview);
        set_fault(preview, &err);
        return false;
    }
    work_release(&preview->work);
    preview->work = work;
    set(&preview->exercise, mem_copy_string(work.exercise->id)); /* it may have been an alias */
    preview->stale[PART_CHECK] = true;
    return true;
}
