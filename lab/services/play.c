#include "services/play.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/path.h"
#include "services/instance.h"

#define FOLDER ".lab/services"
#define LOCK   ".lock" /* which is no service's name */

static const char *const drivers[] = {[PLAY_NATIVE] = "native", [PLAY_DOCKER] = "docker"};
static const char *const states[] = {
    [PLAY_IS_NEW] = "not started", [PLAY_IS_STOPPED] = "stopped", [PLAY_HAS_DIED] = "died",
    [PLAY_IS_UNKNOWN] = "unknown", [PLAY_COMES_UP] = "starting",  [PLAY_IS_UP] = "running"};

const char *play_driver_name(enum play_driver driver) { return drivers[driver]; }
const char *play_state_name(enum play_state state) { return states[state]; }

int play_driver_find(enum play_driver *driver, const char *name, struct err *err) {
    for (size_t i = 0; i < LENGTH(drivers); i++)
        if (!strcmp(drivers[i], name)) {
            *driver = (enum play_driver)i;
            return 0;
        }
    return err_set(err, ERR_USAGE, "no driver '%s': it is native or docker", name);
}

/* ---- opening ---- */

int play_home_id(char id[PLAY_ID_SIZE], struct err *err) {
    char hex[HASH_HEX_SIZE];
    const struct path_places *places = path_places(err);
    autofree char *data = places ? fs_resolve(places->data, err) : NULL; /* the same before it is made */
    if (!data) return -1;
    hash_hex(data, strlen(data), hex);
    snprintf(id, PLAY_ID_SIZE, "%.8s-", hex);
    return 0;
}

int play_id(char id[PLAY_ID_SIZE], const char *workspace, struct err *err) {
    char hex[HASH_HEX_SIZE];
    if (play_home_id(id, err)) return -1;
    size_t home = strlen(id);
    hash_hex(workspace, strlen(workspace), hex);
    snprintf(id + home, PLAY_ID_SIZE - home, "%.12s", hex);
    return 0;
}

bool play_is_id(const char *text) {
    return strlen(text) == PLAY_ID_SIZE - 3 && strspn(text, "0123456789abcdef-") == PLAY_ID_SIZE - 3;
}

/* What hinders the folder: as a rule a link or a file that lies in its place. */
static int no_folder(const struct play *play, struct err *err) {
    err_errno(err, ERR_ENVIRONMENT, "cannot keep services in %s/" FOLDER, play->workspace);
    if (errno == ELOOP || errno == ENOTDIR || errno == EXDEV)
        return err_help(err, "neither .lab nor .lab/services may be a link or a file: remove it");
    return -1;
}

static int open_workspace(const struct play *play) { return open(play->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

static int open_folder(struct play *play, struct err *err) {
    autoclose int workspace = open_workspace(play);
    play->folder = workspace < 0 ? -1 : beneath_open(workspace, FOLDER, O_RDONLY | O_DIRECTORY, 0);
    return play->folder < 0 && errno != ENOENT ? no_folder(play, err) : 0;
}

int play_make_folder(struct play *play, struct err *err) {
    autoclose int workspace = open_workspace(play);
    if (play->folder >= 0) return 0;
    if (workspace < 0 || beneath_make_directories(workspace, FOLDER)) return no_folder(play, err);
    return open_folder(play, err);
}

int play_open_bare(struct play **play, const char *workspace, struct err *err) {
    struct play *made = mem_alloc(sizeof *made);
    made->folder = -1;
    made->workspace = realpath(workspace, NULL);
    int result = made->workspace ? 0 : err_errno(err, ERR_ENVIRONMENT, "cannot reach %s", workspace);
    if (!result && (play_id(made->id, made->workspace, err) || open_folder(made, err))) result = -1;
    if (!result)
        *play = made;
    else
        play_close(made);
    return result;
}

int play_open(struct play **play, const char *workspace, struct course *course, struct err *err) {
    const struct services *services;
    if (course_services(&services, course, err) || play_open_bare(play, workspace, err)) return -1;
    (*play)->course = course;
    (*play)->services = services;
    (*play)->shared = path_join(course->directory, "exercises/shared");
    (*play)->environments = path_join(course->directory, "exercises/environments");
    return 0;
}

void play_close(struct play *play) {
    if (!play) return;
    if (play->folder >= 0) close(play->folder);
    free(play->workspace);
    free(play->shared);
    free(play->environments);
    free(play);
}

void play_close_pointer(struct play **play) {
    play_close(*play);
    *play = NULL;
}

const struct service *play_service(const struct play *play, const char *name, struct err *err) {
    const struct service *found = services_find(play->services, name);
    if (found) return found;
    scoped(arena) arena = ARENA_INIT;
    size_t count = play->services->count;
    const char **names = arena_alloc(&arena, (count + 1) * sizeof *names);
    scoped(str) list = STR_INIT;
    for (size_t i = 0; i < count; i++) {
        names[i] = play->services->items[i].name;
        str_printf(&list, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = string_nearest(name, names, count);
    if (near)
        err_set(err, ERR_USAGE, "no service '%.64s', did you mean '%s'?", name, near);
    else
        err_set(err, ERR_USAGE, "no service '%.64s'; the course has %s", name, count ? list.data : "none");
    return NULL;
}

/* ---- alone at work ---- */

static bool is_interrupted(int interrupt, int timeout) {
    struct pollfd file = {.fd = interrupt > 0 ? interrupt : -1, .events = POLLIN};
    return poll(&file, 1, timeout) > 0;
}

/* Who has the lock says so in the file. */
static void note_holder(int lock) {
    autofree char *text = str_format("%d\n", getpid());
    if (!ftruncate(lock, 0)) (void)!pwrite(lock, text, strlen(text), 0);
}

static int is_busy(int lock, struct err *err) {
    char text[16] = "";
    (void)!pread(lock, text, sizeof text - 1, 0);
    err_set(err, ERR_ENVIRONMENT, "another lab is at work there (process %d): wait until it is done, or end it",
            atoi(text));
    errno = EWOULDBLOCK;
    return -1;
}

int play_lock(struct play *play, const struct play_request *request, struct err *err) {
    enum { LOOK_MS = 30 };
    if (play_make_folder(play, err)) return -1;
    autoclose int fd = beneath_open(play->folder, LOCK, O_RDWR | O_CREAT, 0600);
    if (fd < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot lock %s/" FOLDER "/" LOCK, play->workspace);
    double begin = clock_monotonic();
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_errno(err, ERR_ENVIRONMENT, "cannot lock %s/" FOLDER, play->workspace);
        const struct play_progress waits = {
            .deed = PLAY_WAITS, .workspace = play->workspace, .seconds = clock_monotonic() - begin};
        if (request->patience > 0 && waits.seconds > request->patience) return is_busy(fd, err);
        if (request->watcher.show) request->watcher.show(request->watcher.context, &waits);
        if (is_interrupted(request->interrupt, LOOK_MS)) return err_set(err, ERR_INTERRUPTED, "interrupted");
    }
    note_holder(fd);
    return steal_fd(&fd);
}
