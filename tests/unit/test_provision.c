/* Making, finding and mending a workspace. */

#include "workspace_fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int create(struct fixture *f) {
    f->err = (struct err)ERR_INIT;
    return workspace_create(f->directory, &f->course, &f->exercise, f->environment, &f->err);
}

static enum workspace_state state_of(struct fixture *f) {
    enum workspace_state state;
    assert_ok(f, workspace_state(&state, f->directory, "seed", &f->err));
    return state;
}

/* Nothing lies beside the workspace: no staging folder, no lock. */
static void assert_tidy(struct fixture *f) {
    autofree char *beside = sh_output(f, "ls -A ..");
    assert_null(strstr(beside, "starting"));
}

static void is_whole(void **state) {
    struct fixture *f = *state;
    assert_int_equal(state_of(f), WORKSPACE_ABSENT);
    assert_ok(f, create(f));
    assert_int_equal(state_of(f), WORKSPACE_STARTED);
    autofree char *status =
        sh_output(f, "git status --porcelain --ignored; git log --format='%an <%ae> %s'; git branch --show-current");
    assert_string_equal(status, "!! .lab/\n!! .venv\nlab <lab@localhost> start: Same input\nmain\n");
    autofree char *message = sh_output(f, "git log -1 --format=%B refs/lab/start | sed \"s:$HOME:HOME:\"");
    assert_string_equal(message, "start: Same input\n\nLab-Exercise: seed\nLab-Course: HOME/course\n\n");
    sh(f, "test \"$(readlink .venv)\" = \"$HOME/cache/python/plain\"; test -x train.py; test -f README.md");
    sh(f, "git fsck --strict 2>&1; test -z \"$(find .git/hooks -type f ! -name *.sample)\"");
    assert_tidy(f);
}

static void is_independent_of_the_learners_settings(void **state) {
    struct fixture *f = *state;
    sh(f,
       "mkdir -p template/hooks; echo exit 1 >template/hooks/pre-commit;"
       "git config -f .gitconfig init.templateDir \"$HOME/template\"; git config -f .gitconfig init.defaultBranch odd;"
       "git config -f .gitconfig core.autocrlf true; git config -f .gitconfig commit.gpgsign true;"
       "git config -f .gitconfig core.excludesFile \"$HOME/ignore\"; echo '*.py' >ignore;"
       "printf 'a\\r\\nb\\n' >course/exercises/seed/start/crlf.txt");
    assert_ok(f, create(f));
    sh(f, "test ! -e .git/hooks/pre-commit; test $(git branch --show-current) = main; git cat-file -e HEAD:train.py;"
          "cmp crlf.txt ../course/exercises/seed/start/crlf.txt; git cat-file blob HEAD:crlf.txt | cmp - crlf.txt");
}

static void twice_changes_nothing(void **state) {
    struct fixture *f = *state;
    assert_ok(f, create(f));
    sh(f, "echo mine >>train.py");
    static const char list[] = "find . -printf '%p %i %T@\\n' | sort";
    autofree char *before = sh_output(f, list);
    assert_ok(f, create(f));
    autofree char *after = sh_output(f, list);
    assert_string_equal(before, after);
}

static void four_at_once_make_one(void **state) {
    struct fixture *f = *state;
    pid_t children[4];
    for (size_t i = 0; i < LENGTH(children); i++) {
        children[i] = fork();
        if (!children[i]) _exit(create(f) ? 1 : 0);
    }
    for (size_t i = 0; i < LENGTH(children); i++) {
        int status;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(state_of(f), WORKSPACE_STARTED);
    assert_tidy(f);
}

static void a_kill_leaves_all_or_nothing(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < 25; i++) {
        pid_t child = fork();
        if (!child) _exit(create(f) ? 1 : 0);
        usleep(300 * i);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        assert_int_not_equal(state_of(f), WORKSPACE_DAMAGED);
        assert_ok(f, create(f));
        open_workspace(f);
        assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
        assert_tidy(f);
        remove_folder(f->directory);
    }
}

/* ---- what stands there ---- */

static void refuse(struct fixture *f, const char *message) {
    assert_int_equal(create(f), -1);
    assert_contains(f->err.message, message);
    assert_contains(f->err.help, "--dir");
    assert_tidy(f);
}

