#include "workspace/python_build.h"

#include <stdlib.h>

#include "base/path.h"
#include "workspace/python_place.h"

/* ---- one step ---- */

static int run_step(struct build *build, const char *doing, struct tool tool, struct err *err) {
    scoped(str) output = STR_INIT;
    int status;
    tool.directory = build->cache;
    if (tool_run(&tool, &output, &status, err)) return -1;
    if (!status) return 0;
    build->offline = tool_lacks_network(&output);
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

int build_venv(struct build *build, bool with_pip, int lock, struct err *err) {
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
    return build_venv(build, false, lock, err) ? -1 : run_install(build, argv, lock, err);
}

/* ---- with pip ---- */

int build_pip_install(struct build *build, int lock, struct err *err) {
    autofree char *python = path_join(build->directory, "bin/python");
    const char *const argv[] = {python,
                                "-I",
                                "-m",
                                "pip",
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
                                NULL};
    return run_install(build, argv, lock, err);
}

static int pip_uninstall(struct build *build, const char *package, int lock, struct err *err) {
    autofree char *python = path_join(build->directory, "bin/python");
    const char *const argv[] = {python, "-I", "-m", "pip", "uninstall", "--yes", "--quiet", package, NULL};
    return run_step(build, "tidying", (struct tool){.argv = argv, .lock = lock}, err);
}

/* What ensurepip brought along is taken away, so that the environment holds what the lock says, by whichever way it
 * was built, and nobody changes what is shared with a `pip install`. */
static int install_with_pip(struct build *build, int lock, struct err *err) {
    if (build_venv(build, true, lock, err)) return -1;
    if (pip_uninstall(build, "setuptools", lock, err)) return -1;
    if (build_pip_install(build, lock, err)) return -1;
    return pip_uninstall(build, "pip", lock, err);
}

int build_environment(void *context, int lock, struct err *err) {
    struct build *build = context;
    if (!build->packages) return build_venv(build, false, lock, err);
    autofree char *uv = NULL;
    if (uv_find(&uv, NULL, build, err)) return -1;
    return uv ? install_with_uv(build, uv, lock, err) : install_with_pip(build, lock, err);
}
