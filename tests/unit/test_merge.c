/* Another start, merged into the work. The fixture's start is train.py (executable), README.md and src/a.py. */

#include "tests/unit/workspace_fixture.h"

/* Merges what the shell commands make of the course's start into the present work, restores the folder to that, and gives
 * the paths with conflicts, one a line; until the next call. */
static const char *merge(struct fixture *f, const char *course_changes) {
    static char conflicts[512];
    char theirs[TREE_ID_SIZE];
    scoped(merged) merged = {0};
    size_t changed;
    autofree char *start = path_join(f->exercise.directory, "start");
    sh(f, "cd %s; %s", start, course_changes);
    assert_ok(f, workspace_new_start(f->workspace, &f->course, &f->exercise, theirs, &f->err));
    assert_ok(f, workspace_merge(f->workspace, snapshot_tree(f), theirs, &merged, &f->err));
    conflicts[0] = '\0';
    for (size_t i = 0; i < merged.conflicts.count; i++) {
        size_t len = strlen(conflicts);
        snprintf(conflicts + len, sizeof conflicts - len, "%s\n", merged.conflicts.items[i]);
    }
    assert_ok(f, restore_now(f, f->workspace, merged.tree, NULL, &changed));
    assert_ok(f, workspace_move_start(f->workspace, theirs, &f->course, &f->exercise, &f->err));
    return conflicts;
}

static void assert_prints(struct fixture *f, const char *command, const char *expected) {
    autofree char *printed = sh_output(f, command);
    assert_string_equal(printed, expected);
}

static void each_side_s_changes_come_together(void **state) {
    struct fixture *f = *state;
    sh(f, "echo mine >mine.txt; echo x=2 >src/a.py");
    assert_string_equal(
        merge(f, "echo 'print(2)' >train.py; chmod -x train.py; mkdir deep; echo new >deep/new.txt; rm README.md;"
                 "echo lesson >../README.md"),
        "");
    assert_prints(f, "cat mine.txt src/a.py train.py deep/new.txt README.md; test -x train.py || echo plain",
                  "mine\nx=2\nprint(2)\nnew\nlesson\nplain\n");
}

static void the_same_change_is_no_conflict(void **state) {
    struct fixture *f = *state;
    sh(f, "echo 'print(2)' >train.py; echo same >added.txt; rm src/a.py");
    assert_string_equal(merge(f, "echo 'print(2)' >train.py; echo same >added.txt; rm src/a.py"), "");
    assert_prints(f, "cat train.py added.txt; test -e src/a.py || echo gone", "print(2)\nsame\ngone\n");
}

static void both_versions_are_marked(void **state) {
    struct fixture *f = *state;
    sh(f, "echo 'print(2)' >train.py; echo mine >added.txt");
    assert_string_equal(merge(f, "echo 'print(3)' >train.py; echo theirs >added.txt"), "added.txt\ntrain.py\n");
    assert_prints(f, "cat train.py; test -x train.py; grep -c '^[<=>]......' added.txt",
                  "<<<<<<< your work\nprint(2)\n=======\nprint(3)\n>>>>>>> the new start\n3\n");
}

static void what_cannot_be_mixed_stays(void **state) {
    struct fixture *f = *state;
    sh(f, "printf 'a\\0mine' >data.bin; rm train.py; echo x=2 >src/a.py; ln -s src link");
    assert_string_equal(
        merge(f, "printf 'a\\0theirs' >data.bin; echo 'print(3)' >train.py; rm src/a.py; echo text >link"),
        "data.bin\nlink\nsrc/a.py\ntrain.py\n");
    assert_prints(f, "tr '\\0' 0 <data.bin; echo; ls; cat src/a.py; readlink link",
                  "a0mine\nREADME.md\ndata.bin\nlink\nsrc\nx=2\nsrc\n");
}

/* A file of the learner's stands where the course wants a folder, and the other way round. */
static void files_and_folders_in_each_other_s_way(void **state) {
    struct fixture *f = *state;
    sh(f, "echo mine >notes; mkdir data; echo mine >data/mine.txt");
    const char *conflicts = merge(f, "mkdir notes; echo theirs >notes/theirs.txt; echo theirs >data");
    assert_string_equal(conflicts, "data\nnotes\n");
    assert_prints(f, "cat notes data/mine.txt", "mine\nmine\n");
}

static void what_git_ignores_is_left_alone(void **state) {
    struct fixture *f = *state;
    sh(f, "echo '*.log' >.gitignore; echo mine >run.log");
    assert_string_equal(merge(f, "echo theirs >run.log; echo new >new.txt"), "");
    assert_prints(f, "cat run.log new.txt", "mine\nnew\n");
}

static void the_start_moves_on(void **state) {
    struct fixture *f = *state;
    autofree char *before = sh_output(f, "git rev-parse refs/lab/start");
    merge(f, "echo 'print(2)' >train.py");
    assert_prints(f, "git cat-file -p refs/lab/start:train.py; git log -1 --format=%B refs/lab/start | grep Exercise",
                  "print(2)\nLab-Exercise: seed\n");
    autofree char *parent = sh_output(f, "git rev-parse refs/lab/start^");
    assert_string_equal(parent, before);
    assert_prints(f, "git log --oneline --all --not --glob='refs/lab/*' | wc -l; git status --porcelain; ls .lab",
                  "1\n M train.py\nexercise\n");
    open_workspace(f);
    assert_string_equal(workspace_start_tree(f->workspace), snapshot_tree(f));
    assert_string_equal(merge(f, "true"), ""); /* again: nothing */
}

static void the_learner_s_index_and_branch_stay(void **state) {
    struct fixture *f = *state;
    sh(f,
       "git config user.name a; git config user.email a@b; git commit -qam one --allow-empty; echo mine >mine; git add mine");
    autofree char *before = sh_output(f, "git rev-parse HEAD; git ls-files -s");
    merge(f, "echo 'print(2)' >train.py");
    autofree char *after = sh_output(f, "git rev-parse HEAD; git ls-files -s");
    assert_string_equal(before, after);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_side_s_changes_come_together),
        TEST(the_same_change_is_no_conflict),
        TEST(both_versions_are_marked),
        TEST(what_cannot_be_mixed_stays),
        TEST(files_and_folders_in_each_other_s_way),
        TEST(what_git_ignores_is_left_alone),
        TEST(the_start_moves_on),
        TEST(the_learner_s_index_and_branch_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
