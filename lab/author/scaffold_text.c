/* From the template's text to that of a course: names are put in, and what another exercise says is taken over. */

#include "author/scaffold_inside.h"
#include "author/template.h"

#include <ctype.h>
#include <stdlib.h>

#include <jansson.h>

/* ---- values as YAML ---- */

/* Whether YAML reads the word as that text, also within [] and {}. */
static bool is_plain(const char *word) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    if (!isalnum((unsigned char)word[0]) || word[strspn(word, plain)]) return false;
    scoped(arena) arena = ARENA_INIT;
    struct err ignored = ERR_INIT;
    const struct yaml_node *node = yaml_parse(&arena, "", word, strlen(word), YAML_STRICT, &ignored);
    return node && node->kind == YAML_STRING;
}

void scaffold_yaml_word(struct str *out, const char *word) {
    if (is_plain(word)) {
        str_append(out, word);
        return;
    }
    json_t *text = json_string(word);
    autofree char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    json_decref(text);
    str_append(out, quoted ? quoted : "\"\"");
}

static void append_value(struct str *out, const struct yaml_node *node);

static void append_items(struct str *out, const struct yaml_node *node) {
    str_append_char(out, node->kind == YAML_MAP ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        if (i) str_append(out, ", ");
        if (node->kind == YAML_MAP) str_printf(out, "%s: ", node->entries[i].key);
        append_value(out, node->kind == YAML_MAP ? &node->entries[i].value : &node->items[i]);
    }
    str_append_char(out, node->kind == YAML_MAP ? '}' : ']');
}

/* Appends it on one line. Keys are those of a format, so they are words. */
static void append_value(struct str *out, const struct yaml_node *node) {
    if (node->kind == YAML_LIST || node->kind == YAML_MAP)
        append_items(out, node);
    else if (node->kind == YAML_STRING)
        scaffold_yaml_word(out, node->text);
    else
        str_append_bytes(out, node->text, node->text_len);
}

/* ---- lines that another exercise decides ---- */

/* The keys that are taken over. */
static const char *const taken[] = {"difficulty", "level", "phase", "layer", "skills", "requires", "box"};

/* What the other exercise says; of what it leaves out, that there is none. */
static void append_other(struct str *out, const struct yaml_node *like, const char *key) {
    const struct yaml_node *value = yaml_get(like, key);
    if (value)
        append_value(out, value);
    else
        str_append(out, !strcmp(key, "skills") ? "[]" : "{}");
}

/* Appends "key: value" for a line of exercise.yaml that begins so and whose value is taken over; false for any other. A comment behind it
 * stays in its column, where there is room. */
static bool append_taken(struct str *out, const struct yaml_node *like, struct sv line) {
    for (size_t i = 0; i < LENGTH(taken); i++) {
        size_t key = strlen(taken[i]);
        if (line.len <= key || line.data[key] != ':' || memcmp(line.data, taken[i], key) != 0) continue;
        size_t begin = out->len;
        str_printf(out, "%s: ", taken[i]);
        append_other(out, like, taken[i]);
        const char *comment = memchr(line.data, '#', line.len);
        if (!comment) return true;
        size_t column = (size_t)(comment - line.data), used = out->len - begin;
        str_append_repeat(out, ' ', used < column ? column - used : 1);
        str_append_bytes(out, comment, line.len - column);
        return true;
    }
    return false;
}

/* ---- words ---- */

/* "set-order" as a title: "Set order". */
static void append_title(struct str *out, const char *id) {
    size_t begin = out->len;
    str_append(out, id);
    for (char *at = out->data + begin; *at; at++)
        if (*at == '-') *at = ' ';
    out->data[begin] = (char)toupper((unsigned char)out->data[begin]);
}

static bool take(struct sv *rest, const char *word) {
    size_t len = strlen(word);
    if (rest->len < len || memcmp(rest->data, word, len) != 0) return false;
    rest->data += len;
    rest->len -= len;
    return true;
}

/* Appends a name of the course's, or a title made from it. */
static void append_name(struct str *out, const char *id, bool titled, bool yaml) {
    scoped(str) text = STR_INIT;
    if (titled)
        append_title(&text, id);
    else
        str_append(&text, id);
    if (!yaml)
        str_append(out, text.data);
    else if (strchr(text.data, ' '))
        str_append(out, text.data); /* several words of letters and digits are text */
    else
        scaffold_yaml_word(out, text.data);
}

/* Takes a word of the template off the rest, and appends what stands for it; false when there is none. */
static bool append_word(struct str *out, const struct wording *wording, struct sv *rest, bool yaml) {
    const struct {
        const char *word, *id;
        bool titled;
    } names[] = {{"new-exercise", wording->exercise, false}, {"New exercise", wording->exercise, true},
                 {"new-track", wording->track, false},       {"New track", wording->track, true},
                 {"new-module", wording->module, false},     {"New module", wording->module, true}};
    for (size_t i = 0; i < LENGTH(names); i++) {
        if (!take(rest, names[i].word)) continue;
        append_name(out, names[i].id, names[i].titled, yaml);
        return true;
    }
    bool schemas = take(rest, ".lab/schema");
    if (!schemas && !take(rest, ".lab/lua")) return false;
    str_append(out, schemas ? wording->schemas : wording->types);
    return true;
}

static void append_line(struct str *out, const struct wording *wording, struct sv line, bool yaml) {
    while (line.len) {
        if (append_word(out, wording, &line, yaml)) continue;
        str_append_char(out, *line.data++);
        line.len--;
    }
}

void scaffold_text(struct str *out, const struct wording *wording, const char *path, const char *text, size_t len) {
    bool yaml = string_ends_with(path, ".yaml"), classified = string_ends_with(path, "/exercise.yaml");
    struct sv rest = {text, len}, line;
    while (sv_next_line(&rest, &line)) {
        if (!classified || !wording->like || !append_taken(out, wording->like, line))
            append_line(out, wording, line, yaml);
        str_append_char(out, '\n');
    }
}

void scaffold_template(struct str *out, const struct wording *wording, const char *path) {
    for (size_t i = 0; i < template_file_count; i++)
        if (!strcmp(template_files[i].path, path))
            scaffold_text(out, wording, path, template_files[i].text, template_files[i].len);
}
