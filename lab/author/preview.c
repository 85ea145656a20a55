#include "author/preview.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "author/preview_state.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "term/markdown.h"
#include "workspace/workspace.h"

/* Changes that come together are one: it is waited until nothing happens for a moment, but not for long. In seconds. */
static const double quiet = 0.015, longest_wait = 0.1;
enum { LOOK = 1000 }; /* milliseconds, where the end of a trial cannot be seen otherwise */

static void release_ending(struct preview *preview) {
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++)
        if (preview->ending[i].folder) live_end(&preview->ending[i]);
}

static void preview_release(struct preview *preview) {
    screen_close(&preview->screen);
    if (preview->live.folder) live_end(&preview->live);
    release_ending(preview);
    watch_release(&preview->watch);
    scratch_release(&preview->scratch);
    work_release(&preview->work);
    for (int part = 0; part < PART_COUNT; part++) pane_release(&preview->panes[part]);
    str_release(&preview->lesson);
    json_decref(preview->events);
    free(preview->exercise);
    free(preview->variant);
    free(preview->fault);
    free(preview->preparing);
}

/* ---- which variant ---- */

static void choose(struct preview *preview, const char *name) {
    char *chosen = mem_copy_string(name);
    free(preview->variant);
    preview->variant = chosen;
    if (preview_read_work(preview)) preview_begin(preview);
}

/* The variant by its number: 0 is the start. */
static void choose_number(struct preview *preview, size_t number) {
    if (!preview->work.exercise || number > preview->work.variants.count) return;
    choose(preview, number ? preview->work.variants.items[number - 1].name : "start");
}

static void choose_wrong(struct preview *preview, size_t number) {
    for (size_t i = 0; i < preview->work.variants.count; i++) {
        if (preview->work.variants.items[i].kind != VARIANT_WRONG || --number) continue;
        choose_number(preview, i + 1);
        return;
    }
}

static void choose_neighbour(struct preview *preview, bool next) {
    size_t count = preview->work.variants.count + 1;
    size_t number = preview->work.variant ? 1 + (size_t)(preview->work.variant - preview->work.variants.items) : 0;
    choose_number(preview, (number + (next ? 1 : count - 1)) % count);
}

/* ---- changes ---- */

static void note_change(void *context, const char *path) {
    struct preview *preview = context;
    unsigned meaning = preview_meaning(preview, path);
    if (!meaning) return;
    double now = clock_monotonic();
    if (!preview->changes) preview->settled_at_most = now + longest_wait;
    preview->changes |= meaning;
    preview->settle = now + quiet < preview->settled_at_most ? now + quiet : preview->settled_at_most;
}

static void act_on_changes(struct preview *preview) {
    unsigned changes = preview->changes;
    bool was_faulty = preview->fault != NULL;
    preview->changes = 0;
    preview->settle = 0;
    preview_watch(preview); /* folders that are new */
    if (changes & CHANGE_LESSON) preview_read_lesson(preview);
    if (!(changes & (CHANGE_FILES | CHANGE_WORK)) || !preview_read_work(preview)) return;
    if (was_faulty || (changes & CHANGE_WORK)) preview_begin(preview);
}

/* ---- keys ---- */

static void scroll(struct preview *preview, long lines) {
    pane_scroll(&preview->panes[preview->focus], lines, preview_rows(preview, preview->focus));
}

static void scroll_pages(struct preview *preview, long pages) {
    int rows = preview_rows(preview, preview->focus);
    scroll(preview, pages * (rows > 1 ? rows - 1 : 1));
}

/* False when the preview ends, with err when that is not what was asked for. */
static bool obey(struct preview *preview, int key, struct err *err) {
    enum { FAR = 1 << 30 };
    switch (key) {
    case 'q': return false;
    case KEY_CTRL_C:
    case KEY_CLOSED: err_set(err, ERR_INTERRUPTED, "interrupted"); return false;
    case KEY_CTRL_Z: screen_suspend(&preview->screen); break;
    case 'r': choose(preview, preview->variant); break;
    case 's': choose(preview, "start"); break;
    case 'o': choose(preview, "solution"); break;
    case 'n': choose_neighbour(preview, true); break;
    case 'p': choose_neighbour(preview, false); break;
    case KEY_TAB: preview->focus = preview->focus == PART_LESSON ? PART_CHECK : PART_LESSON; break;
    case 'j':
    case KEY_DOWN: scroll(preview, 1); break;
    case 'k':
    case KEY_UP: scroll(preview, -1); break;
    case ' ':
    case KEY_PAGE_DOWN: scroll_pages(preview, 1); break;
    case KEY_PAGE_UP: scroll_pages(preview, -1); break;
    case 'g':
    case KEY_HOME: scroll(preview, -FAR); break;
    case 'G':
    case KEY_END: scroll(preview, FAR); break;
    default:
        if (key >= '1' && key <= '9') choose_wrong(preview, (size_t)(key - '0'));
    }
    return true;
}

