#include "docker/lines.h"

#include "base/json.h"

void lines_release(struct lines *lines) { str_release(&lines->line); }

static void take_line(struct lines *lines) {
    autojson json_t *message = json_loadb(lines->line.data, lines->line.len, JSON_ALLOW_NUL, NULL);
    if (json_is_object(message))
        lines->take(lines->context, message);
    else
        lines->nonsense |= lines->line.len > 0;
    str_clear(&lines->line);
}

int lines_take(void *context, const char *data, size_t len) {
    struct lines *lines = context;
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n')
            take_line(lines);
        else if (data[i] != '\r')
            str_append_char(&lines->line, data[i]);
        if (lines->line.len > LINES_LENGTH_MOST) lines->nonsense = true;
        if (lines->nonsense) return 1;
    }
    return 0;
}
