/* Python environments: what is installed is pinned, hashed, and what was wanted. */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "author/lint_rules.h"
#include "base/beneath.h"
#include "base/path.h"

enum { TEXT_MOST = 1 << 20, HASH_DIGITS = 64 };

static const struct yaml_position whole = {0, 0};

/* One environment that is being looked at. */
struct environment {
    struct lint *lint;
    const char *name;
    char *wanted_file, *lock_file; /* from the course's folder */
    struct str wanted, lock;
    bool has_wanted, has_lock;
    array(const char *) locked; /* names, normalized, sorted */
};

static void environment_release(struct environment *e) {
    free(e->wanted_file);
    free(e->lock_file);
    str_release(&e->wanted);
    str_release(&e->lock);
    array_free(&e->locked);
}

/* ---- requirements (PEP 508, and pip's format of files) ---- */

/* A requirement, of one line or of several that end in a backslash. */
struct requirement {
    struct sv text;
    int line;
};

static struct sv without_comment(struct sv line) {
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] == '#' && (!i || isspace((unsigned char)line.data[i - 1]))) line.len = i;
    while (line.len && isspace((unsigned char)line.data[line.len - 1])) line.len--;
    while (line.len && isspace((unsigned char)line.data[0])) line.data++, line.len--;
    return line;
}

/* The next one; *line counts the lines. */
static bool next_requirement(struct sv *rest, int *line, struct requirement *found) {
    struct sv next;
    while (sv_next_line(rest, &next)) {
        struct sv text = without_comment(next);
        found->line = ++*line;
        if (!text.len) continue;
        while (text.data[text.len - 1] == '\\' && sv_next_line(rest, &next)) {
            text.len = (size_t)(next.data + next.len - text.data);
            ++*line;
            while (text.len > 1 && isspace((unsigned char)text.data[text.len - 1])) text.len--;
        }
        found->text = text;
        return true;
    }
    return false;
}

/* The normalized name (PEP 503) that a requirement begins with; NULL when it begins with none. In the arena. */
static const char *name_of(struct arena *arena, struct sv text) {
    size_t len = 0;
    while (len < text.len && (isalnum((unsigned char)text.data[len]) || strchr("-_.", text.data[len]))) len++;
    if (!len || !isalnum((unsigned char)text.data[0])) return NULL;
    char *name = arena_copy(arena, text.data, len), *to = name;
    for (const char *at = name; *at; at++) {
        bool separator = strchr("-_.", *at) != NULL;
        if (!separator)
            *to++ = (char)tolower((unsigned char)*at);
        else if (to > name && to[-1] != '-')
            *to++ = '-';
    }
    *to = '\0';
    return name;
}

/* "name[extra]==1.2.3", alone or before a blank, a semicolon or a backslash. */
static bool is_pinned(struct sv text) {
    size_t at = 0;
    while (at < text.len && (isalnum((unsigned char)text.data[at]) || strchr("-_.", text.data[at]))) at++;
    if (at < text.len && text.data[at] == '[') {
        while (at < text.len && text.data[at] != ']') at++;
        at++;
    }
    while (at < text.len && text.data[at] == ' ') at++;
    if (at + 3 > text.len || memcmp(text.data + at, "==", 2) != 0 || text.data[at + 2] == '=') return false;
    for (at += 2; at < text.len && text.data[at] == ' ';) at++;
    size_t begin = at;
    while (at < text.len && (isalnum((unsigned char)text.data[at]) || strchr(".!+-_", text.data[at]))) at++;
    return at > begin && (at == text.len || isspace((unsigned char)text.data[at]) || strchr(";\\", text.data[at]));
}

/* How many whole SHA-256 follow; -1 when something that begins so is none. */
static int count_hashes(struct sv text) {
    static const char mark[] = "--hash=";
    int count = 0;
    const char *end = text.data + text.len;
    for (const char *at = text.data; (at = memmem(at, (size_t)(end - at), mark, strlen(mark))); count++) {
        at += strlen(mark);
        size_t digits = 0;
        bool sha256 = end - at > 7 && !memcmp(at, "sha256:", 7);
        while (sha256 && at + 7 + digits < end && isxdigit((unsigned char)at[7 + digits])) digits++;
        if (digits != HASH_DIGITS) return -1;
    }
    return count;
}

