/* Listing an exercise in a track's file: one place of its text is changed, and the result is read again before it counts. */

#include "author/scaffold_inside.h"
#include "base/json.h"

/* The list of exercises, in the tree of a track that lab has read without a fault. */
static const struct yaml_node *find_list(const struct yaml_node *root, const char *module, size_t *index) {
    const struct yaml_node *modules = yaml_get(root, "modules");
    for (size_t i = 0; modules && i < modules->count; i++) {
        const struct yaml_node *id = yaml_get(&modules->items[i], "id");
        if (!id || id->kind != YAML_STRING || strcmp(id->text, module) != 0) continue;
        *index = i;
        return yaml_get(&modules->items[i], "exercises");
    }
    return NULL;
}

/* The byte at a place, for lines that end in LF. */
static size_t offset_of(const struct str *text, struct yaml_position at) {
    size_t offset = 0;
    for (int line = 1; line < at.line && offset < text->len; offset++) line += text->data[offset] == '\n';
    for (int column = 1; offset < text->len; offset++) {
        bool begins = ((unsigned char)text->data[offset] & 0xc0) != 0x80;
        if (begins && column++ == at.column) break;
    }
    return offset;
}

/* The byte behind a scalar: an id, perhaps in quotes. */
static size_t end_of(const struct str *text, const struct yaml_node *scalar) {
    size_t begin = offset_of(text, scalar->at);
    char quote = begin < text->len ? text->data[begin] : '\0';
    if (quote != '"' && quote != '\'') return begin + scalar->text_len;
    const char *end = strchr(text->data + begin + 1, quote);
    return end ? (size_t)(end - text->data) + 1 : text->len;
}

static void insert(struct str *out, const struct str *text, size_t offset, const char *added) {
    if (offset > text->len) offset = text->len;
    str_append_bytes(out, text->data, offset);
    str_append(out, added);
    str_append_bytes(out, text->data + offset, text->len - offset);
}

/* [a, b] */
static void add_inline(struct str *out, const struct str *text, const struct yaml_node *list, const char *word) {
    scoped(str) added = STR_INIT;
    str_printf(&added, "%s%s", list->count ? ", " : "", word);
    insert(out, text, list->count ? end_of(text, &list->items[list->count - 1]) : offset_of(text, list->at) + 1,
           added.data);
}

/* A line for each: the new one goes behind the last one's line, and begins and ends as that does. */
static void add_line(struct str *out, const struct str *text, const struct yaml_node *list, const char *word) {
    size_t end = end_of(text, &list->items[list->count - 1]);
    end += strcspn(text->data + end, "\n");
    bool returns = end && text->data[end - 1] == '\r';
    scoped(str) added = STR_INIT;
    if (end == text->len) str_append_char(&added, '\n');
    str_append_repeat(&added, ' ', (size_t)(list->at.column - 1));
    str_printf(&added, "- %s%s", word, returns ? "\r" : "");
    if (end < text->len) str_append_char(&added, '\n');
    insert(out, text, end + (end < text->len), added.data);
}

/* Whether the new text says what the old one says, with the id at the end of that list. */
static bool says_the_same(const struct str *text, const char *file, const struct yaml_node *old, size_t module,
                          const char *id) {
    scoped(arena) arena = ARENA_INIT;
    struct err ignored = ERR_INIT;
    const struct yaml_node *root = yaml_parse(&arena, file, text->data, text->len, YAML_STRICT, &ignored);
    if (!root) return false;
    autojson json_t *before = yaml_to_json(old), *after = yaml_to_json(root);
    json_t *exercises = json_object_get(json_array_get(json_object_get(before, "modules"), module), "exercises");
    json_array_append_new(exercises, json_string(id));
    return json_equal(before, after);
}

int scaffold_list(struct str *out, const char *file, const struct str *text, const char *module, const char *id,
                  struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    const struct yaml_node *root = yaml_parse(&arena, file, text->data, text->len, YAML_STRICT, err);
    if (!root) return -1;
    size_t index = 0;
    const struct yaml_node *list = find_list(root, module, &index);
    size_t begin = list ? offset_of(text, list->at) : text->len;
    scoped(str) word = STR_INIT;
    scaffold_yaml_word(&word, id);
    if (begin < text->len && text->data[begin] == '[')
        add_inline(out, text, list, word.data);
    else if (begin < text->len && text->data[begin] == '-')
        add_line(out, text, list, word.data);
    if (list && says_the_same(out, file, root, index, id)) return 0;
    err_set(err, ERR_COURSE, "%s:%d:%d: the exercises of the module '%s' are written in a way that lab does not edit",
            file, list ? list->at.line : 1, list ? list->at.column : 1, module);
    return err_help(err, "write them as [a, b], or a line for each: - a");
}
