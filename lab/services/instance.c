#include "services/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/path.h"

#define STATE     "state.json"
#define TEMPORARY "state.json.tmp"

enum { STATE_MOST = 64 * 1024, FORMAT = 1 };

/* ---- the state file ---- */

static void copy_text(char *to, size_t size, const json_t *object, const char *key) {
    const char *text = json_get_string(object, key, "");
    snprintf(to, size, "%s", strlen(text) < size ? text : "");
}

/* A mark is lab's own, not whatever a file says. */
static bool is_mark_of(const char *mark, const char *name) {
    size_t len = strcspn(mark, "/");
    autofree char *id = mem_copy(mark, len);
    return play_is_id(id) && mark[len] && !strcmp(mark + len + 1, name);
}

static void parse_state(struct state *state, const json_t *object) {
    long long driver = json_get_integer(object, "driver", 0), pid = json_get_integer(object, "pid", 0);
    long long port = json_get_integer(object, "port", 0);
    if (json_get_integer(object, "format", 0) != FORMAT) return;
    state->known = true;
    state->driver = driver == PLAY_DOCKER ? PLAY_DOCKER : PLAY_NATIVE;
    state->pid = pid > 1 && pid <= INT32_MAX ? (pid_t)pid : 0;
    state->started = (uint64_t)json_get_integer(object, "started", 0);
    state->device = (uint64_t)json_get_integer(object, "device", 0);
    state->inode = (uint64_t)json_get_integer(object, "inode", 0);
    state->port = port > 0 && port < 65536 ? (int)port : 0;
    state->since = json_get_integer(object, "since", 0);
    state->runs = json_get_boolean(object, "runs", false);
    state->ready = json_get_boolean(object, "ready", false);
    copy_text(state->boot, sizeof state->boot, object, "boot");
    copy_text(state->mark, sizeof state->mark, object, "mark");
    copy_text(state->declaration, sizeof state->declaration, object, "declaration");
}

/* What cannot be read counts as none: the processes are found by their mark all the same. */
static void read_state(struct instance *instance) {
    scoped(str) text = STR_INIT;
    struct stat folder;
    struct state *state = &instance->state;
    if (beneath_read(instance->folder, STATE, &text, STATE_MOST) || fstat(instance->folder, &folder)) return;
    autojson json_t *object = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object)) return;
    parse_state(state, object);
    bool copied = state->device != folder.st_dev || state->inode != folder.st_ino;
    if (state->known && (copied || !is_mark_of(state->mark, instance->name))) *state = (struct state){.known = true};
}

static json_t *state_json(const struct state *state) {
    json_t *object = json_object();
    json_put(object, "format", json_integer(FORMAT));
    json_put(object, "driver", json_integer(state->driver));
    json_put(object, "pid", json_integer(state->pid));
    json_put(object, "started", json_integer((json_int_t)state->started));
    json_put(object, "boot", json_string(state->boot));
    json_put(object, "mark", json_string(state->mark));
    json_put(object, "device", json_integer((json_int_t)state->device));
    json_put(object, "inode", json_integer((json_int_t)state->inode));
    json_put(object, "port", json_integer(state->port));
    json_put(object, "since", json_integer(state->since));
    json_put(object, "runs", json_boolean(state->runs));
    json_put(object, "ready", json_boolean(state->ready));
    json_put(object, "declaration", json_string(state->declaration));
    return object;
}

static int write_whole(int folder, const char *text) {
    if (unlinkat(folder, TEMPORARY, 0) && errno != ENOENT) return -1;
    autoclose int fd = openat(folder, TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 || fs_write_all(fd, text, strlen(text)) || fsync(fd)) return -1;
    return renameat(folder, TEMPORARY, folder, STATE);
}

int instance_save(struct instance *instance, struct err *err) {
    struct stat folder;
    struct state *state = &instance->state;
    if (fstat(instance->folder, &folder)) return err_errno(err, ERR_ENVIRONMENT, "cannot read %s", instance->path);
    state->device = folder.st_dev;
    state->inode = folder.st_ino;
    snprintf(state->mark, sizeof state->mark, "%s/%s", instance->play->id, instance->name);
    autojson json_t *object = state_json(state);
    char *text = json_dumps(object, JSON_INDENT(1));
    int result = text && !write_whole(instance->folder, text)
                     ? 0
                     : err_errno(err, ERR_ENVIRONMENT, "cannot write %s/" STATE, instance->path);
    free(text);
    state->known = !result;
    return result;
}

/* ---- opening ---- */

int instance_open(struct instance *instance, const struct play *play, const char *name, bool make, struct err *err) {
    *instance = (struct instance){.play = play, .folder = -1, .name = mem_copy_string(name)};
    instance->path = str_format("%s/.lab/services/%s", play->workspace, name);
    if (make && mkdirat(play->folder, name, 0700) && errno != EEXIST)
        return err_errno(err, ERR_ENVIRONMENT, "cannot make %s", instance->path);
    instance->folder = play->folder < 0 ? -1 : beneath_open(play->folder, name, O_RDONLY | O_DIRECTORY, 0);
    if (instance->folder >= 0)
        read_state(instance);
    else if (play->folder >= 0 && errno != ENOENT)
        return err_errno(err, ERR_ENVIRONMENT, "cannot use %s: it must be a folder", instance->path);
    return 0;
}

