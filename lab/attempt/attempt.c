#include "attempt/attempt.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt/instances.h"
#include "attempt/keeper.h"
#include "attempt/protected.h"
#include "attempt/supervise.h"
#include "attempt/tool.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/path.h"
#include "box/group_leaf.h"
#include "workspace/python.h"

uint64_t attempt_seed(const char *exercise, const char *tree) {
    struct hash hash;
    char hex[HASH_HEX_SIZE];
    hash_init(&hash);
    hash_add_string(&hash, "lab-seed-1");
    hash_add_string(&hash, exercise);
    hash_add_string(&hash, tree);
    hash_finish(&hash, hex);
    uint64_t seed = hash_number(hex) & 0x7fffffff;
    return seed ? seed : 1;
}

/* ---- laying out the tree ---- */

static int make_scratch(struct attempt *attempt, const struct snapshot *snapshot, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    if (scratch_open(&attempt->scratch, attempt->options->cache, snapshot->bytes, err)) return -1;
    attempt->scratch.keep = attempt->options->keep;
    static const struct {
        const char *name;
        mode_t mode;
    } parts[] = {{"tree", 0700}, {"material", 0700}, {"checks", 0711}}; /* the users of boxes pass through the last */
    for (size_t i = 0; i < LENGTH(parts); i++) {
        autofree char *path = path_join(attempt->scratch.directory, parts[i].name);
        if (mkdir(path, parts[i].mode)) return err_errno(err, ERR_ENVIRONMENT, "cannot create %s", path);
    }
    return 0;
}

/* The work looks alike for every program, whoever lays it out. */
static int lay_out_tree(struct attempt *attempt, const struct snapshot *snapshot, struct err *err) {
    scoped(fs_umask) usual = fs_usual_umask();
    autofree char *path = path_join(attempt->scratch.directory, "tree");
    autoclose int tree = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", path);
    if (workspace_checkout(attempt->options->workspace, snapshot->tree, tree, err) ||
        protected_restore(attempt, tree, err))
        return -1;
    if (exercise_asks(attempt->options->exercise)) answers_read(&attempt->answers, tree);
    return 0;
}

/* ---- the checker ---- */

json_t *attempt_facts_of(const struct attempt *attempt, const struct course *course, const struct exercise *exercise) {
    json_t *facts = json_object();
    json_put(facts, "id", json_string(exercise->id));
    json_put(facts, "timeout", json_real(exercise->box.timeout));
    json_put(facts, "network", json_string(network_name(exercise->box.network)));
    json_put(facts, "missing", tools_missing());
    json_put(facts, "services", instances_facts(attempt, course, exercise));
    return facts;
}

/* An exercise of questions alone has none. */
static int read_checker(struct attempt *attempt, struct err *err) {
    const struct exercise *exercise = attempt->options->exercise;
    const struct sv *given = &attempt->options->checker;
    if (!exercise_runs_lua(exercise)) return 0;
    autofree char *path = path_join(exercise->directory, "checker.lua");
    attempt->checker_name = str_format("exercises/%s/checker.lua", exercise->id);
    if (given->data) str_append_bytes(&attempt->checker_text, given->data, given->len);
    if (!given->data && fs_read(&attempt->checker_text, path, CHECKER_MOST, err)) {
        if (err) err->code = ERR_COURSE;
        return -1;
    }
    attempt->fixed = python_run_environment(&attempt->arena, attempt->options->environment, "", "");
    return checker_new(&attempt->checker, 0, err);
}

/* ---- the attempt ---- */

static void attempt_release(struct attempt *attempt) {
    answers_release(&attempt->answers);
    scratch_release(&attempt->scratch);
    checker_free(attempt->checker);
    str_release(&attempt->checker_text);
    free(attempt->checker_name);
    json_decref(attempt->exercise);
    walls_release(&attempt->walls);
    arena_release(&attempt->arena);
}

