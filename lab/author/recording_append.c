/* Adding a check to exercise.yaml and checker.lua. The new text of exercise.yaml is read again before it counts. */

#include <ctype.h>
#include <stdlib.h>

#include "author/recording.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"

enum { FILE_MOST = 1 << 20 };

void recording_files_release(struct recording_files *files) {
    str_release(&files->yaml);
    str_release(&files->checker);
    str_release(&files->yaml_was);
    str_release(&files->checker_was);
}

/* ---- exercise.yaml ---- */

static size_t line_start(const struct str *text, int line) {
    size_t offset = 0;
    for (; line > 1 && offset < text->len; offset++) line -= text->data[offset] == '\n';
    return offset;
}

static size_t next_line(const struct str *text, size_t offset) {
    const char *end = memchr(text->data + offset, '\n', text->len - offset);
    return end ? (size_t)(end - text->data) + 1 : text->len;
}

/* Where the dash of a list's item stands in its line; -1 when the item is not written so. */
static int dash_of(const struct str *text, const struct yaml_node *item) {
    size_t start = line_start(text, item->at.line), dash = start;
    while (dash < text->len && text->data[dash] == ' ') dash++;
    size_t first = dash + 1;
    while (first < text->len && text->data[first] == ' ') first++;
    bool is_block = dash < text->len && text->data[dash] == '-' && first == start + (size_t)item->at.column - 1;
    return is_block ? (int)(dash - start) : -1;
}

/* The end of the item whose dash stands in that column: behind its last line that is neither empty nor a comment further left. */
static size_t end_of_item(const struct str *text, const struct yaml_node *item, int dash) {
    size_t at = next_line(text, line_start(text, item->at.line)), end = at;
    while (at < text->len) {
        size_t next = next_line(text, at), first = at;
        while (first < next && text->data[first] == ' ') first++;
        bool is_empty = first == next || isspace((unsigned char)text->data[first]);
        if (!is_empty && (int)(first - at) <= dash) break;
        if (!is_empty) end = next;
        at = next;
    }
    return end;
}

static void insert_check(struct str *out, const struct str *text, size_t offset, int dash, const char *id) {
    bool returns = offset > 1 && text->data[offset - 1] == '\n' && text->data[offset - 2] == '\r';
    const char *end = returns ? "\r\n" : "\n";
    str_append_bytes(out, text->data, offset);
    if (offset && text->data[offset - 1] != '\n') str_append(out, end);
    str_append(out, end);
    str_printf(out, "%*s- id: %s%s", dash, "", id, end);
    str_printf(out, "%*s  title: The run recorded as %s%s", dash, "", id, end);
    str_printf(out, "%*s  points: 1%s", dash, "", end);
    str_append_bytes(out, text->data + offset, text->len - offset);
}

/* Whether the new text says what the old one says, with one check more. */
static bool says_the_same(const struct str *text, const char *file, const struct yaml_node *old, const char *id) {
    scoped(arena) arena = ARENA_INIT;
    struct err ignored = ERR_INIT;
    const struct yaml_node *root = yaml_parse(&arena, file, text->data, text->len, YAML_STRICT, &ignored);
    if (!root) return false;
    autojson json_t *before = yaml_to_json(old), *after = yaml_to_json(root);
    autofree char *title = str_format("The run recorded as %s", id);
    json_array_append_new(json_object_get(before, "checks"),
                          json_pack("{s:s, s:s, s:i}", "id", id, "title", title, "points", 1));
    return json_equal(before, after);
}

static int add_to_yaml(struct recording_files *files, const char *file, const char *id, struct err *err) {
    scoped(arena) arena = ARENA_INIT;
    const struct str *text = &files->yaml_was;
    const struct yaml_node *root = yaml_parse(&arena, file, text->data, text->len, YAML_STRICT, err);
    if (!root) return -1;
    const struct yaml_node *checks = yaml_get(root, "checks");
    const struct yaml_node *last = checks && checks->count ? &checks->items[checks->count - 1] : NULL;
    int dash = last ? dash_of(text, last) : -1;
    if (dash >= 0) insert_check(&files->yaml, text, end_of_item(text, last, dash), dash, id);
    if (dash >= 0 && says_the_same(&files->yaml, file, root, id)) return 0;
    err_set(err, ERR_COURSE, "%s:%d:%d: the checks are written in a way that lab does not edit", file,
            checks ? checks->at.line : 1, checks ? checks->at.column : 1);
    return err_help(err, "write each check as lines below '- id: …'; or take the draft from standard output");
}

/* ---- checker.lua ---- */

static void add_to_checker(struct recording_files *files, const char *draft) {
    const struct str *was = &files->checker_was;
    bool returns = was->len > 1 && memmem(was->data, was->len, "\r\n", 2);
    str_append_bytes(&files->checker, was->data, was->len);
    const char *end = returns ? "\r\n" : "\n";
    if (was->len && was->data[was->len - 1] != '\n') str_append(&files->checker, end);
    if (was->len) str_append(&files->checker, end);
    struct sv rest = sv_of(draft), line;
    while (sv_next_line(&rest, &line)) {
        str_append_bytes(&files->checker, line.data, line.len);
        str_append(&files->checker, end);
    }
}

/* ---- both ---- */

static char *checker_of(const struct work *work) { return str_format("exercises/%s/checker.lua", work->exercise->id); }

static int read_both(const struct work *work, struct str *yaml, struct str *checker, struct err *err) {
    autofree char *path = checker_of(work);
    if (beneath_read(work->course->folder, work->exercise->file, yaml, FILE_MOST))
        return err_errno(err, ERR_COURSE, "cannot read %s", work->exercise->file);
    if (beneath_read(work->course->folder, path, checker, FILE_MOST))
        return err_errno(err, ERR_COURSE, "cannot read %s", path);
    return 0;
}

int recording_read(struct recording_files *files, const struct work *work, struct err *err) {
    return read_both(work, &files->yaml_was, &files->checker_was, err);
}

int recording_add(struct recording_files *files, const struct work *work, const char *id, const char *draft,
                  struct err *err) {
    if (add_to_yaml(files, work->exercise->file, id, err)) return -1;
    add_to_checker(files, draft);
    return 0;
}

static bool equal(const struct str *a, const struct str *b) {
    return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static int unchanged(const struct recording_files *files, const struct work *work, struct err *err) {
    scoped(str) yaml = STR_INIT;
    scoped(str) checker = STR_INIT;
    if (read_both(work, &yaml, &checker, err)) return -1;
    if (equal(&yaml, &files->yaml_was) && equal(&checker, &files->checker_was)) return 0;
    err_set(err, ERR_COURSE, "the files of %s have changed while the command ran; nothing is written",
            work->exercise->id);
    return err_help(err, "run the command again");
}

int recording_write(const struct recording_files *files, const struct work *work, struct err *err) {
    if (unchanged(files, work, err)) return -1;
    autofree char *relative = checker_of(work);
    autofree char *checker = path_join(work->course->directory, relative);
    autofree char *yaml = path_join(work->course->directory, work->exercise->file);
    if (fs_write(checker, files->checker.data, files->checker.len, err)) return -1;
    if (!fs_write(yaml, files->yaml.data, files->yaml.len, err)) return 0;
    (void)fs_write(checker, files->checker_was.data, files->checker_was.len, NULL);
    return -1;
}
