/* Changing one line of answers.yaml. The new text is read again before it counts: all other answers must be what they were. */

#include <stdlib.h>

#include "base/json.h"
#include "base/path.h"
#include "course/answers.h"
#include "course/source.h"

/* ---- how a value is written ---- */

static bool is_plain_number(const char *value) {
    size_t digits = strspn(value + (*value == '-'), "0123456789.");
    return digits && !value[digits + (*value == '-')];
}

/* A string of JSON is one of YAML, too. */
static void append_value(struct str *out, const char *value) {
    if (path_is_id(value) || is_plain_number(value)) {
        str_append(out, value);
        return;
    }
    autojson json_t *text = json_text(value, strlen(value));
    autofree char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    str_append(out, quoted);
}

/* ---- where the old one ends ---- */

/* Behind a scalar that begins at `from`, on its line. */
static const char *end_of_value(const char *from, const char *line_end, const struct yaml_node *value) {
    if (from < line_end && *from == '"') {
        for (from++; from < line_end && *from != '"'; from++)
            if (*from == '\\' && from + 1 < line_end) from++;
        return from < line_end ? from + 1 : line_end;
    }
    if (from < line_end && *from == '\'') {
        for (from++; from < line_end && (*from != '\'' || (from + 1 < line_end && from[1] == '\'')); from++)
            if (*from == '\'') from++;
        return from < line_end ? from + 1 : line_end;
    }
    size_t len = value->text_len;
    return len <= (size_t)(line_end - from) && !memcmp(from, value->text, len) ? from + len : from;
}

static void replace_value(struct str *out, const struct str *text, const struct yaml_entry *entry, const char *value) {
    struct sv rest = sv_str(text), line = {text->data, 0};
    for (int number = 0; number < entry->at.line && sv_next_line(&rest, &line);) number++;
    const char *line_end = line.data + line.len, *colon = memchr(line.data, ':', line.len);
    const char *from = colon ? colon + 1 : line_end;
    while (from < line_end && char_is_one_of(*from, " \t")) from++;
    if (from < line_end && *from == '#') from = colon + 1; /* nothing but a comment: it stays */
    const char *end = end_of_value(from, line_end, &entry->value);
    str_append_bytes(out, text->data, (size_t)((colon ? colon + 1 : line_end) - text->data));
    str_append_char(out, ' ');
    append_value(out, value);
    str_append_bytes(out, end, (size_t)(text->data + text->len - end));
}

static void append_entry(struct str *out, const struct str *text, const char *id, const char *value) {
    str_append_bytes(out, text->data, text->len);
    if (text->len && text->data[text->len - 1] != '\n') str_append_char(out, '\n');
    str_printf(out, "%s: ", id);
    append_value(out, value);
    str_append_char(out, '\n');
}

/* ---- whether it came out right ---- */

/* The same answers, but for this one, which is the value. */
static bool is_right(const struct yaml_node *before, const struct str *text, const char *id, const char *value) {
    scoped(arena) arena = ARENA_INIT;
    struct err ignored = ERR_INIT;
    const struct yaml_node *after = yaml_parse(&arena, ANSWERS_FILE, text->data, text->len, YAML_STRICT, &ignored);
    const struct yaml_node *written = after ? yaml_get(after, id) : NULL;
    if (!written || written->kind >= YAML_LIST || strcmp(written->text, value) != 0) return false;
    autojson json_t *old = before->kind == YAML_MAP ? yaml_to_json(before) : json_object();
    autojson json_t *new = yaml_to_json(after);
    json_object_del(old, id);
    json_object_del(new, id);
    return json_equal(old, new);
}

static int refuse(const struct str *text, struct yaml_position at, const char *id, struct err *err) {
    scoped(str) shown = STR_INIT;
    struct source source = source_of(ANSWERS_FILE, text->data, text->len);
    source_describe(&shown, &source, at, "this cannot be changed line by line");
    err_set(err, ERR_USAGE, "%s", shown.data);
    return err_help(err, "write a line `%s: ANSWER` of its own into %s", id, ANSWERS_FILE);
}

int answers_put(struct str *text, const char *id, const char *value, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    scoped(str) changed = STR_INIT;
    const struct yaml_node *root = yaml_parse(&arena, ANSWERS_FILE, text->data, text->len, YAML_STRICT, err);
    if (!root) {
        if (err) err->code = ERR_USAGE;
        return err_help(err, "mend %s", ANSWERS_FILE);
    }
    const struct yaml_entry *entry = NULL;
    for (size_t i = 0; root->kind == YAML_MAP && i < root->count; i++)
        if (!strcmp(root->entries[i].key, id)) entry = &root->entries[i];
    if (entry)
        replace_value(&changed, text, entry, value);
    else
        append_entry(&changed, text, id, value);
    if (!is_right(root, &changed, id, value)) return refuse(text, entry ? entry->at : root->at, id, err);
    str_clear(text);
    str_append_bytes(text, changed.data, changed.len);
    return 0;
}