static bool is_index(struct sv text) {
    static const char *const options[] = {"--index-url", "--extra-index-url", "--find-links", "-i ", "-f "};
    for (size_t i = 0; i < LENGTH(options); i++)
        if (text.len > strlen(options[i]) && !memcmp(text.data, options[i], strlen(options[i]))) return true;
    return false;
}

/* ---- the two files ---- */

static void judge_locked(struct environment *e, const struct requirement *found) {
    struct yaml_position at = {found->line, 1};
    const char *name = name_of(&e->lint->arena, found->text);
    int shown = (int)strcspn(found->text.data, " \t\r\n\\;");
    if ((size_t)shown > found->text.len) shown = (int)found->text.len;
    if (name) *array_push(&e->locked) = name;
    if (is_index(found->text))
        lint_add(e->lint, "W604", e->lock_file, at,
                 "an address of an index; where packages come from is the learner's setting");
    else if (!name || !is_pinned(found->text))
        lint_add(e->lint, "E601", e->lock_file, at, "'%.*s' is not pinned to one version with ==", shown,
                 found->text.data);
    else if (count_hashes(found->text) < 1)
        lint_add(e->lint, "E602", e->lock_file, at, "'%.*s' has no hash, or one that is no SHA-256", shown,
                 found->text.data);
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

static void judge_lock(struct environment *e) {
    struct sv rest = sv_str(&e->lock);
    struct requirement found;
    for (int line = 0; next_requirement(&rest, &line, &found);) judge_locked(e, &found);
    if (e->locked.count) qsort(e->locked.items, e->locked.count, sizeof *e->locked.items, by_name);
}

static void judge_wanted(struct environment *e) {
    struct sv rest = sv_str(&e->wanted);
    struct requirement found;
    for (int line = 0; next_requirement(&rest, &line, &found);) {
        const char *name = name_of(&e->lint->arena, found.text);
        if (!name ||
            (e->locked.count && bsearch(&name, e->locked.items, e->locked.count, sizeof *e->locked.items, by_name)))
            continue;
        lint_add(e->lint, "E603", e->wanted_file, (struct yaml_position){found.line, 1}, "the lock has no %s", name);
    }
}

static bool read_text(struct lint *lint, const char *file, struct str *text) {
    if (!beneath_read(lint->course->folder, file, text, TEXT_MOST)) return true;
    bool missing = errno == ENOENT;
    lint_add(lint, "E606", file, whole, "%s", missing ? "it is missing" : strerror(errno));
    return false;
}

static void look_at(struct lint *lint, const char *name) {
    scoped(environment) e = {.lint = lint, .name = name, .wanted = STR_INIT, .lock = STR_INIT};
    e.wanted_file = str_format("exercises/environments/%s/requirements.in", name);
    e.lock_file = str_format("exercises/environments/%s/requirements.lock", name);
    e.has_lock = read_text(lint, e.lock_file, &e.lock);
    e.has_wanted = read_text(lint, e.wanted_file, &e.wanted);
    if (e.has_lock) judge_lock(&e);
    if (e.has_lock && e.has_wanted) judge_wanted(&e);
}

/* ---- all of them ---- */

static bool is_used(struct course *course, const char *name) {
    const struct services *services;
    struct err ignored = ERR_INIT; /* faults of docker-compose.yml are found elsewhere */
    for (size_t i = 0; i < course->exercise_ids.count; i++) {
        const struct exercise *exercise = course->loaded[i];
        if (exercise && exercise->python && !strcmp(exercise->python, name)) return true;
    }
    if (course_services(&services, course, &ignored)) return true;
    for (size_t i = 0; i < services->count; i++) {
        const char *python = services->items[i].python;
        if (python && !strcmp(python, name)) return true;
    }
    return false;
}

void lint_environments(struct lint *lint, bool all) {
    static const char folder[] = "exercises/environments";
    scoped(names) names = {0};
    autoclose int directory = beneath_open(lint->course->folder, folder, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0 || beneath_names(directory, &names)) return; /* a course without any */
    for (size_t i = 0; i < names.count; i++) {
        struct stat info;
        if (beneath_stat(directory, names.items[i], &info) || !S_ISDIR(info.st_mode)) continue;
        bool used = is_used(lint->course, names.items[i]);
        if (used || all) look_at(lint, names.items[i]);
        if (used || !all) continue;
        autofree char *file = path_join(folder, names.items[i]);
        lint_add(lint, "N605", file, whole, "no exercise uses it, and no service");
    }
}
