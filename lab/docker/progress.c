#include "docker/progress.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { LOG_MOST = 64 << 10, STEP_MOST = 4 << 10, ERROR_MOST = 600 };

void progress_release(struct progress *progress) {
    for (size_t i = 0; i < progress->step_count; i++) {
        free(progress->steps[i].name);
        str_release(&progress->steps[i].said);
    }
}

/* ---- the log ---- */

/* Its end stays, from the beginning of a line. */
static void append(struct str *log, const struct str *text, size_t most) {
    str_append_utf8(log, text->data, text->len);
    if (log->len < 2 * most) return;
    const char *from = log->data + log->len - most, *line = memchr(from, '\n', most);
    str_drop(log, (size_t)((line ? line + 1 : from) - log->data));
}

/* Bytes of an escape code at `data`, 0: none begins there. */
static size_t escape_length(const char *data, size_t len) {
    if (len < 2 || data[0] != '\033') return 0;
    if (data[1] != '[') return 2;
    size_t at = 2;
    while (at < len && (unsigned char)data[at] < 0x40) at++;
    return at < len ? at + 1 : len;
}

void progress_log(struct progress *progress, struct progress_step *step, const char *data, size_t len) {
    scoped(str) plain = STR_INIT;
    for (size_t i = 0; i < len;) {
        size_t escape = escape_length(data + i, len - i);
        if (!escape && (data[i] == '\n' || data[i] == '\t' || (unsigned char)data[i] >= ' '))
            str_append_char(&plain, data[i]);
        i += escape ? escape : 1;
    }
    append(&progress->built->log, &plain, LOG_MOST);
    if (step) append(&step->said, &plain, STEP_MOST);
}

void progress_end(struct progress *progress) {
    const struct progress_step *failed = progress->failed;
    struct str *log = &progress->built->log;
    if (!failed) return;
    str_clear(log);
    progress_log(progress, NULL, failed->name, strlen(failed->name));
    progress_log(progress, NULL, "\n", 1);
    str_append_bytes(log, failed->said.data, failed->said.len);
}

/* ---- lines ---- */

static void keep_error(struct progress *progress, const char *error) {
    struct docker_built *built = progress->built;
    if (built->error) return;
    size_t len = strlen(error);
    built->error = mem_copy(error, len < ERROR_MOST ? len : ERROR_MOST);
    string_make_line(built->error, strlen(built->error));
    built->unavailable |= progress->fetching;
}

/* "Step 2/5 : FROM python" of the builder before BuildKit. */
static void note_step(struct progress *progress, const char *text) {
    if (!string_starts_with(text, "Step ") && !string_starts_with(text, "STEP ")) return;
    const char *instruction = strchr(text, ':');
    while (instruction && char_is_one_of(*instruction, ": ")) instruction++;
    progress->fetching = instruction && !strncasecmp(instruction, "FROM ", 5);
}

/* How engines that give no id of their own say it: "Successfully built 4b801b08f055". */
static void note_image(struct progress *progress, const char *text) {
    static const char said[] = "Successfully built ";
    if (progress->built->image || !string_starts_with(text, said)) return;
    text += sizeof said - 1;
    progress->built->image = mem_copy(text, strspn(text, "0123456789abcdef"));
}

void progress_take(void *context, const json_t *message) {
    struct progress *progress = context;
    const char *kind = json_get_string(message, "id", ""), *stream = json_get_string(message, "stream", NULL);
    const char *error = json_get_string(message, "error", NULL);
    const json_t *more = json_object_get(message, "aux");
    scoped(str) status = STR_INIT;
    if (stream) {
        note_step(progress, stream);
        note_image(progress, stream);
        progress_log(progress, NULL, stream, strlen(stream));
    }
    if (!strcmp(kind, "moby.buildkit.trace") && progress_decode(&status, json_string_value(more)))
        progress_status(progress, sv_str(&status));
    const char *image = json_get_string(more, "ID", NULL);
    if (image && !progress->built->image) progress->built->image = mem_copy_string(image);
    if (error) keep_error(progress, error);
}
