/* Recording, looking back, and restoring what was recorded. */

#include "workspace_fixture.h"

#include <signal.h>
#include <sys/wait.h>

/* ---- recording ---- */

static void numbers_and_causes(void **state) {
    struct fixture *f = *state;
    assert_int_equal(record(f, CAUSE_CHECK), 1);
    assert_int_equal(record(f, CAUSE_RESET), 1); /* nothing new */
    assert_int_equal(record(f, CAUSE_CHECK), 2);
    write_text(f, "train.py", "a\nb\nc\n");
    assert_int_equal(record(f, CAUSE_RESTORE), 3);
    struct recorded *list = NULL;
    size_t count = 0;
    assert_ok(f, workspace_history(f->workspace, 0, &list, &count, &f->err));
    assert_int_equal(count, 3);
    assert_int_equal(list[0].number, 3);
    assert_int_equal(list[0].cause, CAUSE_RESTORE);
    assert_int_equal(list[0].files_changed, 1);
    assert_int_equal(list[0].lines_added, 3);
    assert_int_equal(list[0].lines_removed, 1);
    assert_int_equal(list[1].files_changed, 0);
    assert_int_equal(list[2].cause, CAUSE_CHECK);
    assert_string_equal(list[2].tree, workspace_start_tree(f->workspace));
    free(list);
    assert_ok(f, workspace_history(f->workspace, 2, &list, &count, &f->err));
    assert_int_equal(count, 2);
    assert_int_equal(list[1].number, 2);
    free(list);
}

static void no_attempts_are_no_error(void **state) {
    struct fixture *f = *state;
    struct recorded *list = NULL;
    size_t count = 1;
    char tree[TREE_ID_SIZE];
    assert_ok(f, workspace_history(f->workspace, 0, &list, &count, &f->err));
    assert_int_equal(count, 0);
    free(list);
    assert_int_equal(workspace_attempt_tree(f->workspace, 1, tree, &f->err), -1);
    assert_int_equal(f->err.code, ERR_USAGE);
    assert_string_equal(f->err.help, "lab history");
}

static void foreign_references_do_not_confuse(void **state) {
    struct fixture *f = *state;
    (void)record(f, CAUSE_CHECK);
    sh(f, "for n in x 01 000000 0000001x 99999999999999 sub/000004; do git update-ref refs/lab/attempts/$n HEAD; done");
    assert_int_equal(record(f, CAUSE_CHECK), 2);
}

static void goes_on_past_a_lock_that_a_kill_left(void **state) {
    struct fixture *f = *state;
    assert_int_equal(record(f, CAUSE_CHECK), 1);
    sh(f, "touch .git/refs/lab/attempts/000002.lock");
    assert_int_equal(record(f, CAUSE_CHECK), 3);
    assert_int_equal(record(f, CAUSE_CHECK), 4);
}

static void goes_on_where_packed_references_end(void **state) {
    struct fixture *f = *state;
    for (int i = 1; i <= 12; i++) assert_int_equal(record(f, CAUSE_CHECK), i);
    sh(f, "git pack-refs --all --prune");
    assert_int_equal(record(f, CAUSE_CHECK), 13);
    open_workspace(f);
    assert_int_equal(record(f, CAUSE_CHECK), 14);
}

enum { PROCESSES = 4, EACH = 15 };

static void two_at_once_lose_nothing(void **state) {
    struct fixture *f = *state;
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i]) continue;
        int number;
        struct snapshot snapshot;
        struct workspace *workspace = NULL;
        for (int n = 0; n < EACH; n++) {
            if (workspace_open(&workspace, f->directory, &f->err) ||
                workspace_snapshot(workspace, &snapshot, &f->err) ||
                workspace_record(workspace, &snapshot, CAUSE_CHECK, &number, &f->err))
                _exit(1);
            workspace_close(workspace);
        }
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    autofree char *count = sh_output(f, "git for-each-ref refs/lab/attempts | wc -l");
    assert_int_equal(atoi(count), PROCESSES * EACH);
    autofree char *chain = sh_output(
        f,
        "git rev-list --count $(git for-each-ref --sort=-refname --count=1 --format='%(objectname)' refs/lab/attempts)");
    assert_int_equal(atoi(chain), PROCESSES * EACH + 1); /* and the start */
}

/* ---- restoring ---- */

static size_t restore(struct fixture *f, const char *tree, const char *path) {
    size_t changed = 0;
    assert_ok(f, restore_now(f, f->workspace, tree, path, &changed));
    return changed;
}

static void everything_comes_back(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p deep/er; echo 1 >deep/er/x; ln -s x deep/er/l; echo 2 >>train.py; rm README.md; chmod +x src/a.py");
    autofree char *mine = mem_copy_string(snapshot_tree(f));
    assert_int_equal(restore(f, workspace_start_tree(f->workspace), NULL), 5);
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
    sh(f, "test ! -e deep; test -x train.py; test ! -x src/a.py");
    assert_int_equal(restore(f, mine, NULL), 5);
    assert_string_equal(snapshot_tree(f), mine);
    assert_int_equal(restore(f, mine, NULL), 0);
}