static void foreign_folders_are_left_alone(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir work; echo mine >work/thesis");
    refuse(f, "is not empty");
    sh(f, "git init -q .");
    refuse(f, "is not empty");
    sh(f, "test \"$(ls)\" = thesis");
}

static void a_file_in_the_way_is_an_error(void **state) {
    struct fixture *f = *state;
    autofree char *inside = path_join(f->root, "file");
    assert_int_equal(fs_write(inside, "x", 1, NULL), 0);
    free(f->directory);
    f->directory = mem_copy_string(inside);
    assert_int_equal(create(f), -1);
    assert_contains(f->err.message, "Not a directory");
    free(f->directory);
    f->directory = path_join(inside, "below");
    assert_int_equal(create(f), -1);
    assert_contains(f->err.help, "--dir");
}

static void an_empty_folder_and_a_link_to_one_will_do(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p elsewhere/real; ln -s elsewhere/real work");
    assert_ok(f, create(f));
    sh(f, "test -L $HOME/work; test -d $HOME/elsewhere/real/.git");
    assert_int_equal(state_of(f), WORKSPACE_STARTED);
}

static char *number_of_folder(struct fixture *f) { return sh_output(f, "stat -c %i ."); }

static void assert_is_start(struct fixture *f) {
    assert_int_equal(state_of(f), WORKSPACE_STARTED);
    open_workspace(f);
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
    autofree char *status = sh_output(f, "git status --porcelain; git branch --show-current; ls -A .lab | grep -v tmp");
    assert_string_equal(status, "main\nexercise\n");
    assert_tidy(f);
}

/* A shell may stand in it. */
static void an_empty_folder_stays_the_same_folder(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir work");
    autofree char *before = number_of_folder(f);
    assert_ok(f, create(f));
    autofree char *after = number_of_folder(f);
    assert_string_equal(before, after);
    assert_is_start(f);
}

static void a_kill_within_a_folder_is_completed(void **state) {
    struct fixture *f = *state;
    for (unsigned i = 0; i < 25; i++) {
        sh(f, "mkdir work");
        pid_t child = fork();
        if (!child) _exit(create(f) ? 1 : 0);
        usleep(300 * i);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        assert_ok(f, create(f));
        assert_is_start(f);
        remove_folder(f->directory);
    }
}

static void every_point_of_interruption_is_completed(void **state) {
    struct fixture *f = *state;
    static const char *const points[] = {
        "mkdir .lab", "mkdir .lab; echo see >.lab/exercise.1.tmp",
        "mkdir -p .lab/starting; echo half >.lab/starting/train.py",
        "mkdir -p .lab/starting; echo seed >.lab/exercise; echo half >.lab/starting/train.py",
        "mkdir -p .lab/starting; echo seed >.lab/exercise; cp -p ../course/exercises/seed/start/train.py ."};
    for (size_t i = 0; i < LENGTH(points); i++) {
        sh(f, "mkdir work");
        sh(f, "%s", points[i]);
        assert_ok(f, create(f));
        assert_is_start(f);
        remove_folder(f->directory);
    }
}

static void work_in_an_interrupted_start_stays(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p work/.lab/starting; cd work; echo seed >.lab/exercise; echo mine >train.py; echo mine >own.py");
    assert_ok(f, create(f));
    sh(f, "test $(cat train.py) = mine; test $(cat own.py) = mine; test -f README.md; test -f src/a.py; test -d .git");
}

static void a_planted_link_leads_nowhere(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p outside/lab; echo seed >outside/lab/exercise");
    assert_ok(f, create(f));
    sh(f, "rm -r .venv .lab; ln -s ../outside/lab .lab");
    assert_ok(f, create(f));
    sh(f, "test ! -L .lab; test -L .venv; rm -rf .git .lab; ln -s ../outside/lab .lab");
    assert_int_equal(create(f), -1); /* a mark elsewhere does not count */
    sh(f, "test \"$(ls -A ../outside/lab)\" = exercise; test ! -e .git");
}

static void another_exercise_is_named(void **state) {
    struct fixture *f = *state;
    assert_ok(f, create(f));
    f->exercise.key = "other";
    refuse(f, "workspace of 'seed'");
    f->exercise.key = "seed";
}

/* ---- failing ---- */

