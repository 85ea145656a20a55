/*
 * Leaks: text of the solution or of private files in what a learner gets. Lines are compared without the white space
 * around them, six at a time; all runs of six of what a learner gets stand in one table, so that the cost is that of
 * reading.
 */

#include <stdlib.h>

#include "author/lint_rules.h"
#include "base/path.h"

enum {
    RUN_LINES = 6,
    RUN_BYTES = 200,      /* shorter runs are what everyone would write */
    LINES_MOST = 1 << 19, /* of an exercise that are compared */
    PLACES_MOST = 64,     /* of one run that are looked at */
    NAMES_MOST = 200,     /* of private files that are looked for */
    NAME_LEAST = 5,       /* bytes: shorter names are words */
    NONE = UINT32_MAX
};

struct line {
    struct lint_file *file;
    struct sv text;
    uint32_t hash, next; /* of the run that begins here; the next run in its bucket */
};

struct comparison {
    struct lint *lint;
    array(struct line) known; /* what learners get */
    uint32_t *buckets;
    size_t bucket_count;
    struct lint_file *told_secret, *told_public;
};

static void comparison_release(struct comparison *c) {
    array_free(&c->known);
    free(c->buckets);
}

static bool is_known(struct lint_file *file) {
    return file->is_text && (file->part == LINT_START || !strcmp(file->path, "README.md"));
}

static bool is_secret(struct lint_file *file) {
    return file->is_text && (file->part == LINT_SOLUTION || file->part == LINT_PRIVATE);
}

/* ---- lines and runs ---- */

static struct sv trimmed(struct sv line) {
    while (line.len && char_is_one_of(line.data[0], " \t\r")) line.data++, line.len--;
    while (line.len && char_is_one_of(line.data[line.len - 1], " \t\r")) line.len--;
    return line;
}

static uint32_t hash_line(struct sv text) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < text.len; i++) hash = (hash ^ (unsigned char)text.data[i]) * 16777619u;
    return hash;
}

/* Appends the file's lines that are not blank, at most LINES_MOST in all. */
static void append_lines(struct line **items, size_t *count, size_t *capacity, struct lint_file *file) {
    struct sv rest = file->text, line;
    while (*count < LINES_MOST && sv_next_line(&rest, &line)) {
        struct sv text = trimmed(line);
        if (!text.len) continue;
        if (*count == *capacity) *items = mem_grow(*items, capacity, sizeof **items);
        (*items)[(*count)++] = (struct line){file, text, hash_line(text), NONE};
    }
}

/* The hash of the run that begins at a line; false when its file has no more so many. */
static bool hash_run(const struct line *lines, size_t count, size_t at, uint32_t *hash) {
    if (at + RUN_LINES > count || lines[at + RUN_LINES - 1].file != lines[at].file) return false;
    *hash = 0;
    for (size_t i = 0; i < RUN_LINES; i++) *hash = (*hash ^ lines[at + i].hash) * 2654435761u + 1;
    return true;
}

static void index_known(struct comparison *c) {
    c->bucket_count = 1024;
    while (c->bucket_count < c->known.count) c->bucket_count *= 2;
    c->buckets = mem_alloc(c->bucket_count * sizeof *c->buckets);
    memset(c->buckets, 0xff, c->bucket_count * sizeof *c->buckets);
    for (size_t i = c->known.count; i-- > 0;) {
        uint32_t hash;
        if (!hash_run(c->known.items, c->known.count, i, &hash)) continue;
        uint32_t *bucket = &c->buckets[hash & (c->bucket_count - 1)];
        c->known.items[i].next = *bucket;
        *bucket = (uint32_t)i;
    }
}

/* How many lines are equal from here on, until they are a run: at least RUN_LINES, with RUN_BYTES together; 0 when
 * they are none. */
static size_t equal_run(const struct comparison *c, size_t known, const struct line *lines, size_t count, size_t at) {
    size_t run = 0, bytes = 0;
    while (run < RUN_LINES || bytes < RUN_BYTES) {
        if (known + run >= c->known.count || at + run >= count) return 0;
        const struct line *a = &c->known.items[known + run], *b = &lines[at + run];
        if (a->file != c->known.items[known].file || b->file != lines[at].file || a->text.len != b->text.len ||
            memcmp(a->text.data, b->text.data, a->text.len) != 0)
            return 0;
        bytes += a->text.len;
        run++;
    }
    return run;
}

/* ---- the comparison ---- */