static bool take_keys(struct preview *preview, struct err *err) {
    for (int key = screen_key(&preview->screen, true); key != KEY_NONE; key = screen_key(&preview->screen, false))
        if (!obey(preview, key, err)) return false;
    return true;
}

/* ---- the loop ---- */

static int wait_time(const struct preview *preview) {
    int time = clock_poll_timeout(preview->settle);
    bool ending = false;
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++) ending |= preview->ending[i].folder != NULL;
    bool looks = ending || (preview->live.folder && preview->live.process < 0);
    return looks && (time < 0 || time > LOOK) ? LOOK : time;
}

static void resize(struct preview *preview) {
    screen_measure(&preview->screen);
    for (int part = 0; part < PART_COUNT; part++) preview->stale[part] = true;
}

/* Waits for whatever comes first, and takes it. False when the preview ends. */
static bool step(struct preview *preview, struct err *err) {
    enum { KEYS, INTERRUPT, SIZE, FILES, EVENTS, END, COUNT };
    struct pollfd fds[COUNT + PREVIEW_ENDING_MOST] = {
        [KEYS] = {.fd = 0, .events = POLLIN},
        [INTERRUPT] = {.fd = preview->options->interrupt, .events = POLLIN},
        [SIZE] = {.fd = preview->screen.resized, .events = POLLIN},
        [FILES] = {.fd = preview->watch.fd, .events = POLLIN},
        [EVENTS] = {.fd = preview->live.folder ? preview->live.events : -1, .events = POLLIN},
        [END] = {.fd = preview->live.folder ? preview->live.process : -1, .events = POLLIN},
    };
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++)
        fds[COUNT + i] =
            (struct pollfd){.fd = preview->ending[i].folder ? preview->ending[i].process : -1, .events = POLLIN};
    if (poll(fds, LENGTH(fds), wait_time(preview)) < 0) return true;
    if (fds[INTERRUPT].revents) return err_set(err, ERR_INTERRUPTED, "interrupted") == 0;
    if (fds[EVENTS].revents) live_hear(&preview->live, preview_take, preview);
    if (preview->live.folder && live_has_ended(&preview->live)) preview_end_trial(preview);
    preview_look_at_ending(preview);
    if (fds[SIZE].revents) resize(preview);
    if (fds[FILES].revents) watch_take(&preview->watch, note_change, preview);
    if (preview->settle > 0 && clock_monotonic() >= preview->settle) act_on_changes(preview);
    return !fds[KEYS].revents || take_keys(preview, err);
}

/* Trials that have been told to end do, as a rule at once; they clear away more than killing them would. */
static void wait_for_end(struct preview *preview) {
    enum { MOST = 2 };
    double deadline = clock_monotonic() + MOST;
    preview_drop(preview);
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++) {
        struct pollfd fd = {.fd = preview->ending[i].process, .events = POLLIN};
        if (preview->ending[i].folder && fd.fd >= 0) poll(&fd, 1, clock_poll_timeout(deadline));
    }
}

/* A name that means nothing is the command line's fault, and nothing to wait for. */
static int check_names(const struct preview_options *options, struct err *err) {
    struct err fault = ERR_INIT;
    scoped(work) work = {0};
    if (!work_load(&work, options->course, options->exercise, options->variant, &fault)) return 0;
    if (fault.code != ERR_USAGE) return 0;
    *err = fault;
    return -1;
}

int preview_run(const struct preview_options *options, struct err *err) {
    if (check_names(options, err)) return -1;
    scoped(preview) preview = {
        .options = options,
        .exercise = mem_copy_string(options->exercise),
        .variant = mem_copy_string(options->variant),
        .lesson = STR_INIT,
        .events = json_array(),
        .scratch = SCRATCH_INIT,
        .live = LIVE_INIT,
        .watch = WATCH_INIT,
        .screen = {.resized = -1},
        .panes = {PANE_INIT, PANE_INIT},
        .focus = PART_CHECK,
    };
    scoped(fs_umask) usual = fs_usual_umask();
    struct err end = ERR_INIT;
    for (size_t i = 0; i < PREVIEW_ENDING_MOST; i++) preview.ending[i] = (struct live)LIVE_INIT;
    if (scratch_open(&preview.scratch, options->cache, 0, err) || watch_open(&preview.watch, err)) return -1;
    if (workspace_prepare(err) || screen_open(&preview.screen, err)) return -1;
    preview_read_lesson(&preview);
    preview_watch(&preview);
    if (preview_read_work(&preview)) preview_begin(&preview);
    do preview_show(&preview);
    while (step(&preview, &end));
    screen_close(&preview.screen);
    wait_for_end(&preview);
    if (!end.code) return 0;
    return err_set(err, end.code, "%s", end.message);
}
