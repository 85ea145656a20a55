/* Getting uv: from PATH, from the cache, or the pinned release from the package index into the cache. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "workspace/python_build.h"
#include "workspace/python_place.h"

/* The release that is fetched, with the wheels of x86-64 and arm64, glibc and musl. */
static const char pinned[] =
    "uv==0.13.9"
    " --hash=sha256:d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19" /* manylinux_2_17_x86_64 */
    " --hash=sha256:2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25" /* musllinux_1_1_x86_64 */
    " --hash=sha256:ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375" /* manylinux_2_28_aarch64 */
    " --hash=sha256:5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe" /* musllinux_1_1_aarch64 */
    "\n";

enum { LEAST_MINOR = 5, ANSWER_SECONDS = 15 };

/* The version of this uv when it runs and is new enough to know the options used here (0.5), else NULL. A shim of a
 * version manager may be found and yet not run. Caller frees. */
static char *version_of(const char *uv) {
    const char *const argv[] = {uv, "--version", NULL};
    struct tool tool = {.argv = argv, .directory = "/", .seconds = ANSWER_SECONDS, .lock = -1};
    scoped(str) output = STR_INIT;
    int status;
    unsigned major, minor;
    if (tool_run(&tool, &output, &status, NULL) || status) return NULL;
    if (sscanf(output.data, "uv %u.%u", &major, &minor) != 2 || (!major && minor < LEAST_MINOR)) return NULL;
    const char *begin = output.data + strlen("uv ");
    return mem_copy(begin, strcspn(begin, " \n"));
}

static bool take(char **uv, char **version, char *candidate) {
    autofree char *found = candidate ? version_of(candidate) : NULL;
    if (!found) {
        free(candidate);
        return false;
    }
    *uv = candidate;
    if (version) *version = steal(&found);
    return true;
}

/* place_make: an environment of which uv is the only package. */
static int fetch_uv(void *context, int lock, struct err *err) {
    struct build *build = context;
    watcher_show(build->watcher, "fetching uv", 0, 0, 0);
    return fs_write(build->requirements, pinned, sizeof pinned - 1, err) ? -1 : build_with_pip(build, lock, err);
}

static int fetch_into_cache(const struct build *wanted, struct err *err) {
    autofree char *directory = path_join(wanted->cache, "uv");
    autofree char *requirements = path_join(wanted->cache, "uv-requirements.lock");
    struct build build = *wanted;
    build.what = "uv";
    build.directory = directory;
    build.requirements = requirements;
    build.packages = 1;
    bool made;
    if (!place_ensure(directory, pinned, wanted->watcher, fetch_uv, &build, &made, err)) return 0;
    if (build.offline || tool_is_interrupted()) return -1;
    watcher_show(wanted->watcher, "uv cannot be had, going on with pip", 0, 0, 0);
    return 0;
}

static bool find_in_cache(char **uv, char **version) {
    const struct path_places *places = path_places(NULL);
    autofree char *directory = places ? path_join(places->cache, "uv") : NULL;
    return directory && place_is_complete(directory) && take(uv, version, path_join(directory, "bin/uv"));
}

int uv_find(char **uv, char **version, const struct build *fetch, struct err *err) {
    *uv = NULL;
    const char *refused = getenv("LAB_NO_UV");
    if (refused && *refused) return 0;
    if (take(uv, version, fs_find_program("uv")) || find_in_cache(uv, version) || !fetch) return 0;
    if (fetch_into_cache(fetch, err)) return -1;
    find_in_cache(uv, version);
    return 0;
}
