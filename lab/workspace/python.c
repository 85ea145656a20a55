#include "workspace/python.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/path.h"
#include "workspace/python_build.h"
#include "workspace/python_place.h"

#define RECIPE "1" /* to be raised when environments are built differently, so that they are built again */

enum { LOCK_MOST = 8 << 20, KEY_DIGITS = 16 };

void python_release(struct python *python) {
    free(python->directory);
    free(python->version);
    *python = (struct python){0};
}

/* ---- what an environment is made of ---- */

struct recipe {
    char *what; /* "the Python environment ml" */
    char *interpreter, *version;
    char *requirements; /* path of the lock; NULL for plain */
    struct str lock;
    char *directory; /* the place that follows from all this */
};

static void recipe_release(struct recipe *recipe) {
    free(recipe->what);
    free(recipe->interpreter);
    free(recipe->version);
    free(recipe->requirements);
    free(recipe->directory);
    str_release(&recipe->lock);
}

static int read_lock(struct recipe *recipe, const char *environments, const char *name, struct err *err) {
    if (!path_is_id(name)) return err_set(err, ERR_COURSE, "'%s' cannot be the name of a Python environment", name);
    recipe->requirements = str_format("%s/%s/requirements.lock", environments, name);
    if (!fs_read(&recipe->lock, recipe->requirements, LOCK_MOST, err)) {
        if (!memchr(recipe->lock.data, '\0', recipe->lock.len) && utf8_valid(recipe->lock.data, recipe->lock.len))
            return 0;
        return err_set(err, ERR_COURSE, "the lock of the course's Python environment %s is no text: %s", name,
                       recipe->requirements);
    }
    err_wrap(err, "the course's Python environment %s", name);
    if (err) err->code = ERR_COURSE;
    return -1;
}

static char *place_of(const struct recipe *recipe, const char *name, const char *cache) {
    char hex[HASH_HEX_SIZE];
    struct hash hash;
    hash_init(&hash);
    hash_add_string(&hash, RECIPE);
    hash_add_string(&hash, recipe->interpreter);
    hash_add_string(&hash, recipe->version);
    hash_add_string(&hash, recipe->requirements ? "packages" : "plain");
    hash_add(&hash, recipe->lock.data, recipe->lock.len);
    hash_finish(&hash, hex);
    return str_format("%s/python/%s-%.*s", cache, name, KEY_DIGITS, hex);
}

static int recipe_read(struct recipe *recipe, const char *environments, const char *name, struct err *err) {
    *recipe = (struct recipe){.lock = STR_INIT};
    const struct path_places *places = path_places(err);
    if (!places || (name && read_lock(recipe, environments, name, err))) return -1;
    if (python_interpreter(&recipe->interpreter, &recipe->version, err)) return -1;
    recipe->what = name ? str_format("the Python environment %s", name) : mem_copy_string("the Python environment");
    recipe->directory = place_of(recipe, name ? name : "plain", places->cache);
    return 0;
}

/* Packages of a lock: the lines that begin with a name. One that is for other machines only (a marker behind ";") counts
 * too, since only the tool can tell. */
static size_t count_packages(const struct str *lock) {
    size_t count = 0;
    struct sv rest = sv_str(lock), line;
    while (sv_next_line(&rest, &line)) count += line.len && isalnum((unsigned char)line.data[0]);
    return count;
}

static void give(struct python *python, struct recipe *recipe, bool built) {
    python->directory = steal(&recipe->directory);
    python->version = steal(&recipe->version);
    python->built = built;
}

/* ---- finding and building ---- */

bool python_find(struct python *python, const char *environments, const char *name) {
    scoped(recipe) recipe = {0};
    *python = (struct python){0};
    if (recipe_read(&recipe, environments, name, NULL) || !place_is_complete(recipe.directory)) return false;
    give(python, &recipe, false);
    return true;
}

bool python_is_whole(const struct python *python) { return place_is_whole(python->directory); }