static void a_full_disk_leaves_nothing(void **state) {
    struct fixture *f = *state;
    pid_t child = fork();
    if (!child) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){40, 40}); /* small files pass, objects and the index do not */
        _exit(create(f) ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    autofree char *left = sh_output(f, "ls -A");
    assert_null(strstr(left, "work"));
    assert_ok(f, create(f));
}

static void a_read_only_place_is_an_error(void **state) {
    struct fixture *f = *state;
    if (geteuid()) skip(); /* root becomes another user */
    sh(f, "chmod 755 .");
    pid_t child = fork();
    if (!child) {
        if (setgid(4321) || setuid(4321)) _exit(2);
        _exit(create(f) && strstr(f->err.message, "Permission denied") && strstr(f->err.help, "--dir") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(state_of(f), WORKSPACE_ABSENT);
}

static void a_missing_start_is_an_error(void **state) {
    struct fixture *f = *state;
    sh(f, "rm -r course/exercises/seed/start");
    assert_int_equal(create(f), -1);
    assert_int_equal(f->err.code, ERR_COURSE);
    autofree char *left = sh_output(f, "ls -A");
    assert_null(strstr(left, "work"));
}

/* ---- mending ---- */

static void mends(struct fixture *f, const char *damage) {
    assert_ok(f, create(f));
    sh(f, "echo mine >>train.py; echo mine >new.py; rm README.md; %s", damage);
    assert_int_equal(state_of(f), WORKSPACE_DAMAGED);
    assert_ok(f, create(f));
    assert_int_equal(state_of(f), WORKSPACE_STARTED);
    sh(f, "grep -q mine train.py; test -f new.py; test ! -e README.md; test ! -e .git.starting");
    open_workspace(f);
    assert_string_equal(workspace_exercise(f->workspace), "seed");
    autofree char *start = sh_output(f, "git ls-tree -r --name-only refs/lab/start");
    assert_string_equal(start, "README.md\nsrc/a.py\ntrain.py\n");
    assert_tidy(f);
}

static void a_lost_repository_is_made_anew(void **state) {
    struct fixture *f = *state;
    mends(f, "rm -rf .git");
    autofree char *status = sh_output(f, "git status --porcelain");
    assert_string_equal(status, " D README.md\n M train.py\n?? new.py\n");
}

static void a_lost_repository_is_named_where_one_stands(void **state) {
    struct fixture *f = *state;
    static const char *const damages[] = {"rm -rf .git", "git init -q .", "rm .git/HEAD"};
    autofree char *found = NULL, *inside = path_join(f->directory, "src");
    assert_ok(f, create(f));
    for (size_t i = 0; i < LENGTH(damages); i++) {
        sh(f, "%s", damages[i]);
        f->err = (struct err)ERR_INIT;
        assert_int_equal(workspace_find(&found, inside, &f->err), -1);
        assert_contains(f->err.message, "its repository is lost");
        assert_contains(f->err.help, "lab start seed --dir");
    }
    assert_ok(f, create(f));
    assert_ok(f, workspace_find(&found, inside, &f->err));
    assert_string_equal(found, f->directory);
}

static void the_learners_new_repository_is_kept(void **state) {
    struct fixture *f = *state;
    mends(f, "rm -rf .git; git init -q -b own .; git add .; git -c user.name=A -c user.email=a@b commit -qm own");
    autofree char *log = sh_output(f, "git log --format=%s; git branch --format='%(refname)'; git status --porcelain");
    assert_string_equal(log, "own\nrefs/heads/own\n");
}

static void an_unborn_repository_is_kept(void **state) {
    struct fixture *f = *state;
    mends(f, "rm -rf .git; git init -q -b own .");
    autofree char *branch = sh_output(f, "git symbolic-ref HEAD; git status --porcelain | head -1");
    assert_string_equal(branch, "refs/heads/own\n?? new.py\n");
    assert_int_equal(record(f, CAUSE_CHECK), 1);
}

/* What a kill between the steps leaves. */
static void an_interrupted_mending_is_completed(void **state) {
    struct fixture *f = *state;
    static const char *const points[] = {
        "rm -rf .git; git init -q -b main .",
        "rm -rf .git; git init -q -b main .; cp ../index .git/index; cp -r ../objects .git"};
    assert_ok(f, create(f));
    sh(f, "cp -r .git/index .git/objects ..");
    for (size_t i = 0; i < LENGTH(points); i++) {
        sh(f, "%s", points[i]);
        assert_int_equal(state_of(f), WORKSPACE_DAMAGED);
        assert_ok(f, create(f));
        autofree char *log = sh_output(f, "git log --format=%s; git status --porcelain");
        assert_string_equal(log, "start: Same input\n");
    }
}

static void what_is_staged_in_an_unborn_repository_is_kept(void **state) {
    struct fixture *f = *state;
    mends(f, "rm -rf .git; git init -q -b main .; git add new.py");
    autofree char *status =
        sh_output(f, "git status --porcelain | head -1; git symbolic-ref HEAD; ! git log 2>/dev/null");
    assert_string_equal(status, "A  new.py\nrefs/heads/main\n");
}

static void a_lost_start_is_recorded_again(void **state) {
    struct fixture *f = *state;
    mends(f, "git update-ref -d refs/lab/start");
}

static void a_damaged_repository_keeps_its_attempts(void **state) {
    struct fixture *f = *state;
    assert_ok(f, create(f));
    open_workspace(f);
    (void)record(f, CAUSE_CHECK);
    sh(f, "rm .git/HEAD");
    assert_int_equal(state_of(f), WORKSPACE_DAMAGED);
    assert_ok(f, create(f));
    open_workspace(f);
    assert_int_equal(record(f, CAUSE_CHECK), 2);
}

static void git_clean_takes_nothing_that_matters(void **state) {
    struct fixture *f = *state;
    assert_ok(f, create(f));
    sh(f, "git clean -qfdx; git reset -q --hard");
    assert_int_equal(state_of(f), WORKSPACE_STARTED);
    assert_ok(f, create(f));
    sh(f, "test -L .venv");
}

/* ---- the environment's link ---- */

static void the_link_follows_but_never_replaces(void **state) {
    struct fixture *f = *state;
    assert_ok(f, create(f));
    sh(f, "rm .venv; ln -s ../cache/../cache/python/old .venv"); /* leads nowhere */
    assert_ok(f, workspace_link_environment(f->directory, f->environment, &f->err));
    sh(f, "test \"$(readlink .venv)\" = \"$HOME/cache/python/plain\"; mkdir -p ../cache/python/new ../mine");
    autofree char *other = path_join(f->root, "cache/python/new");
    assert_ok(f, workspace_link_environment(f->directory, other, &f->err));
    sh(f, "test \"$(readlink .venv)\" = \"$HOME/cache/python/new\"; rm .venv; ln -s ../mine .venv");
    assert_ok(f, workspace_link_environment(f->directory, f->environment, &f->err));
    sh(f, "test \"$(readlink .venv)\" = ../mine; rm .venv; mkdir .venv");
    assert_ok(f, workspace_link_environment(f->directory, f->environment, &f->err));
    sh(f, "test -d .venv; test ! -L .venv");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bare_setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(is_whole),
        TEST(is_independent_of_the_learners_settings),
        TEST(twice_changes_nothing),
        TEST(four_at_once_make_one),
        TEST(a_kill_leaves_all_or_nothing),
        TEST(foreign_folders_are_left_alone),
        TEST(a_file_in_the_way_is_an_error),
        TEST(an_empty_folder_and_a_link_to_one_will_do),
        TEST(an_empty_folder_stays_the_same_folder),
        TEST(a_kill_within_a_folder_is_completed),
        TEST(every_point_of_interruption_is_completed),
        TEST(work_in_an_interrupted_start_stays),
        TEST(a_planted_link_leads_nowhere),
        TEST(another_exercise_is_named),
        TEST(a_full_disk_leaves_nothing),
        TEST(a_read_only_place_is_an_error),
        TEST(a_missing_start_is_an_error),
        TEST(a_lost_repository_is_made_anew),
        TEST(a_lost_repository_is_named_where_one_stands),
        TEST(the_learners_new_repository_is_kept),
        TEST(an_unborn_repository_is_kept),
        TEST(an_interrupted_mending_is_completed),
        TEST(what_is_staged_in_an_unborn_repository_is_kept),
        TEST(a_lost_start_is_recorded_again),
        TEST(a_damaged_repository_keeps_its_attempts),
        TEST(git_clean_takes_nothing_that_matters),
        TEST(the_link_follows_but_never_replaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
