#include "workspace/python_build.h"

#include <stdlib.h>

#include "base/path.h"
#include "workspace/python_place.h"

int build_minor_length(const char *version) {
    size_t major = strcspn(version, ".");
    return (int)(version[major] ? major + 1 + strcspn(version + major + 1, ".") : major);
}

/* ---- one step ---- */

static int run_step(struct build *build, const char *doing, struct tool tool, struct err *err) {
    scoped(str) output = STR_INIT;
    int status;
    tool.directory = build->cache;
    if (tool_run(&tool, &output, &status, err)) return -1;
    if (!status) return 0;
    build->offline = tool_lacks_network(&output);
    build->other_hash = tool_met_other_hash(&output);
    autofree char *what = str_format("%s %s", doing, build->what);
    return tool_failure(err, what, &output);
}

/* A step that brings packages, with its progress shown. */
static int run_install(struct build *build, const char *const *argv, int lock, struct err *err) {
    struct build_progress progress;
    build_progress_init(&progress, build);
    int result = run_step(
        build, "installing",
        (struct tool){
            .argv = argv, .lock = lock, .line = build_progress_line, .tick = build_progress_tick, .context = &progress},
        err);
    build_progress_release(&progress);
    return result;
}

static int make_venv(struct build *build, bool with_pip, int lock, struct err *err) {
    const char *const argv[] = {
        build->interpreter, "-I", "-m", "venv", build->directory, with_pip ? NULL : "--without-pip", NULL};
    return run_step(build, "making", (struct tool){.argv = argv, .lock = lock}, err);
}

/* ---- with uv ---- */

static int install_with_uv(struct build *build, const char *uv, int lock, struct err *err) {
    autofree char *python = path_join(build->directory, "bin/python");
    const char *const argv[] = {uv,
                                "pip",
                                "sync",
                                "--python",
                                python,
                                "--require-hashes",
                                "--only-binary",
                                ":all:",
                                "--compile-bytecode",
                                build->requirements,
                                NULL};
    return run_install(build, argv, lock, err);
}

/* ---- with pip ---- */

static int make_pip(void *context, int lock, struct err *err) {
    struct build *build = context;
    watcher_show(build->watcher, "preparing pip", 0, 0, 0);
    return make_venv(build, true, lock, err);
}

/* The script that runs pip out of its own folder in another environment, as `pip --python` does, but in one process, so
 * that to end it ends all. pip lies in a place of its own for each version of Python: environments hold what their lock
 * says and nothing else, and nobody changes a shared one by a `pip install`. */
static int find_pip(char **script, const struct build *wanted, struct err *err) {
    const char *version = wanted->version;
    autofree char *directory = str_format("%s/pip-%s", wanted->cache, version);
    struct build build = *wanted;
    build.what = "an environment with pip";
    build.directory = directory;
    bool made;
    if (place_ensure(directory, version, wanted->watcher, make_pip, &build, &made, err)) return -1;
    *script = str_format("%s/lib/python%.*s/site-packages/pip/__pip-runner__.py", directory,
                         build_minor_length(version), version);
    return 0;
}

static int install_with_pip(struct build *build, const char *pip, bool cached, int lock, struct err *err) {
    autofree char *python = path_join(build->directory, "bin/python");
    const char *const argv[] = {python,
                                pip,
                                "install",
                                "--require-hashes",
                                "--only-binary",
                                ":all:",
                                "--no-deps",
                                "--progress-bar",
                                "off",
                                "--retries",
                                "1",
                                "-r",
                                build->requirements,
                                cached ? NULL : "--no-cache-dir",
                                NULL};
    return run_install(build, argv, lock, err);
}

/* What pip keeps of earlier downloads may be damaged, or an older file of the same name: then the index is asked. */
int build_with_pip(struct build *build, int lock, struct err *err) {
    autofree char *pip = NULL;
    if (find_pip(&pip, build, err) || make_venv(build, false, lock, err)) return -1;
    if (!install_with_pip(build, pip, true, lock, err)) return 0;
    return build->other_hash ? install_with_pip(build, pip, false, lock, err) : -1;
}

int build_environment(void *context, int lock, struct err *err) {
    struct build *build = context;
    if (!build->packages) return make_venv(build, false, lock, err);
    autofree char *uv = NULL;
    if (uv_find(&uv, NULL, build, err)) return -1;
    if (!uv) return build_with_pip(build, lock, err);
    return make_venv(build, false, lock, err) ? -1 : install_with_uv(build, uv, lock, err);
}