int python_ensure(struct python *python, const char *environments, const char *name,
                  const struct python_watcher *watcher, struct err *err) {
    scoped(recipe) recipe = {0};
    *python = (struct python){0};
    if (recipe_read(&recipe, environments, name, err)) return -1;
    struct build build = {.what = recipe.what,
                          .directory = recipe.directory,
                          .interpreter = recipe.interpreter,
                          .version = recipe.version,
                          .requirements = recipe.requirements,
                          .packages = count_packages(&recipe.lock),
                          .cache = path_places(NULL)->cache,
                          .watcher = watcher};
    autofree char *description = str_format("recipe %s\npython %s %s\nlock %s\n", RECIPE, recipe.version,
                                            recipe.interpreter, recipe.requirements ? recipe.requirements : "none");
    bool built;
    if (place_ensure(recipe.directory, description, watcher, build_environment, &build, &built, err)) return -1;
    give(python, &recipe, built);
    return 0;
}

/* ---- for doctor ---- */

bool python_has_pip(void) {
    autofree char *path = NULL;
    autofree char *version = NULL;
    if (python_interpreter(&path, &version, NULL)) return false;
    const char *const argv[] = {path, "-I", "-c", "import venv, ensurepip", NULL};
    scoped(str) output = STR_INIT;
    int status;
    return !tool_run(&(struct tool){.argv = argv, .directory = "/", .lock = -1}, &output, &status, NULL) && !status;
}

char *python_builder(void) {
    autofree char *uv = NULL;
    autofree char *version = NULL;
    uv_find(&uv, &version, NULL, NULL);
    if (uv) return str_format("uv %s (%s)", version, uv);
    const char *refused = getenv("LAB_NO_UV");
    return mem_copy_string(refused && *refused ? "venv and pip (LAB_NO_UV is set)"
                                               : "uv, fetched when first needed; else venv and pip");
}

/* True when this folder of the cache is a complete environment that one of the course's locks names. */
static bool is_current(const char *environments, const char *folder, const char *path) {
    if (!place_is_complete(path)) return false;
    size_t len = strlen(folder);
    if (!environments || len <= KEY_DIGITS + 1) return true;
    autofree char *name = mem_copy(folder, len - KEY_DIGITS - 1);
    struct python python;
    bool found = python_find(&python, environments, strcmp(name, "plain") ? name : NULL);
    bool current = found && !strcmp(path_base(python.directory), folder);
    python_release(&python);
    return current;
}

void python_leftovers(struct names *folders, const char *environments) {
    const struct path_places *places = path_places(NULL);
    autofree char *cache = places ? path_join(places->cache, "python") : NULL;
    autoclose int at = cache ? open(cache, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    scoped(names) names = {0};
    if (at < 0 || beneath_names(at, &names)) return;
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.items[i];
        autofree char *path = path_join(cache, name);
        if (name[0] == '.' || !strcmp(name, "interpreters") || !fs_is_directory(path)) continue;
        if (!is_current(environments, name, path) && !place_is_locked(path)) *array_push(folders) = steal(&path);
    }
}

/* ---- running in it ---- */

const char **python_base_folders(struct arena *arena, const char *environment) {
    const char **folders = arena_alloc(arena, (PYTHON_BASE_MOST + 1) * sizeof *folders);
    autofree char *name = path_join(environment, "bin/python");
    autofree char *real = realpath(name, NULL);
    if (!real || string_starts_with(real, "/usr/") || string_starts_with(real, "/bin/")) return folders;
    autofree char *programs = path_parent(real);
    autofree char *base = path_parent(programs);
    const char *const all[PYTHON_BASE_MOST] = {programs, arena_printf(arena, "%s/lib", base),
                                               arena_printf(arena, "%s/lib64", base)};
    size_t count = 0;
    for (size_t i = 0; i < LENGTH(all); i++)
        if (fs_is_directory(all[i])) folders[count++] = arena_string(arena, all[i]);
    return folders;
}

const char **python_run_environment(struct arena *arena, const char *environment, const char *home, const char *tmp) {
    const char *const list[] = {
        arena_printf(arena, "HOME=%s", home),
        arena_printf(arena, "TMPDIR=%s", tmp),
        arena_printf(arena, "PATH=%s/bin:/usr/local/bin:/usr/bin:/bin", environment),
        arena_printf(arena, "VIRTUAL_ENV=%s", environment),
        "LANG=C.UTF-8",
        "LC_ALL=C.UTF-8",
        "TZ=UTC",
        "PYTHONHASHSEED=0",
        "PYTHONDONTWRITEBYTECODE=1",
        "OMP_NUM_THREADS=2",
        NULL,
    };
    const char **copy = arena_alloc(arena, sizeof list);
    memcpy(copy, list, sizeof list);
    return copy;
}
