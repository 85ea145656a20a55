#include "library/arrival.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/path.h"
#include "library/archive.h"
#include "library/fetch.h"

#define INCOMING ".incoming"

void arrival_release(struct arrival *arrival) {
    free(arrival->name);
    free(arrival->directory);
    record_release(&arrival->record);
    changes_release(&arrival->changes);
    *arrival = (struct arrival){0};
}

/* ---- where it comes in ---- */

/* The folder of all added courses, opened under the lock; and the one for what comes. */
struct dock {
    int lock, home;
    char *path;
};

#define DOCK_INIT \
    { .lock = -1, .home = -1 }

static void dock_release(struct dock *dock) {
    if (dock->home >= 0) {
        (void)beneath_remove(dock->home, INCOMING);
        close(dock->home);
    }
    if (dock->lock >= 0) close(dock->lock);
    free(dock->path);
}

static int dock_open(struct dock *dock, struct err *err) {
    dock->lock = record_lock(err);
    dock->path = dock->lock < 0 ? NULL : record_home(err);
    if (!dock->path) return -1;
    dock->home = open(dock->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dock->home < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", dock->path);
    return 0;
}

/* The folder for what comes, empty; its descriptor. */
static int dock_incoming(const struct dock *dock, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    if (beneath_remove(dock->home, INCOMING) || beneath_make_directories(dock->home, INCOMING))
        return err_errno(err, ERR_ENVIRONMENT, "cannot make room for a course in %s", dock->path);
    int incoming = beneath_open(dock->home, INCOMING, O_RDONLY | O_DIRECTORY, 0);
    return incoming < 0 ? err_errno(err, ERR_ENVIRONMENT, "cannot open %s/" INCOMING, dock->path) : incoming;
}

/* ---- looking at it ---- */

/* Opens the course in the folder, checks all of it, and notes its digests. `base` is what its id is made of when it says
 * none. */
static int inspect(const char *directory, const char *base, struct arrival *arrival, struct err *err) {
    __attribute__((cleanup(course_release))) struct course *course = NULL;
    autofree char *tracks = path_join(directory, "tracks"), *exercises = path_join(directory, "exercises");
    if (!fs_is_directory(tracks) || !fs_is_directory(exercises)) {
        err_set(err, ERR_USAGE, "%s is no course: it lacks tracks/ or exercises/", base);
        return err_help(err, "a course is a folder with tracks/ and exercises/ at its top");
    }
    if (course_open(&course, directory, err) || course_validate(course, err)) return -1;
    if (!arrival->name) arrival->name = course->title ? mem_copy_string(course->id) : course_id_of(base);
    json_decref(arrival->record.digests);
    arrival->record.digests = changes_digests(course, err);
    return arrival->record.digests ? 0 : -1;
}

static int refuse_name(const char *name, struct err *err) {
    if (!path_is_id(name)) {
        err_set(err, ERR_USAGE, "'%s' is no name for a course: lower-case letters, digits and single dashes", name);
        return err_help(err, "lab course add … --name NAME");
    }
    if (strcmp(name, COURSE_BUILT_IN) != 0) return 0;
    err_set(err, ERR_USAGE, "'%s' is the name of the course that lab comes with", name);
    return err_help(err, "lab course add … --name ANOTHER");
}

/* What is there under this name already may be replaced by a newer archive of an archive, and else by nothing. */
static int compare_with_present(struct arrival *arrival, bool replaces, struct err *err) {
    scoped(record) present = {0};
    if (refuse_name(arrival->name, err)) return -1;
    if (!record_exists(arrival->name)) return 0;
    if (record_read(&present, arrival->name, err)) return -1;
    replaces |= present.kind == SOURCE_ARCHIVE && arrival->record.kind == SOURCE_ARCHIVE;
    if (!replaces) {
        err_set(err, ERR_USAGE, "a course '%s' was added already", arrival->name);
        return err_help(err, "lab course update %s, or add this one with --name ANOTHER", arrival->name);
    }
    arrival->replaced = true;
    arrival->record.trusted = present.trusted && present.kind != SOURCE_ARCHIVE; /* which anyone may have made */
    changes_between(&arrival->changes, present.digests, arrival->record.digests);
    bool same_revision =
        present.revision && arrival->record.revision && !strcmp(present.revision, arrival->record.revision);
    arrival->same = !arrival->changes.count && (same_revision || arrival->record.kind == SOURCE_FOLDER);
    return 0;
}

/* ---- putting it in place ---- */

/* Content that the present record does not name: what was replaced before, or what a killed lab left. */
static void sweep(int folder, const char *name) {
    scoped(record) present = {0};
    scoped(names) names = {0};
    struct err ignored = ERR_INIT;
    if (record_exists(name) && record_read(&present, name, &ignored)) return;
    if (beneath_names(folder, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        bool named = present.content && !strcmp(names.items[i], present.content);
        if (string_starts_with(names.items[i], "content-") && !named) (void)beneath_remove(folder, names.items[i]);
    }
}

static char *free_content_name(int folder) {
    for (unsigned number = 1;; number++) {
        autofree char *name = str_format("content-%u", number);
        if (faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW)) return steal(&name);
    }
}

/* Moves what came beside the record. What it replaces stays until the next time: another lab may be at work with it. */
static int move_in(const struct dock *dock, int incoming, struct arrival *arrival, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    if (beneath_make_directories(dock->home, arrival->name))
        return err_errno(err, ERR_ENVIRONMENT, "cannot make the folder %s/%s", dock->path, arrival->name);
    autoclose int folder = beneath_open(dock->home, arrival->name, O_RDONLY | O_DIRECTORY, 0);
    if (folder < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s/%s", dock->path, arrival->name);
    sweep(folder, arrival->name);
    arrival->record.content = free_content_name(folder);
    (void)syncfs(incoming); /* the record must not reach the disk before what it speaks of */
    if (!renameat(dock->home, INCOMING, folder, arrival->record.content)) return 0;
    return err_errno(err, ERR_ENVIRONMENT, "cannot put the course into %s/%s", dock->path, arrival->name);
}

static int finish(struct arrival *arrival, struct err *err) {
    if (record_write(&arrival->record, arrival->name, err)) return -1;
    arrival->directory = record_directory(&arrival->record, arrival->name, err);
    return arrival->directory ? 0 : -1;
}

/* ---- by kind ---- */

/* The last part of a URL, without ".git". */
static char *base_of(const char *source) {
    size_t len = strlen(source);
    while (len && source[len - 1] == '/') len--;
    autofree char *whole = mem_copy(source, len);
    char *base = mem_copy_string(path_base(whole));
    if (string_ends_with(base, ".git")) base[strlen(base) - strlen(".git")] = '\0';
    return base;
}

static int add_folder(const char *path, bool replaces, struct arrival *arrival, struct err *err) {
    autofree char *real = realpath(path, NULL);
    if (!real) return err_errno(err, ERR_USAGE, "no course at %s", path);
    arrival->record.kind = SOURCE_FOLDER;
    arrival->record.source = steal(&real);
    if (inspect(arrival->record.source, path_base(arrival->record.source), arrival, err) ||
        compare_with_present(arrival, replaces, err))
        return -1;
    return finish(arrival, err);
}

/* What lies in the folder for what comes. `base`: see inspect. */
static int take_in(const struct dock *dock, int incoming, const char *base, bool replaces, struct arrival *arrival,
                   struct err *err) {
    autofree char *directory = path_join(dock->path, INCOMING);
    if (inspect(directory, base, arrival, err) || compare_with_present(arrival, replaces, err)) return -1;
    if (!arrival->same && move_in(dock, incoming, arrival, err)) return -1;
    if (!arrival->same) return finish(arrival, err);
    scoped(record) present = {0};
    if (record_read(&present, arrival->name, err)) return -1;
    arrival->directory = record_directory(&present, arrival->name, err);
    return arrival->directory ? 0 : -1;
}

static int add_git(const struct dock *dock, const char *url, const char *ref, int interrupt, bool replaces,
                   struct arrival *arrival, struct err *err) {
    char commit[65];
    if (fetch_check(url, ref, err)) return -1;
    autoclose int incoming = dock_incoming(dock, err);
    if (incoming < 0 || fetch_git(url, ref, incoming, commit, interrupt, err)) return -1;
    arrival->record.kind = SOURCE_GIT;
    arrival->record.source = mem_copy_string(url);
    arrival->record.ref = mem_copy_string(ref);
    arrival->record.revision = mem_copy_string(commit);
    autofree char *base = base_of(url);
    return take_in(dock, incoming, base, replaces, arrival, err);
}

static bool same_hash(const char *a, const char *b) { return !strcasecmp(a, b); }

static int check_hash(const struct wanted *wanted, const char *sha256, struct err *err) {
    if (wanted->sha256 && !same_hash(wanted->sha256, sha256)) {
        err_set(err, ERR_USAGE, "refused: %s has the SHA-256 %s, not %s", wanted->source, sha256, wanted->sha256);
        return err_help(err, "fetch the file again, or ask its author for the right hash");
    }
    if (wanted->sha256 || wanted->agree(wanted->context, wanted->source, sha256)) return 0;
    return err_set(err, ERR_USAGE, "%s was not added", wanted->source);
}

static int add_archive(const struct dock *dock, const struct wanted *wanted, struct arrival *arrival, struct err *err) {
    char sha256[HASH_HEX_SIZE];
    autoclose int archive = archive_take(wanted->source, dock->home, sha256, err);
    if (archive < 0 || check_hash(wanted, sha256, err)) return -1;
    autoclose int incoming = dock_incoming(dock, err);
    if (incoming < 0) return -1;
    autofree char *id = NULL;
    if (archive_unpack(archive, incoming, &id, err)) return err_wrap(err, "%s", wanted->source);
    arrival->record.kind = SOURCE_ARCHIVE;
    arrival->record.source = fs_resolve(wanted->source, err);
    arrival->record.revision = mem_copy_string(sha256);
    return arrival->record.source ? take_in(dock, incoming, id, false, arrival, err) : -1;
}

static int refuse_options(const struct wanted *wanted, bool url, bool archive, struct err *err) {
    if (wanted->ref && !url) return err_set(err, ERR_USAGE, "--ref belongs to a URL, and %s is none", wanted->source);
    if (wanted->sha256 && !archive)
        return err_set(err, ERR_USAGE, "--sha256 belongs to an archive, and %s is none", wanted->source);
    if (wanted->sha256 && (strlen(wanted->sha256) != HASH_HEX_SIZE - 1 ||
                           strspn(wanted->sha256, "0123456789abcdefABCDEF") != HASH_HEX_SIZE - 1))
        return err_set(err, ERR_USAGE, "--sha256 takes 64 hexadecimal digits, not '%s'", wanted->sha256);
    return wanted->name ? refuse_name(wanted->name, err) : 0;
}

int library_add(const struct wanted *wanted, struct arrival *arrival, struct err *err) {
    scoped(dock) dock = DOCK_INIT;
    bool url = fetch_is_url(wanted->source), folder = !url && fs_is_directory(wanted->source);
    *arrival = (struct arrival){0};
    if (refuse_options(wanted, url, !url && !folder, err) || dock_open(&dock, err)) return -1;
    arrival->name = mem_copy_string(wanted->name);
    if (url) return add_git(&dock, wanted->source, wanted->ref, wanted->interrupt, false, arrival, err);
    if (folder) return add_folder(wanted->source, false, arrival, err);
    return add_archive(&dock, wanted, arrival, err);
}

int library_update(const char *name, int interrupt, struct arrival *arrival, struct err *err) {
    scoped(dock) dock = DOCK_INIT;
    scoped(record) present = {0};
    *arrival = (struct arrival){0};
    if (dock_open(&dock, err) || record_read(&present, name, err)) return -1;
    arrival->name = mem_copy_string(name);
    switch (present.kind) {
    case SOURCE_FOLDER: return add_folder(present.source, true, arrival, err);
    case SOURCE_GIT: return add_git(&dock, present.source, present.ref, interrupt, true, arrival, err);
    case SOURCE_ARCHIVE: break;
    }
    err_set(err, ERR_USAGE, "%s came as an archive, which is not fetched again", name);
    return err_help(err, "lab course add NEWER.labcourse --name %s", name);
}

int library_remove(const char *name, struct err *err) {
    scoped(dock) dock = DOCK_INIT;
    if (!record_exists(name)) {
        err_set(err, ERR_USAGE, "no course '%s' was added", name);
        return err_help(err, "lab course list");
    }
    if (dock_open(&dock, err)) return -1;
    autofree char *file = str_format("%s/record.json", name);
    if (!beneath_remove(dock.home, file) && !beneath_remove(dock.home, name))
        return 0; /* the record first: then it is gone */
    return err_errno(err, ERR_ENVIRONMENT, "cannot remove %s/%s", dock.path, name);
}