void instance_release(struct instance *instance) {
    if (instance->folder >= 0) close(instance->folder);
    free(instance->name);
    free(instance->path);
    *instance = (struct instance){.folder = -1};
}

int instance_open_folder(const struct instance *instance, const char *name, struct err *err) {
    int fd = -1;
    if (!mkdirat(instance->folder, name, 0700) || errno == EEXIST)
        fd = beneath_open(instance->folder, name, O_RDONLY | O_DIRECTORY, 0);
    return fd >= 0 ? fd
                   : err_errno(err, ERR_ENVIRONMENT, "cannot use %s/%s: it must be a folder", instance->path, name);
}

bool folder_is_empty(int folder) {
    scoped(names) names = {0};
    return !beneath_names(folder, &names) && !names.count;
}

static void add_strings(struct hash *hash, const struct strings *list) {
    for (size_t i = 0; i < list->count; i++) hash_add_string(hash, list->items[i]);
    hash_add_string(hash, "");
}

void declaration_digits(const struct service *service, char digits[DECLARATION_DIGITS + 1]) {
    char hex[HASH_HEX_SIZE];
    struct hash hash;
    hash_init(&hash);
    add_strings(&hash, &service->native);
    add_strings(&hash, &service->env);
    hash_add_string(&hash, service->python ? service->python : "");
    hash_add_string(&hash, service->image ? service->image : "");
    hash_finish(&hash, hex);
    snprintf(digits, DECLARATION_DIGITS + 1, "%.*s", DECLARATION_DIGITS, hex);
}

/* ---- its processes ---- */

/* It writes to the log, or to one that was removed from the log's place. */
static bool writes_to_log(const struct instance *instance, pid_t pid) {
    struct stat log;
    bool has_log =
        instance->folder >= 0 && !fstatat(instance->folder, "log", &log, AT_SYMLINK_NOFOLLOW) && S_ISREG(log.st_mode);
    if (has_log && process_writes_to(pid, &log)) return true;
    autofree char *path = path_join(instance->path, "log");
    autofree char *output = process_stream(pid, STDOUT_FILENO);
    autofree char *error = process_stream(pid, STDERR_FILENO);
    return (output && !strcmp(output, path)) || (error && !strcmp(error, path));
}

static bool is_of_user(const struct process *process) { return process->user == geteuid() && !process->dead; }

/* Its environment begins with the mark; of one that has none, as it erased it, the log tells. */
static bool is_marked(const struct instance *instance, const struct process *process) {
    char mark[MARK_SIZE], own[MARK_SIZE];
    if (!is_of_user(process)) return false;
    process_mark(process->pid, mark);
    snprintf(own, sizeof own, "%s/%s", instance->play->id, instance->name);
    if (mark[0]) return !strcmp(mark, own) || !strcmp(mark, instance->state.mark);
    return writes_to_log(instance, process->pid);
}

/* Enough only for one that the state file names: a learner's shell may stand there too. */
static bool stands_inside(const struct instance *instance, const struct process *process) {
    char mark[MARK_SIZE];
    if (!is_of_user(process)) return false;
    process_mark(process->pid, mark);
    autofree char *folder = mark[0] ? NULL : process_folder(process->pid);
    return folder && path_below(folder, instance->path);
}

bool instance_leader(const struct instance *instance, struct process *leader) {
    char boot[BOOT_SIZE];
    const struct state *state = &instance->state;
    process_boot(boot);
    if (!state->pid || strcmp(boot, state->boot) != 0 || !process_read(state->pid, leader)) return false;
    return leader->started == state->started && (is_marked(instance, leader) || stands_inside(instance, leader));
}

void instance_processes(const struct instance *instance, const struct processes *all, struct processes *found) {
    struct process leader;
    bool lives = instance_leader(instance, &leader);
    found->list.count = 0;
    if (lives) *array_push(&found->list) = leader;
    for (size_t i = 0; i < all->list.count; i++) {
        const struct process *one = &all->list.items[i];
        if (one->dead || (lives && one->pid == leader.pid)) continue;
        if ((lives && one->session == leader.pid) || is_marked(instance, one)) *array_push(&found->list) = *one;
    }
    for (bool more = true; more;) { /* what they started, whatever its environment and its session */
        more = false;
        for (size_t i = 0; i < all->list.count; i++) {
            const struct process *one = &all->list.items[i];
            if (one->dead || processes_have(found, one->pid) || !processes_have(found, one->parent)) continue;
            *array_push(&found->list) = *one;
            more = true;
        }
    }
}
