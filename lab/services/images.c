#include "services/images.h"

#include "base/json.h"
#include "docker/images.h"
#include "services/compose.h"
#include "services/engine.h"
#include "workspace/python_tool.h"

static const double PULL_SECONDS = 4 * 3600;

int image_look(struct docker *docker, const char *image, bool *there, double *bytes, struct err *err) {
    struct err why = ERR_INIT;
    autojson json_t *found = docker_inspect(docker, DOCKER_IMAGES, image, &why);
    *there = found != NULL;
    *bytes = json_get_number(found, "Size", 0);
    if (found || why.code == ERR_USAGE) return 0; /* there is none of this name */
    if (err) *err = why;
    return -1;
}

/* An image that is brought here, and who is told. */
struct bringing {
    const char *image;
    const struct image_watcher *watcher;
};

static void tell(const struct bringing *bringing, const char *label, double done, double total) {
    if (bringing->watcher) bringing->watcher->show(bringing->watcher->context, label, done, total);
}

/* ---- by compose ---- */

static void show_line(void *context, const char *line) {
    const struct bringing *bringing = context;
    autofree char *label = str_format("%s: %s", bringing->image, line);
    tell(bringing, label, 0, 0);
}

/* The last line that it printed. */
static struct sv last_line(const struct str *output) {
    struct sv rest = sv_str(output), line, last = {"it said nothing", 15};
    while (sv_next_line(&rest, &line))
        if (line.len) last = line;
    return last.len < 300 ? last : (struct sv){last.data, 300};
}

static int build(const struct docker *docker, const char *course, const struct service *service,
                 const struct image_watcher *watcher, struct arena *arena, struct err *err) {
    enum { WORDS_MOST = COMPOSE_WORDS + 7 };
    const char *argv[WORDS_MOST] = {NULL};
    scoped(str) output = STR_INIT;
    size_t count = 0;
    int status;
    if (compose_find(argv, arena, err)) return -1;
    while (argv[count]) count++;
    const char *const more[] = {
        "-f", arena_printf(arena, "%s/" COMPOSE_FILE, course), "--project-directory", course, "build", service->name};
    for (size_t i = 0; i < LENGTH(more); i++) argv[count++] = more[i];
    struct bringing bringing = {service->image, watcher};
    const char *const variables[] = {engine_variable(arena, docker), NULL};
    const struct tool tool = {
        .argv = argv, .variables = variables, .directory = course, .lock = -1, .line = show_line, .context = &bringing};
    if (tool_run(&tool, &output, &status, err)) return -1;
    if (!status) return 0;
    struct sv said = last_line(&output);
    return err_set(err, ERR_ENVIRONMENT, "%s cannot be built: %.*s", service->image, (int)said.len, said.data);
}

int image_build(struct docker *docker, const char *course, const struct service *service,
                const struct image_watcher *watcher, struct err *err) {
    struct arena arena = ARENA_INIT;
    int status = build(docker, course, service, watcher, &arena, err);
    arena_release(&arena);
    return status;
}

/* ---- by the engine ---- */

static void show_bytes(void *context, double done, double total) {
    const struct bringing *bringing = context;
    tell(bringing, bringing->image, done, total);
}

int image_fetch(struct docker *docker, const char *image, const struct image_watcher *watcher, struct err *err) {
    struct bringing bringing = {image, watcher};
    const struct docker_pull asked = {
        .image = image, .seconds = PULL_SECONDS, .show = show_bytes, .context = &bringing};
    return docker_pull(docker, &asked, err) ? err_wrap(err, "%s cannot be had", image) : 0;
}
