#include "attempt/tool.h"

#include <stdlib.h>

#include "attempt/apart.h"
#include "attempt/dock.h"
#include "attempt/errand.h"
#include "attempt/tool_known.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/machine.h"
#include "base/path.h"
#include "workspace/python.h"

static const double ANSWER_SECONDS = 5;
enum { ANSWER_MOST = 64 << 10, MEMORY_MOST = 1 << 30, PROCESSES_MOST = 64 };

void tool_append(struct str *out, const struct tool_need *tool) {
    str_append(out, tool->name);
    if (tool->least) str_printf(out, " %s or newer", tool->least);
}

static int say_missing(const struct tool_known *known, bool debian, struct err *err) {
    err_set(err, ERR_ENVIRONMENT, "%s is not installed", known->name);
    tool_advise(known, debian, err);
    return -1;
}

json_t *tools_missing(void) {
    bool debian = machine_is_debian();
    json_t *messages = json_object();
    const struct tool_known *known;
    for (size_t i = 0; (known = tool_known_at(i)); i++) {
        struct err err = ERR_INIT;
        say_missing(known, debian, &err);
        err_join(&err);
        json_put(messages, known->name, json_string(err.message));
    }
    return messages;
}

/* ---- its version, asked in a box ---- */

struct asking {
    const struct tool_need *tool;
    const char *environment;
    int interrupt;
    struct arena arena;
    struct errand errand;
    struct box_result result;
};

static void asking_release(struct asking *q) {
    box_result_release(&q->result);
    errand_release(&q->errand);
    arena_release(&q->arena);
}

static const struct box_folder *folders_of(struct asking *q) {
    struct box_folder *folders = arena_alloc(&q->arena, (PYTHON_BASE_MOST + 3) * sizeof *folders);
    size_t count = 0;
    folders[count++] = (struct box_folder){q->errand.scratch.directory, NULL, BOX_TEMPORARY};
    if (!q->environment) return folders;
    folders[count++] = (struct box_folder){q->environment, NULL, BOX_READ};
    for (const char **base = python_base_folders(&q->arena, q->environment); *base; base++)
        folders[count++] = (struct box_folder){*base, NULL, BOX_READ};
    return folders;
}

static const char *const *words_of(struct asking *q) {
    const struct tool_known *known = tool_known(q->tool->name);
    const char **words = arena_alloc(&q->arena, (LENGTH(known->words) + 2) * sizeof *words);
    words[0] = q->tool->name;
    words[1] = "--version";
    for (size_t i = 0; known && i < LENGTH(known->words) && known->words[i]; i++) words[i + 1] = known->words[i];
    return words;
}

static int run(struct asking *q, struct err *err) {
    const struct path_places *places = path_places(err);
    if (!places || errand_open(&q->errand, places->cache, 0, q->environment, err)) return -1;
    const struct box_config config = {
        .folders = folders_of(q),
        .limits = {.wall = ANSWER_SECONDS, .memory = MEMORY_MOST, .processes = PROCESSES_MOST, .output = ANSWER_MOST},
        .network = BOX_NETWORK_NONE,
        .walls = &q->errand.walls,
        .user = q->errand.user,
        .interrupt = q->interrupt,
    };
    const char *home = box_inside(&q->errand.walls, config.folders);
    const struct box_program program = {
        .argv = words_of(q),
        .env = python_run_environment(&q->arena, q->environment ? q->environment : "/usr", home, home),
        .cwd = "/",
    };
    return box_run_alone(&config, &program, &q->result, err);
}

static int judge(const struct asking *q, struct err *err) {
    char text[VERSION_TEXT_SIZE];
    struct version found;
    const struct tool_need *tool = q->tool;
    const struct box_result *result = &q->result;
    bool told =
        version_find(&found, text, sv_str(&result->out.head)) || version_find(&found, text, sv_str(&result->err.head));
    if (result->not_found)
        err_set(err, ERR_ENVIRONMENT, "%s cannot be run by checks: %s", tool->name, result->why);
    else if (result->limit)
        err_set(err, ERR_ENVIRONMENT, "%s did not tell its version: it was ended, beyond its %s", tool->name,
                box_limit_name(result->limit));
    else if (!told || result->code)
        err_set(err, ERR_ENVIRONMENT, "%s does not tell its version, and %s or newer is needed", tool->name,
                tool->least);
    else if (version_is_older(&found, &tool->bound))
        err_set(err, ERR_ENVIRONMENT, "%s is %s, and %s or newer is needed", tool->name, text, tool->least);
    else
        return 0;
    tool_advise(tool_known(tool->name), machine_is_debian(), err);
    return -1;
}

static int ask(void *context, struct err *err) {
    struct asking *q = context;
    int status = run(q, err) ? -1 : judge(q, err);
    asking_release(q);
    return status;
}

/* ---- where it is ---- */

static char *find(const char *environment, const char *name) {
    static const char usual[] = "/usr/local/bin:/usr/bin:/bin";
    autofree char *path = environment ? str_format("%s/bin:%s", environment, usual) : mem_copy_string(usual);
    return fs_find_program_in(path, name);
}

/* The learner's own PATH may lead to one that checks do not see. */
static int say_absent(const char *name, struct err *err) {
    autofree char *elsewhere = fs_find_program(name);
    const struct tool_known *known = tool_known(name);
    if (!elsewhere && known) return say_missing(known, machine_is_debian(), err);
    if (!elsewhere) return err_set(err, ERR_ENVIRONMENT, "%s is not found on PATH", name);
    scoped(str) word = STR_INIT;
    str_append_shell_word(&word, elsewhere);
    err_set(err, ERR_ENVIRONMENT, "%s is %s, and checks see programs of /usr/local/bin, /usr/bin and /bin alone", name,
            elsewhere);
    return err_help(err, "sudo install %s /usr/local/bin", word.data);
}

int tool_look(const struct tool_need *tool, const char *environment, int interrupt, struct err *err) {
    if (!strcmp(tool->name, TOOL_ENGINE)) return dock_probe(interrupt, err);
    autofree char *path = find(environment, tool->name);
    if (!path) return say_absent(tool->name, err);
    if (!tool->least) return 0;
    struct asking asking = {
        .tool = tool, .environment = environment, .interrupt = interrupt, .arena = ARENA_INIT, .errand = ERRAND_INIT};
    return apart_run_alone(ask, &asking, interrupt, err);
}

/* ---- of an exercise ---- */

static bool counts(const struct exercise *exercise, const struct tool_need *tool) {
    for (size_t i = 0; i < exercise->check_count; i++)
        if (!exercise->checks[i].bonus && check_needs_tool(&exercise->checks[i], tool)) return true;
    return false;
}

const struct tool_need *exercise_lacks(const struct exercise *exercise, const char *environment, struct err *err) {
    for (size_t i = 0; i < exercise->tools.count; i++) {
        const struct tool_need *tool = &exercise->tools.items[i];
        if (counts(exercise, tool) && tool_look(tool, environment, -1, err)) return tool;
    }
    return NULL;
}