static void a_path_comes_back_alone(void **state) {
    struct fixture *f = *state;
    sh(f, "echo 2 >>train.py; echo 2 >>src/a.py; echo 2 >src/b.py; echo 2 >>README.md; echo 1 >train");
    const char *start = workspace_start_tree(f->workspace);
    assert_int_equal(restore(f, start, "train.py"), 1);
    assert_int_equal(restore(f, start, "src"), 2);
    assert_int_equal(restore(f, start, "train"), 1);
    sh(f, "test ! -e src/b.py; test ! -e train; grep -q 2 README.md");
    size_t changed;
    assert_int_equal(restore_now(f, f->workspace, start, "no*", &changed), -1);
    assert_int_equal(f->err.code, ERR_USAGE);
    assert_int_equal(restore_now(f, f->workspace, start, "sr", &changed), -1);
}

static void ignored_stays(void **state) {
    struct fixture *f = *state;
    sh(f, "echo mine >out.csv; mkdir src/gen; echo 1 >src/gen/x");
    autofree char *before = mem_copy_string(snapshot_tree(f));
    sh(f, "printf 'out.csv\\ngen/\\n' >.gitignore; echo newer >out.csv; echo newer >src/gen/x");
    restore(f, before, NULL); /* has out.csv of old, but the present one was never recorded */
    sh(f, "grep -q newer out.csv; grep -q newer src/gen/x; test ! -e .gitignore");
}

static void files_and_folders_change_places(void **state) {
    struct fixture *f = *state;
    sh(f,
       "rm -r src; echo 1 >src; rm train.py; mkdir -p train.py/a; echo 1 >train.py/a/b; rm README.md; ln -s src README.md");
    autofree char *mine = mem_copy_string(snapshot_tree(f));
    restore(f, workspace_start_tree(f->workspace), NULL);
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
    restore(f, mine, NULL);
    assert_string_equal(snapshot_tree(f), mine);
}

static void planted_links_are_not_followed(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p ../outside/er; echo safe >../outside/a.py; echo safe >../outside/file");
    sh(f,
       "rm -r src; ln -s ../outside src; rm train.py; ln -s ../outside/file train.py; rm -rf .lab; ln -s ../outside .lab");
    restore(f, workspace_start_tree(f->workspace), NULL);
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
    sh(f,
       "test ! -L src; test -f src/a.py; test \"$(cat ../outside/a.py ../outside/file)\" = \"$(printf 'safe\\nsafe')\"");
    sh(f, "test \"$(ls ../outside | tr '\\n' ' ')\" = 'a.py er file '");
}

/* A link that git ignores is in no attempt, whether it stands in place of a file or of a folder on the way to one; where HEAD has
 * the path, it is. */
static void ignored_links_stay(void **state) {
    struct fixture *f = *state;
    static const char *const kept[] = {"new.csv", "src/a.py"};
    sh(f,
       "echo 1 >new.csv; ln -s README.md tracked; git add tracked; git -c user.name=A -c user.email=a@b commit -qm link");
    autofree char *before = mem_copy_string(snapshot_tree(f));
    sh(f, "printf '/src\n/train.py\n/new.csv\n/tracked\n' >.gitignore; mkdir ../outside; echo safe >../outside/a.py;"
          "rm -r src train.py new.csv tracked; ln -s ../outside src; ln -s nowhere train.py; ln -s nowhere new.csv;"
          "echo file >tracked");
    scoped(snapshot) present = {.notes = STR_INIT};
    scoped(restored) restored = {0};
    assert_ok(f, workspace_snapshot(f->workspace, &present, &f->err));
    assert_ok(f, workspace_restore(f->workspace, &present, before, NULL, &restored, &f->err));
    sh(f,
       "test \"$(readlink src)\" = ../outside; test \"$(readlink new.csv)\" = nowhere; grep -q safe ../outside/a.py;"
       "test \"$(ls ../outside)\" = a.py; test ! -L train.py; test -x train.py; test \"$(readlink tracked)\" = README.md");
    assert_int_equal(restored.kept.count, LENGTH(kept));
    for (size_t i = 0; i < LENGTH(kept); i++) assert_string_equal(restored.kept.items[i], kept[i]);
}

/* Work that is saved between the record and the overwriting is in no attempt. */
static void what_changed_since_the_snapshot_stays(void **state) {
    struct fixture *f = *state;
    static const char *const saves[] = {"echo precious >train.py",
                                        "echo precious >new.py",
                                        "ln -sf precious new.py",
                                        "ln -sfn precious link",
                                        "rm link; echo precious >link",
                                        "mkdir -p added; echo precious >added/x",
                                        "mkdir -p added; ln -s precious added/x"};
    for (size_t i = 0; i < LENGTH(saves); i++) {
        sh(f,
           "rm -rf train.py new.py link added; echo 2 >train.py; echo 2 >new.py; ln -s new.py link; mkdir added; echo 2 >added/x");
        autofree char *with_all = mem_copy_string(snapshot_tree(f));
        scoped(snapshot) present = {.notes = STR_INIT};
        bool is_added = strstr(saves[i], "added");
        sh(f, is_added ? "rm -r added" : "true");
        assert_ok(f, workspace_snapshot(f->workspace, &present, &f->err));
        sh(f, "%s", saves[i]);
        const char *tree = is_added ? with_all : workspace_start_tree(f->workspace);
        scoped(restored) restored = {0};
        f->err = (struct err)ERR_INIT;
        assert_int_equal(workspace_restore(f->workspace, &present, tree, NULL, &restored, &f->err), -1);
        assert_int_equal(f->err.code, ERR_ENVIRONMENT);
        assert_contains(f->err.message, "changed meanwhile; nothing of it was overwritten");
        sh(f,
           "set +e; { cat train.py new.py link added/x; readlink new.py link added/x; } 2>/dev/null | grep -q precious");
    }
}

