#include "library/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/errand.h"
#include "base/arena.h"
#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "library/record.h"
#include "library/tree.h"

/* The checkout and git's pack of it lie in the box at once, and a few files of git's own. */
enum { OWN_FILES = 1000 };
static const struct box_limits limits = {.wall = 600,
                                         .cpu = 600,
                                         .memory = 1u << 30,
                                         .processes = 64,
                                         .disk = 2 * (uint64_t)TREE_BYTES_MOST,
                                         .files = TREE_ENTRIES_MOST + OWN_FILES,
                                         .file_size = 2 * (uint64_t)TREE_BYTES_MOST,
                                         .output = 64 << 10};

/* Read by every git in the box, also by the one that serves a repository of a file:// URL. */
static const char settings[] =
    "[protocol]\n\tallow = never\n"
    "[protocol \"https\"]\n\tallow = always\n[protocol \"ssh\"]\n\tallow = always\n"
    "[protocol \"git\"]\n\tallow = always\n[protocol \"file\"]\n\tallow = always\n"
    "[core]\n\thooksPath = /dev/null\n\tsymlinks = true\n\tautocrlf = false\n\tfsmonitor = false\n\tattributesFile = /dev/null\n"
    "[init]\n\ttemplateDir =\n\tdefaultBranch = main\n"
    "[fetch]\n\trecurseSubmodules = false\n\tfsckObjects = true\n\tunpackLimit = 1\n"
    "[submodule]\n\trecurse = false\n"
    "[credential]\n\thelper =\n"
    "[http]\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 60\n"
    "[gc]\n\tauto = 0\n"
    "[advice]\n\tdetachedHead = false\n"
    "[safe]\n\tdirectory = *\n";

/* ---- what may be fetched ---- */

static const char *const protocols[] = {"https", "ssh", "git", "file"};

/* "user@host:path", which git reads as ssh: a colon before any slash, and no file of that name. */
static bool is_ssh_short(const char *source) {
    size_t colon = strcspn(source, ":/");
    return colon && source[colon] == ':' && source[colon + 1] && !fs_exists(source);
}

bool fetch_is_url(const char *source) { return strstr(source, "://") || is_ssh_short(source); }

static bool has_control(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f) return true;
    return false;
}

int fetch_check(const char *url, const char *ref, struct err *err) {
    const char *colon = strstr(url, "://");
    bool known = !colon;
    for (size_t i = 0; colon && i < LENGTH(protocols); i++)
        known |= (size_t)(colon - url) == strlen(protocols[i]) && string_starts_with(url, protocols[i]);
    if (!known || url[0] == '-' || has_control(url)) {
        err_set(err, ERR_USAGE, "courses are fetched by https, ssh, git and file, not from '%s'", url);
        return err_help(err, "give a URL that git can clone, such as https://host/course.git");
    }
    if (ref && (ref[0] == '-' || !ref[0] || has_control(ref) || strpbrk(ref, ":^~?*[\\")))
        return err_set(err, ERR_USAGE, "'%s' is no branch, tag or commit", ref);
    return 0;
}

/* ---- the box ---- */

enum { PLACE_FETCH, PLACE_TMP, PLACE_ORIGIN, PLACE_COUNT };

struct fetch {
    const char *url, *ref;
    struct errand errand;
    struct box *box;
    struct box_folder folders[PLACE_COUNT + 1];
    const char *inside; /* where the folder of work is, in the box */
    const char **env;
    const char *covered[4]; /* what of the learner's may lie in /usr, which programs see */
    struct arena arena;
};

static void fetch_release(struct fetch *fetch) {
    box_close(fetch->box);
    errand_release(&fetch->errand);
    arena_release(&fetch->arena);
}

static int make_folder(struct fetch *fetch, int place, const char *leaf, const char *inside, enum box_use use,
                       struct err *err) {
    const char *path = arena_printf(&fetch->arena, "%s/%s", fetch->errand.scratch.directory, leaf);
    fetch->folders[place] = (struct box_folder){path, inside, use};
    return fs_make_directories(path, err);
}

