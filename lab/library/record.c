#include "library/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"

#define FORMAT "lab-course-1"
enum { BYTES_MOST = 16 << 20, LOCK_SECONDS = 60 };

static const char *const kind_names[] = {
    [SOURCE_FOLDER] = "folder", [SOURCE_GIT] = "git", [SOURCE_ARCHIVE] = "archive"};

const char *source_kind_name(enum source_kind kind) { return kind_names[kind]; }

void record_release(struct record *record) {
    free(record->source);
    free(record->ref);
    free(record->revision);
    free(record->content);
    json_decref(record->digests);
    *record = (struct record){0};
}

char *record_home(struct err *err) {
    const struct path_places *places = path_places(err);
    return places ? path_join(places->data, "courses") : NULL;
}

static char *file_of(const char *name, struct err *err) {
    autofree char *home = record_home(err);
    return home ? str_format("%s/%s/record.json", home, name) : NULL;
}

bool record_exists(const char *name) {
    autofree char *file = path_is_id(name) ? file_of(name, NULL) : NULL;
    return file && fs_exists(file);
}

/* ---- reading ---- */

static bool find_kind(const char *name, enum source_kind *kind) {
    for (size_t i = 0; i < LENGTH(kind_names); i++) {
        if (strcmp(kind_names[i], name) != 0) continue;
        *kind = (enum source_kind)i;
        return true;
    }
    return false;
}

static char *text_of(const json_t *document, const char *key) {
    return mem_copy_string(json_get_string(document, key, NULL));
}

/* False when it is none of ours. */
static bool take(struct record *record, const json_t *document) {
    *record = (struct record){.source = text_of(document, "source"),
                              .ref = text_of(document, "ref"),
                              .revision = text_of(document, "revision"),
                              .content = text_of(document, "content"),
                              .digests = json_incref(json_object_get(document, "exercises")),
                              .trusted = json_is_true(json_object_get(document, "trusted"))};
    bool known = find_kind(json_get_string(document, "kind", ""), &record->kind);
    bool inside = record->content && path_is_inside(record->content) && !strchr(record->content, '/');
    return known && !strcmp(json_get_string(document, "format", ""), FORMAT) && record->source &&
           json_is_object(record->digests) && (record->kind == SOURCE_FOLDER) == !record->content &&
           (!record->content || inside);
}

static int refuse(const char *name, const char *file, const char *why, struct err *err) {
    err_set(err, ERR_ENVIRONMENT, "the record of the course %s is damaged: %s: %s", name, file, why);
    return err_help(err, "lab course remove %s, then add it again", name);
}

int record_read(struct record *record, const char *name, struct err *err) {
    *record = (struct record){0};
    autofree char *file = path_is_id(name) ? file_of(name, err) : NULL;
    if (!file || !fs_exists(file)) {
        err_set(err, ERR_USAGE, "no course '%s' was added", name);
        return err_help(err, "lab course list");
    }
    scoped(str) text = STR_INIT;
    if (fs_read(&text, file, BYTES_MOST, err)) return -1;
    json_error_t fault;
    autojson json_t *document = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &fault);
    if (!document) return refuse(name, file, fault.text, err);
    if (take(record, document)) return 0;
    record_release(record);
    return refuse(name, file, "it is not what lab writes", err);
}

/* ---- writing ---- */

int record_write(const struct record *record, const char *name, struct err *err) {
    autofree char *file = file_of(name, err);
    autojson json_t *document = json_object();
    if (!file) return -1;
    json_put(document, "format", json_string(FORMAT));
    json_put(document, "kind", json_string(kind_names[record->kind]));
    json_put(document, "source", json_text_or_null(record->source));
    json_put(document, "ref", json_text_or_null(record->ref));
    json_put(document, "revision", json_text_or_null(record->revision));
    json_put(document, "content", json_text_or_null(record->content));
    json_put(document, "exercises", json_incref(record->digests));
    json_put(document, "trusted", json_boolean(record->trusted));
    autofree char *text = json_dumps(document, JSON_INDENT(1));
    autofree char *folder = path_parent(file);
    return fs_make_directories(folder, err) ? -1 : fs_write_private(file, text, strlen(text), err);
}

int record_trust(const char *name, struct err *err) {
    scoped(record) record = {0};
    autoclose int lock = record_lock(err);
    if (lock < 0 || record_read(&record, name, err)) return -1;
    record.trusted = true;
    return record_write(&record, name, err);
}

bool record_distrusts(const char *name) {
    scoped(record) record = {0};
    struct err ignored = ERR_INIT;
    return record_exists(name) && (record_read(&record, name, &ignored) || !record.trusted);
}

char *record_directory(const struct record *record, const char *name, struct err *err) {
    if (record->kind == SOURCE_FOLDER) return mem_copy_string(record->source);
    autofree char *home = record_home(err);
    return home ? str_format("%s/%s/%s", home, name, record->content) : NULL;
}

/* ---- all of them ---- */

void record_names_release(struct record_names *names) {
    for (size_t i = 0; i < names->count; i++) free(names->items[i]);
    free(names->items);
    *names = (struct record_names){0};
}

int record_list(struct record_names *list, struct err *err) {
    *list = (struct record_names){0};
    autofree char *home = record_home(err);
    if (!home) return -1;
    autoclose int folder = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return errno == ENOENT ? 0 : err_errno(err, ERR_ENVIRONMENT, "cannot open %s", home);
    scoped(names) names = {0};
    if (beneath_names(folder, &names)) return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", home);
    array(char *) found = {0};
    for (size_t i = 0; i < names.count; i++)
        if (record_exists(names.items[i])) *array_push(&found) = mem_copy_string(names.items[i]);
    *list = (struct record_names){found.items, found.count};
    return 0;
}

int record_lock(struct err *err) {
    autofree char *home = record_home(err);
    if (!home || fs_make_directories(home, err)) return -1;
    autofree char *path = path_join(home, ".lock"); /* which is no course's name */
    return fs_lock(path, LOCK_SECONDS, err);
}

char *source_shown(const char *source) {
    const char *scheme = strstr(source, "://");
    if (!scheme) return mem_copy_string(source);
    const char *authority = scheme + strlen("://"), *at = memrchr(authority, '@', strcspn(authority, "/?#"));
    if (!at) return mem_copy_string(source);
    bool is_token = string_starts_with(source, "https:"); /* a user's name often is one there */
    size_t user = is_token ? 0 : strcspn(authority, ":@");
    return str_format("%.*s%s", (int)(authority - source) + (int)user, source, is_token ? at + 1 : at);
}