static void what_vanished_since_the_snapshot_is_no_hindrance(void **state) {
    struct fixture *f = *state;
    scoped(snapshot) present = {.notes = STR_INIT};
    scoped(restored) restored = {0};
    sh(f, "echo 2 >train.py; mkdir new; echo 2 >new/a.py");
    assert_ok(f, workspace_snapshot(f->workspace, &present, &f->err));
    sh(f, "rm -r train.py new");
    assert_ok(f,
              workspace_restore(f->workspace, &present, workspace_start_tree(f->workspace), NULL, &restored, &f->err));
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
}

static void a_kill_in_the_middle_is_completed(void **state) {
    struct fixture *f = *state;
    sh(f, "for i in $(seq 300); do echo $i >file$i; done; rm README.md");
    autofree char *mine = mem_copy_string(snapshot_tree(f));
    int number = record(f, CAUSE_RESET);
    const char *start = workspace_start_tree(f->workspace);
    for (unsigned delay = 0; delay < 20; delay++) {
        pid_t child = fork();
        if (!child) {
            size_t changed;
            struct workspace *workspace = NULL;
            if (workspace_open(&workspace, f->directory, &f->err)) _exit(1);
            for (;;) /* there and back until killed */
                if (restore_now(f, workspace, start, NULL, &changed) || restore_now(f, workspace, mine, NULL, &changed))
                    _exit(1);
        }
        usleep(2000 * (delay + 1));
        kill(child, SIGKILL);
        int status;
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        char tree[TREE_ID_SIZE];
        assert_ok(f, workspace_attempt_tree(f->workspace, number, tree, &f->err));
        restore(f, tree, NULL);
        assert_string_equal(snapshot_tree(f), mine);
    }
}

/* ---- comparing ---- */

static void differences_are_a_patch(void **state) {
    struct fixture *f = *state;
    sh(f, "echo 2 >>train.py; printf 'a\\0b' >bin; mkdir new; echo 1 >new/x; ln -s x new/l; rm src/a.py");
    scoped(str) patch = STR_INIT;
    const char *tree = snapshot_tree(f);
    assert_ok(f, workspace_diff(f->workspace, workspace_start_tree(f->workspace), tree, NULL, &patch, &f->err));
    assert_contains(patch.data, "@@ -1 +1,2 @@\n print(1)\n+2\n");
    assert_contains(patch.data, "Binary files");
    assert_contains(patch.data, "new file mode 120000");
    assert_contains(patch.data, "deleted file mode 100644");
    str_clear(&patch);
    assert_ok(f, workspace_diff(f->workspace, workspace_start_tree(f->workspace), tree, "new", &patch, &f->err));
    assert_contains(patch.data, "new/x");
    assert_null(strstr(patch.data, "train.py"));
}

static void a_solution_is_laid_over(void **state) {
    struct fixture *f = *state;
    sh(f,
       "mkdir -p ../solution/src/more; echo new >../solution/train.py; echo 1 >../solution/src/more/x; echo mine >mine; rm -r src; echo 1 >src");
    autofree char *solution = path_join(f->root, "solution");
    char alone[TREE_ID_SIZE], whole[TREE_ID_SIZE];
    assert_ok(f, workspace_tree_of_folder(f->workspace, solution, alone, &f->err));
    assert_ok(f, workspace_overlay(f->workspace, snapshot_tree(f), alone, whole, &f->err));
    autofree char *command = str_format("git ls-tree -r --name-only %s", whole);
    autofree char *paths = sh_output(f, command);
    assert_string_equal(paths, "README.md\nmine\nsrc/more/x\ntrain.py\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(numbers_and_causes),
        TEST(no_attempts_are_no_error),
        TEST(foreign_references_do_not_confuse),
        TEST(goes_on_past_a_lock_that_a_kill_left),
        TEST(goes_on_where_packed_references_end),
        TEST(two_at_once_lose_nothing),
        TEST(everything_comes_back),
        TEST(a_path_comes_back_alone),
        TEST(ignored_stays),
        TEST(files_and_folders_change_places),
        TEST(planted_links_are_not_followed),
        TEST(ignored_links_stay),
        TEST(what_changed_since_the_snapshot_stays),
        TEST(what_vanished_since_the_snapshot_is_no_hindrance),
        TEST(a_kill_in_the_middle_is_completed),
        TEST(differences_are_a_patch),
        TEST(a_solution_is_laid_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