/* A repository of this machine is shown to the box, and nothing beside it. */
static int show_origin(struct fetch *fetch, struct err *err) {
    static const char file[] = "file://";
    if (!string_starts_with(fetch->url, file)) return 0;
    const char *path = fetch->url + strlen(file);
    if (path[0] != '/' || !fs_is_directory(path)) return err_set(err, ERR_USAGE, "there is no repository at %s", path);
    autofree char *real = fs_resolve(path, err);
    if (!real) return -1;
    fetch->folders[PLACE_ORIGIN] = (struct box_folder){arena_string(&fetch->arena, real), "/lab/origin", BOX_READ};
    const char *inside = box_inside(&fetch->errand.walls, &fetch->folders[PLACE_ORIGIN]);
    fetch->url = arena_printf(&fetch->arena, "file://%s", inside);
    return 0;
}

/* What git may learn of this machine: how to get out, and no more. */
static void choose_environment(struct fetch *fetch) {
    static const char *const passed[] = {"https_proxy", "HTTPS_PROXY", "no_proxy",
                                         "NO_PROXY",    "all_proxy",   "ALL_PROXY"};
    const char *const fixed[] = {
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "LANG=C.UTF-8",
        "LC_ALL=C.UTF-8",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_ATTR_NOSYSTEM=1",
        "GIT_ASKPASS=/bin/false",
        "SSH_ASKPASS=/bin/false",
        "GIT_LFS_SKIP_SMUDGE=1",
        "GIT_NO_REPLACE_OBJECTS=1",
        "GIT_SSH_COMMAND=ssh -o BatchMode=yes -F /dev/null",
        arena_printf(&fetch->arena, "HOME=%s", fetch->inside),
        arena_printf(&fetch->arena, "GIT_CONFIG_GLOBAL=%s/settings", fetch->inside),
        arena_printf(&fetch->arena, "GIT_DIR=%s/repository", fetch->inside),
    };
    fetch->env = arena_alloc(&fetch->arena, (LENGTH(fixed) + LENGTH(passed) + 1) * sizeof *fetch->env);
    memcpy(fetch->env, fixed, sizeof fixed);
    size_t count = LENGTH(fixed);
    for (size_t i = 0; i < LENGTH(passed); i++) {
        const char *value = getenv(passed[i]);
        if (value) fetch->env[count++] = arena_printf(&fetch->arena, "%s=%s", passed[i], value);
    }
}