static int take_snapshot(struct attempt *attempt, struct snapshot *snapshot, struct err *err) {
    const struct attempt_options *options = attempt->options;
    if (workspace_snapshot(options->workspace, snapshot, err)) return -1;
    attempt->facts = (struct attempt_facts){
        .exercise = options->exercise,
        .workspace = workspace_directory(options->workspace),
        .tree = snapshot->tree,
        .seed = options->seed_given ? options->seed : attempt_seed(options->exercise->id, snapshot->tree),
        .untried = !strcmp(snapshot->tree, workspace_start_tree(options->workspace)),
        .isolation = attempt->walls.layers,
        .notes = snapshot->notes.data,
    };
    return 0;
}

/* Programs see /usr, and a course or lab's own folders may lie there. */
static void cover(struct attempt *attempt) {
    const struct path_places *places = path_places(NULL);
    size_t count = 0;
    attempt->covered[count++] = attempt->options->course->directory;
    attempt->covered[count++] = LAB_INSTALLED_COURSE;
    if (!places) return;
    attempt->covered[count++] = places->work;
    attempt->covered[count++] = places->data;
    attempt->covered[count++] = places->cache;
}

static void find_walls(struct attempt *attempt) {
    const char *places[2 + PYTHON_BASE_MOST + 1] = {attempt->scratch.directory, attempt->options->environment};
    attempt->interpreter = python_base_folders(&attempt->arena, attempt->options->environment);
    for (size_t i = 0; attempt->interpreter[i]; i++) places[2 + i] = attempt->interpreter[i];
    autofree char *remembered = path_join(attempt->options->cache, "walls");
    walls_probe(&attempt->walls, places, remembered);
}

/* Neither this process nor its forks may be looked into by programs of the same user, which could take the channel on which
 * verdicts travel. (What they exec may.) Orphans of runners become children of this process. */
static void close_ranks(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void open_ranks(void) { prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }

/* What cannot be checked is recorded all the same. */
static int record_only(struct attempt *attempt, const struct snapshot *snapshot) {
    (void)workspace_record(attempt->options->workspace, snapshot, CAUSE_CHECK, &attempt->facts.number, NULL);
    return -1;
}

static int carry_out(struct attempt *attempt, const struct snapshot *snapshot, struct sink *const *sinks,
                     size_t sink_count, double begin, struct attempt_summary *summary, struct err *err) {
    struct runner loader = {.channel = -1}, *loaders[] = {&loader};
    struct keeper keeper = KEEPER_INIT;
    int status = -1;
    if (instances_plan(attempt, err)) return record_only(attempt, snapshot);
    attempt->exercise = attempt_facts_of(attempt, attempt->options->course, attempt->options->exercise);
    if (keeper_start(&keeper, attempt, err)) return record_only(attempt, snapshot);
    attempt->keeper = keeper.pid;
    attempt->desk = keeper.desk;
    if (attempt->checker && load_begin(&loader, attempt, err)) {
        (void)record_only(attempt, snapshot);
    } else if (workspace_record(attempt->options->workspace, snapshot, CAUSE_CHECK, &attempt->facts.number, err) ||
               lay_out_tree(attempt, snapshot, err)) {
        runners_end(attempt, loaders, LENGTH(loaders));
    } else {
        status = supervise(attempt, &loader, &keeper, sinks, sink_count, begin, summary, err);
    }
    keeper_end(&keeper);
    return status;
}

int attempt_run(const struct attempt_options *options, struct sink *const *sinks, size_t sink_count,
                struct attempt_summary *summary, struct err *err) {
    double begin = clock_monotonic();
    scoped(snapshot) snapshot = {.notes = STR_INIT};
    scoped(attempt) attempt = {.options = options,
                               .walls = WALLS_INIT,
                               .scratch = SCRATCH_INIT,
                               .checker_text = STR_INIT,
                               .answers = {.text = STR_INIT},
                               .desk = -1,
                               .arena = ARENA_INIT};
    if (take_snapshot(&attempt, &snapshot, err)) return -1;
    if (read_checker(&attempt, err) || make_scratch(&attempt, &snapshot, err)) return record_only(&attempt, &snapshot);
    struct group_leaf leaf = {0};
    (void)group_leaf_enter(&leaf); /* room for control groups, before this process starts others */
    cover(&attempt);
    find_walls(&attempt);
    close_ranks();
    int status = carry_out(&attempt, &snapshot, sinks, sink_count, begin, summary, err);
    open_ranks();
    group_leaf_leave(&leaf);
    return status;
}
