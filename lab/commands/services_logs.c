/* lab services logs: what services print, made harmless for the terminal. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "commands/services.h"

struct logs_values {
    const char *exercise;
    struct option_number lines;
    bool follow;
};

#define VALUE(field) offsetof(struct logs_values, field)
static const struct option items[] = {
    {"exercise", 'x', OPTION_TEXT, VALUE(exercise), "EX", "of this exercise, not of the folder one stands in", 0, 0},
    {"lines", 'n', OPTION_NUMBER, VALUE(lines), "N", "the last N lines of each (usually 50)", 1, 100000},
    {"follow", 'f', OPTION_FLAG, VALUE(follow), NULL, "and what comes, until Ctrl-C", 0, 0},
};
const struct options services_logs_options = {items, LENGTH(items), sizeof(struct logs_values)};

enum { USUAL_LINES = 50, TAIL_MOST = 8 << 20, LOOK_MS = 100 };

struct log {
    const char *name;
    int fd;
    off_t at;
    struct str rest; /* of a line that has no end yet */
};

struct logs {
    const struct context *context;
    array(struct log) list;
};

static void logs_release(struct logs *logs) {
    for (size_t i = 0; i < logs->list.count; i++) {
        close(logs->list.items[i].fd);
        str_release(&logs->list.items[i].rest);
    }
    array_free(&logs->list);
}

/* ---- lines ---- */

static void print_line(const struct logs *logs, const struct log *log, struct sv line) {
    if (logs->context->json) {
        autojson json_t *object = json_object();
        json_put(object, "event", json_string("log"));
        json_put(object, "service", json_text_or_null(log->name));
        json_put(object, "line", json_text(line.data, line.len));
        json_print_line(object);
        return;
    }
    scoped(str) text = STR_INIT;
    if (logs->list.count > 1) str_printf(&text, "%-12s | ", log->name);
    term_escape(&text, line.data, line.len, true);
    puts(text.data);
}

/* Prints whole lines of what was read; with `all`, what stands behind the last one too. */
static void print_lines(const struct logs *logs, struct log *log, bool all) {
    size_t done = 0;
    const char *end;
    while ((end = memchr(log->rest.data + done, '\n', log->rest.len - done))) {
        print_line(logs, log, (struct sv){log->rest.data + done, (size_t)(end - log->rest.data) - done});
        done = (size_t)(end - log->rest.data) + 1;
    }
    str_drop(&log->rest, done);
    if ((!all && log->rest.len < TAIL_MOST) || !log->rest.len) return;
    print_line(logs, log, sv_str(&log->rest));
    str_clear(&log->rest);
}

/* Leaves the last `count` lines. */
static void keep_last(struct str *text, long long count) {
    const char *at = text->data + text->len;
    if (at > text->data && at[-1] == '\n') at--;
    while (at > text->data && (at[-1] != '\n' || --count)) at--;
    str_drop(text, (size_t)(at - text->data));
}

/* ---- files ---- */

/* Reads what came; one that was cut meanwhile is read from its beginning. */
static int read_more(struct log *log, struct err *err) {
    struct stat info;
    if (fstat(log->fd, &info)) return err_errno(err, ERR_ENVIRONMENT, "cannot read the log of %s", log->name);
    if (info.st_size < log->at) log->at = 0;
    if (info.st_size - log->at > TAIL_MOST) log->at = info.st_size - TAIL_MOST;
    if (lseek(log->fd, log->at, SEEK_SET) < 0 || fs_read_all(log->fd, &log->rest, TAIL_MOST))
        return err_errno(err, ERR_ENVIRONMENT, "cannot read the log of %s", log->name);
    log->at = lseek(log->fd, 0, SEEK_CUR);
    return 0;
}

static int open_log(struct logs *logs, struct play *play, const char *name, const struct logs_values *given,
                    struct err *err) {
    struct play_status status;
    long long lines = given->lines.given ? given->lines.value : USUAL_LINES;
    if (play_look(play, name, &status, err)) return -1;
    if (given->follow && status.driver == PLAY_DOCKER && status.state >= PLAY_COMES_UP)
        return err_set(err, ERR_USAGE, "%s runs in a container: follow it with docker logs -f", name);
    int fd = play_log(play, name, (int)lines, err);
    if (fd < 0) return -1;
    struct log *log = array_push(&logs->list);
    *log = (struct log){.name = name, .fd = fd, .rest = STR_INIT};
    if (read_more(log, err)) return -1;
    keep_last(&log->rest, lines);
    return 0;
}

static int follow(struct logs *logs, struct err *err) {
    int interrupt = command_interrupts(err), result = interrupt < 0 ? -1 : 0;
    struct pollfd file = {.fd = interrupt, .events = POLLIN};
    while (!result && !poll(&file, 1, LOOK_MS)) {
        for (size_t i = 0; i < logs->list.count && !result; i++) {
            result = read_more(&logs->list.items[i], err);
            print_lines(logs, &logs->list.items[i], false);
        }
        if (fflush(stdout)) break; /* nobody reads any more */
    }
    if (interrupt >= 0) command_interrupts_end(interrupt, true);
    return result;
}

int cmd_services_logs(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    const struct logs_values *given = values;
    scoped(playground) at = {0};
    scoped(logs) logs = {.context = context};
    if (playground_open(&at, context, given->exercise, argc, argv, true, err)) return -1;
    for (size_t i = 0; i < at.names.count; i++) {
        struct play_status status;
        if (!argc && !play_look(at.play, at.names.items[i], &status, err) && status.state == PLAY_IS_NEW) continue;
        if (open_log(&logs, at.play, at.names.items[i], given, err)) return -1;
    }
    for (size_t i = 0; i < logs.list.count; i++) print_lines(&logs, &logs.list.items[i], !given->follow);
    fflush(stdout);
    return given->follow ? follow(&logs, err) : 0;
}