/* What the solution has of the start's own file is no leak. */
static bool is_own(const struct line *known, const struct line *secret) {
    return secret->file->part == LINT_SOLUTION && known->file->part == LINT_START &&
           !strcmp(known->file->base, secret->file->base);
}

static void tell(struct comparison *c, const struct line *known, const struct line *secret) {
    if (c->told_secret == secret->file && c->told_public == known->file) return;
    c->told_secret = secret->file;
    c->told_public = known->file;
    bool solved = secret->file->part == LINT_SOLUTION;
    const char *code = !solved ? "W403" : known->file->part == LINT_START ? "E401" : "E402";
    lint_add(c->lint, code, known->file->file, lint_place(known->file, known->text.data),
             "the lines from here on stand in %s, line %d", secret->file->path,
             lint_place(secret->file, secret->text.data).line);
}

/* Looks the run at a line up among those known; the lines that may be skipped. */
static size_t compare_run(struct comparison *c, const struct line *lines, size_t count, size_t at) {
    uint32_t hash;
    if (!c->known.count || !hash_run(lines, count, at, &hash)) return 1;
    size_t looked = 0, run = 0;
    uint32_t found = NONE;
    for (uint32_t i = c->buckets[hash & (c->bucket_count - 1)]; i != NONE && looked < PLACES_MOST;
         i = c->known.items[i].next, looked++) {
        size_t equal = equal_run(c, i, lines, count, at);
        if (!equal) continue;
        if (is_own(&c->known.items[i], &lines[at])) return 1;
        if (found != NONE) continue;
        found = i;
        run = equal;
    }
    if (found == NONE) return 1;
    tell(c, &c->known.items[found], &lines[at]);
    return run;
}

static void compare_file(struct comparison *c, struct lint_file *file) {
    array(struct line) lines = {0};
    append_lines(&lines.items, &lines.count, &lines.capacity, file);
    for (size_t i = 0; i < lines.count;) i += compare_run(c, lines.items, lines.count, i);
    array_free(&lines);
}

/* ---- names ---- */

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Where the name stands as a word of its own, not as the end of another path than private/. */
static const char *find_name(struct sv text, const char *name) {
    size_t len = strlen(name);
    for (const char *at = text.data; (at = memmem(at, text.len - (size_t)(at - text.data), name, len)); at++) {
        size_t before = (size_t)(at - text.data), after = text.len - before - len;
        bool folder = before && at[-1] == '/';
        bool ours = folder && before >= strlen("private/") && !memcmp(at - strlen("private/"), "private/", 8);
        if (before && !ours && (folder || at[-1] == '.' || is_name_byte(at[-1]))) continue;
        if (after && is_name_byte(at[len])) continue;
        return at;
    }
    return NULL;
}

/* True when learners know a file of this name anyway. */
static bool is_public_name(const struct lint *lint, const char *name) {
    for (size_t i = 0; i < lint->files.count; i++)
        if (lint->files.items[i].part == LINT_START && !strcmp(path_base(lint->files.items[i].path), name)) return true;
    for (size_t i = 0; lint->exercise && i < lint->exercise->shared.count; i++)
        if (!strcmp(path_base(lint->exercise->shared.items[i]), name)) return true;
    return false;
}

static void judge_name(struct lint *lint, struct lint_file *secret) {
    const char *name = path_base(secret->path);
    if (strlen(name) < NAME_LEAST || is_public_name(lint, name)) return;
    for (size_t i = 0; i < lint->files.count; i++) {
        struct lint_file *file = &lint->files.items[i];
        const char *at = is_known(file) && lint_may_search(lint, file) ? find_name(file->text, name) : NULL;
        if (at) lint_add(lint, "W404", file->file, lint_place(file, at), "it names %s", secret->path);
    }
}

void lint_leaks(struct lint *lint) {
    scoped(comparison) c = {.lint = lint};
    size_t names = 0;
    for (size_t i = 0; i < lint->files.count; i++)
        if (is_known(&lint->files.items[i]))
            append_lines(&c.known.items, &c.known.count, &c.known.capacity, &lint->files.items[i]);
    index_known(&c);
    for (size_t i = 0; i < lint->files.count; i++) {
        struct lint_file *file = &lint->files.items[i];
        if (is_secret(file)) compare_file(&c, file);
        if (file->part == LINT_PRIVATE && names++ < NAMES_MOST) judge_name(lint, file);
    }
}