static int give_to_box(const struct fetch *fetch, struct err *err) {
    if (!fetch->errand.user) return 0;
    autoclose int work = open(fetch->folders[PLACE_FETCH].path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (work >= 0 && !beneath_give(work, fetch->errand.user)) return 0;
    return err_errno(err, ERR_INTERNAL, "cannot give the scratch folder to the box's user");
}

static int lay_out(struct fetch *fetch, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    autofree char *course = path_join(fetch->errand.scratch.directory, "fetch/course");
    if (make_folder(fetch, PLACE_FETCH, "fetch", "/lab/fetch", BOX_WRITE, err) ||
        make_folder(fetch, PLACE_TMP, "tmp", NULL, BOX_TEMPORARY, err) || fs_make_directories(course, err))
        return -1;
    autofree char *file = path_join(fetch->folders[PLACE_FETCH].path, "settings");
    return fs_write(file, settings, sizeof settings - 1, err);
}

static int open_box(struct fetch *fetch, int interrupt, struct err *err) {
    const struct path_places *places = path_places(err);
    if (!places || errand_open(&fetch->errand, places->cache, limits.disk, NULL, err) || lay_out(fetch, err) ||
        show_origin(fetch, err) || give_to_box(fetch, err))
        return -1;
    fetch->covered[0] = places->work;
    fetch->covered[1] = places->data;
    fetch->covered[2] = places->cache;
    fetch->inside = box_inside(&fetch->errand.walls, &fetch->folders[PLACE_FETCH]);
    choose_environment(fetch);
    const struct box_config config = {.folders = fetch->folders,
                                      .covered = fetch->covered,
                                      .limits = limits,
                                      .network = BOX_NETWORK_OPEN,
                                      .walls = &fetch->errand.walls,
                                      .user = fetch->errand.user,
                                      .interrupt = interrupt};
    return box_open(&fetch->box, &config, err);
}

/* ---- git ---- */

/* What git said last: of several lines, the first that names a fault. */
static struct sv last_words(const struct box_capture *capture) {
    struct sv rest = sv_str(capture->tail.len ? &capture->tail : &capture->head), line, said = SV("nothing said");
    while (sv_next_line(&rest, &line)) {
        if (!line.len) continue;
        said = line;
        if (line.len > 7 && (!memcmp(line.data, "fatal: ", 7) || !memcmp(line.data, "error: ", 7))) break;
    }
    return said;
}

static int explain(const struct fetch *fetch, const struct box_result *result, struct err *err) {
    autofree char *shown = source_shown(fetch->url);
    if (result->not_found) {
        err_set(err, ERR_ENVIRONMENT, "git cannot be run: %s", result->why);
        return err_help(err, "apt-get install git");
    }
    if (result->limit)
        return err_set(err, ERR_USAGE, "refused: fetching the course was ended, beyond the limit of its %s",
                       box_limit_name(result->limit));
    struct sv said = last_words(&result->err);
    err_set(err, ERR_ENVIRONMENT, "git cannot fetch %s: %.*s", shown, (int)(said.len < 400 ? said.len : 400),
            said.data);
    return err_help(err, "look whether the URL and --ref are right, and the network is there; nothing was changed");
}

/* Runs git with these words; its standard output, without the line's end, goes to `said` (may be NULL). */
static int git(struct fetch *fetch, const char *const *argv, struct str *said, struct err *err) {
    const struct box_program program = {.argv = argv, .env = fetch->env, .cwd = fetch->inside};
    struct box_result result = {0};
    int status = box_run(fetch->box, &program, &result, err);
    if (!status && box_result_failed(&result)) status = explain(fetch, &result, err);
    if (!status && said) {
        size_t len = strcspn(result.out.head.data, "\n");
        str_append_bytes(said, result.out.head.data, len < result.out.head.len ? len : result.out.head.len);
    }
    box_result_release(&result);
    return status;
}

#define WORDS(...) ((const char *const[]){"git", __VA_ARGS__, NULL})

static int fetch_commit(struct fetch *fetch, char commit[65], struct err *err) {
    scoped(str) id = STR_INIT;
    const char *ref = fetch->ref ? fetch->ref : "HEAD";
    if (git(fetch, WORDS("init", "--quiet", "--bare"), NULL, err) ||
        git(fetch,
            WORDS("fetch", "--quiet", "--depth", "1", "--no-tags", "--no-recurse-submodules", "--", fetch->url, ref),
            NULL, err) ||
        git(fetch, WORDS("rev-parse", "--verify", "--end-of-options", "FETCH_HEAD^{commit}"), &id, err))
        return -1;
    if (id.len > 64 || strspn(id.data, "0123456789abcdef") != id.len)
        return err_set(err, ERR_ENVIRONMENT, "git named no commit");
    memcpy(commit, id.data, id.len + 1);
    const char *course = arena_printf(&fetch->arena, "--work-tree=%s/course", fetch->inside);
    return git(fetch, WORDS("-c", "core.bare=false", course, "read-tree", "-m", "-u", commit), NULL, err);
}

static int take_over(const struct fetch *fetch, int target, struct err *err) {
    const struct beneath_budget budget = {.bytes = TREE_BYTES_MOST, .entries = TREE_ENTRIES_MOST};
    autofree char *path = path_join(fetch->folders[PLACE_FETCH].path, "course");
    autoclose int course = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (course < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open what was fetched");
    return tree_validate(course, err) ? -1 : beneath_copy(course, target, budget, err);
}

int fetch_git(const char *url, const char *ref, int target, char commit[65], int interrupt, struct err *err) {
    scoped(fetch) fetch = {.url = url, .ref = ref, .errand = ERRAND_INIT, .arena = ARENA_INIT};
    if (fetch_check(url, ref, err) || open_box(&fetch, interrupt, err) || fetch_commit(&fetch, commit, err)) return -1;
    box_close(steal(&fetch.box)); /* nothing in there runs any more, so nothing changes what is looked at */
    return take_over(&fetch, target, err);
}
