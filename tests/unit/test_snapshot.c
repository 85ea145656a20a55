#include "workspace_fixture.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* The paths of a tree, one a line. Caller frees. */
static char *paths_of(struct fixture *f, const char *tree) {
    autofree char *command = str_format("git -c core.quotePath=false ls-tree -r --name-only %s", tree);
    return sh_output(f, command);
}

static void assert_paths(struct fixture *f, const char *expected) {
    autofree char *paths = paths_of(f, snapshot_tree(f));
    assert_string_equal(paths, expected);
}

#define START_PATHS "README.md\nsrc/a.py\ntrain.py\n"

static void expect_refusal(struct fixture *f, const char *first, const char *second) {
    struct snapshot snapshot;
    f->err = (struct err)ERR_INIT;
    assert_int_equal(workspace_snapshot(f->workspace, &snapshot, &f->err), -1);
    assert_int_equal(f->err.code, ERR_USAGE);
    assert_contains(f->err.message, first);
    assert_contains(f->err.message, second);
    assert_contains(f->err.help, ".gitignore");
}

/* ---- content ---- */

static void equals_the_start(void **state) {
    struct fixture *f = *state;
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
    assert_string_equal(snapshot_tree(f), workspace_start_tree(f->workspace));
}

static void equals_what_git_would_write(void **state) {
    struct fixture *f = *state;
    sh(f,
       "mkdir -p a a-b a.b/c; for p in a/x a-b/x a.b/c/x a0 a/b a.c; do echo $p >$p; done; ln -s a0 link; chmod +x a0; mkdir empty");
    autofree char *expected = sh_output(f, "export GIT_INDEX_FILE=../index; git add -A; git write-tree");
    expected[40] = '\0';
    assert_string_equal(snapshot_tree(f), expected);
}

static void an_empty_folder_is_an_empty_tree(void **state) {
    struct fixture *f = *state;
    sh(f, "rm -r README.md src train.py");
    assert_string_equal(snapshot_tree(f), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    assert_string_equal(snapshot_tree(f), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void counts_and_notes(void **state) {
    struct fixture *f = *state;
    sh(f, "git init -q nested; echo 12345 >nested/x; mkfifo src/pipe");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", f->directory);
    autoclose int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
    struct snapshot snapshot;
    assert_ok(f, workspace_snapshot(f->workspace, &snapshot, &f->err));
    assert_int_equal(snapshot.entries, 6); /* four files, two folders */
    assert_int_equal(snapshot.bytes, strlen("lesson\n"
                                            "x=1\n"
                                            "print(1)\n"
                                            "12345\n"));
    assert_string_equal(snapshot.notes.data,
                        "nested/.git is left out: the history of a nested repository is no part of the work\n"
                        "s is a socket: left out\nsrc/pipe is a named pipe: left out\n");
    snapshot_release(&snapshot);
    assert_paths(f, "README.md\nnested/x\nsrc/a.py\ntrain.py\n");
}

static void leaves_out_what_is_labs(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p .lab/x src/.lab src/.GIT; echo 1 >.lab/x/y; echo 1 >src/.lab/y; echo 1 >src/.GIT/y");
    assert_paths(f, "README.md\nsrc/.lab/y\nsrc/a.py\ntrain.py\n");
}

/* ---- ignore rules ---- */

static void ignored_is_left_out_unless_tracked(void **state) {
    struct fixture *f = *state;
    sh(f,
       "git config user.name A; git config user.email a@b; mkdir out data; echo 1 >out/kept; echo 2 >out/lost; echo 1 >data/x;"
       "printf '/out/\\n*.pyc\\n' >.gitignore; git add -f out/kept; git commit -qm kept; echo 1 >src/b.pyc");
    assert_paths(f, ".gitignore\nREADME.md\ndata/x\nout/kept\nsrc/a.py\ntrain.py\n");
    assert_paths(f, ".gitignore\nREADME.md\ndata/x\nout/kept\nsrc/a.py\ntrain.py\n");
    sh(f, "git rm -q --cached out/kept; git commit -qm gone");
    assert_paths(f, ".gitignore\nREADME.md\ndata/x\nsrc/a.py\ntrain.py\n");
}

static void rules_that_change_are_seen(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir -p src/deep; echo 1 >src/deep/x.log; echo 1 >y.log; echo 1 >src/z.log");
    assert_paths(f, "README.md\nsrc/a.py\nsrc/deep/x.log\nsrc/z.log\ntrain.py\ny.log\n");
    sh(f, "echo '*.log' >src/deep/.gitignore");
    assert_paths(f, "README.md\nsrc/a.py\nsrc/deep/.gitignore\nsrc/z.log\ntrain.py\ny.log\n");
    sh(f, "echo '*.lol' >src/deep/.gitignore"); /* of the same size, within the same tick perhaps */
    assert_paths(f, "README.md\nsrc/a.py\nsrc/deep/.gitignore\nsrc/deep/x.log\nsrc/z.log\ntrain.py\ny.log\n");
    sh(f, "mv src/deep/.gitignore .; echo '/*.log' >.gitignore");
    assert_paths(f, ".gitignore\nREADME.md\nsrc/a.py\nsrc/deep/x.log\nsrc/z.log\ntrain.py\n");
    sh(f, "mv .gitignore src/");
    assert_paths(f, "README.md\nsrc/.gitignore\nsrc/a.py\nsrc/deep/x.log\ntrain.py\ny.log\n");
    sh(f, "rm src/.gitignore; echo '/src/' >>.git/info/exclude");
    assert_paths(f, "README.md\nsrc/a.py\ntrain.py\ny.log\n"); /* HEAD has src/a.py */
}

static void the_learners_own_excludes_count(void **state) {
    struct fixture *f = *state;
    sh(f, "echo 1 >x.tmp; echo 1 >x.bak");
    assert_paths(f, "README.md\nsrc/a.py\ntrain.py\nx.bak\nx.tmp\n");
    sh(f, "mkdir -p ../.config/git; echo '*.tmp' >../.config/git/ignore");
    open_workspace(f);
    assert_paths(f, "README.md\nsrc/a.py\ntrain.py\nx.bak\n");
    sh(f, "echo '*.bak' >../mine; git config core.excludesFile ../mine; git config core.excludesFile \"$PWD/../mine\"");
    open_workspace(f);
    assert_paths(f, "README.md\nsrc/a.py\ntrain.py\nx.tmp\n");
}

static void a_kind_that_changes_is_asked_anew(void **state) {
    struct fixture *f = *state;
    sh(f, "printf 'thing/\\n' >.gitignore; mkdir thing; echo 1 >thing/x");
    assert_paths(f, ".gitignore\n" START_PATHS);
    sh(f, "rm -r thing; echo 1 >thing");
    assert_paths(f, ".gitignore\nREADME.md\nsrc/a.py\nthing\ntrain.py\n");
}

static void rules_of_an_odd_kind_are_refused(void **state) {
    struct fixture *f = *state;
    struct snapshot snapshot;
    sh(f, "mkfifo src/.gitignore");
    assert_int_equal(workspace_snapshot(f->workspace, &snapshot, &f->err), -1);
    assert_contains(f->err.message, "src/.gitignore is not a regular file");
    sh(f, "rm src/.gitignore; mkdir src/.gitignore");
    assert_paths(f, START_PATHS);
}

/* ---- limits ---- */

static void a_large_file_is_refused_by_name(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir data; truncate -s 300M data/big.bin");
    expect_refusal(f, "data/big.bin", "64 MiB");
    assert_contains(f->err.help, "/data/big.bin");
    sh(f, "echo /data/ >.gitignore");
    assert_paths(f, ".gitignore\n" START_PATHS);
}

static void sums_are_refused(void **state) {
    struct fixture *f = *state;
    sh(f, "mkdir many; cd many; seq 20001 | xargs touch");
    expect_refusal(f, "20 000", "many/");
    assert_contains(f->err.help, "/many/");
    sh(f, "rm -r many; mkdir big; for i in 1 2 3 4 5; do truncate -s 60M big/$i; done");
    expect_refusal(f, "256 MiB", "big/5");
}

static void depth_is_refused(void **state) {
    struct fixture *f = *state;
    sh(f, "p=$(printf 'd/%%.0s' $(seq 64)); mkdir -p $p; echo 1 >$p/x");
    (void)snapshot_tree(f);
    sh(f, "p=$(printf 'd/%%.0s' $(seq 65)); mkdir -p $p; echo 1 >$p/x");
    expect_refusal(f, "d/d/d", "64 folders deep");
}

static void names_are_shown_harmless(void **state) {
    struct fixture *f = *state;
    sh(f, "truncate -s 65M \"$(printf 'a\\033[31m\\nb')\"");
    expect_refusal(f, "a\\x1b[31m\\nb", "64 MiB");
}

/* Runs body as a user that may not read everything. */
static int as_another_user(struct fixture *f, const char *part) {
    pid_t child = fork();
    if (!child) {
        struct snapshot snapshot;
        struct workspace *workspace = NULL;
        if (setgid(4321) || setuid(4321)) _exit(3);
        if (workspace_open(&workspace, f->directory, &f->err)) fprintf(stderr, "%s\n", f->err.message), _exit(4);
        if (!workspace_snapshot(workspace, &snapshot, &f->err)) _exit(5);
        _exit(strstr(f->err.message, part) && f->err.code == ERR_ENVIRONMENT ? 0 : 6);
    }
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void unreadable_is_named(void **state) {
    struct fixture *f = *state;
    if (geteuid()) skip(); /* root becomes another user */
    sh(f, "chmod 711 ..; chmod 000 src/a.py; chown -R 4321 .");
    assert_int_equal(as_another_user(f, "cannot read src/a.py"), 0);
    sh(f, "chmod 600 src/a.py; chmod 000 src");
    assert_int_equal(as_another_user(f, "cannot read src"), 0);
}

/* ---- the cache ---- */

static void every_change_is_seen_at_once(void **state) {
    struct fixture *f = *state;
    char last[TREE_ID_SIZE] = "";
    for (int i = 0; i < 30; i++) { /* same size, within one tick of the clock */
        char text[] = "value = 00\n";
        text[8] = (char)('0' + i / 10);
        text[9] = (char)('0' + i % 10);
        write_text(f, "train.py", text);
        const char *tree = snapshot_tree(f);
        assert_string_not_equal(tree, last);
        memcpy(last, tree, sizeof last);
    }
}

static void a_set_back_time_deceives_nobody(void **state) {
    struct fixture *f = *state;
    sh(f, "echo aa >train.py; touch -d 2020-01-01 train.py");
    autofree char *first = mem_copy_string(snapshot_tree(f));
    (void)snapshot_tree(f);
    sh(f, "echo bb >train.py; touch -d 2020-01-01 train.py");
    assert_string_not_equal(snapshot_tree(f), first);
}

static void a_damaged_cache_is_only_slower(void **state) {
    struct fixture *f = *state;
    autofree char *tree = mem_copy_string(snapshot_tree(f));
    static const char *const damages[] = {
        "printf x | dd of=.git/lab/snapshot bs=1 seek=150 conv=notrunc 2>/dev/null",
        "truncate -s 20 .git/lab/snapshot",
        "truncate -s -1 .git/lab/snapshot",
        "head -c 4096 /dev/urandom >.git/lab/snapshot",
        ": >.git/lab/snapshot",
        "rm .git/lab/snapshot; mkdir .git/lab/snapshot",
        "rmdir .git/lab/snapshot; ln -s /dev/zero .git/lab/snapshot",
    };
    for (size_t i = 0; i < LENGTH(damages); i++) {
        sh(f, "%s", damages[i]);
        assert_string_equal(snapshot_tree(f), tree);
    }
}

static void objects_that_are_gone_are_written_again(void **state) {
    struct fixture *f = *state;
    sh(f, "echo fresh >fresh.py");
    autofree char *tree = mem_copy_string(snapshot_tree(f));
    (void)snapshot_tree(f);
    sh(f, "git prune --expire=now"); /* nothing refers to the snapshot */
    open_workspace(f);
    assert_string_equal(snapshot_tree(f), tree);
    autofree char *command = str_format("git show %s:fresh.py", tree);
    autofree char *shown = sh_output(f, command);
    assert_string_equal(shown, "fresh\n");
}

static void an_unchanged_folder_writes_nothing(void **state) {
    struct fixture *f = *state;
    static const char list[] = "find .git -type f ! -name clock -printf '%p %i %T@\\n' | sort";
    bool same = false;
    for (int i = 0; i < 100 && !same; i++) { /* a file as new as the clock's tick is read once more */
        autofree char *before = sh_output(f, list);
        (void)snapshot_tree(f);
        autofree char *after = sh_output(f, list);
        same = !strcmp(before, after);
    }
    assert_true(same);
}

static void a_folder_that_moves_meanwhile_breaks_nothing(void **state) {
    struct fixture *f = *state;
    pid_t child = fork();
    if (!child) {
        execl(
            "/bin/sh", "sh", "-c",
            "cd \"$0\"; while :; do mkdir -p m/n; echo 1 >m/n/x; echo 22 >m/y; ln -s x m/z; rm -rf m; echo 1 >m; rm m; done",
            f->directory, (char *)NULL);
        _exit(127);
    }
    int failures = 0;
    for (int i = 0; i < 200; i++) {
        struct snapshot snapshot;
        if (workspace_snapshot(f->workspace, &snapshot, &f->err))
            failures++;
        else
            snapshot_release(&snapshot);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(failures, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(equals_the_start),
        TEST(equals_what_git_would_write),
        TEST(an_empty_folder_is_an_empty_tree),
        TEST(counts_and_notes),
        TEST(leaves_out_what_is_labs),
        TEST(ignored_is_left_out_unless_tracked),
        TEST(rules_that_change_are_seen),
        TEST(the_learners_own_excludes_count),
        TEST(a_kind_that_changes_is_asked_anew),
        TEST(rules_of_an_odd_kind_are_refused),
        TEST(a_large_file_is_refused_by_name),
        TEST(sums_are_refused),
        TEST(depth_is_refused),
        TEST(names_are_shown_harmless),
        TEST(unreadable_is_named),
        TEST(every_change_is_seen_at_once),
        TEST(a_set_back_time_deceives_nobody),
        TEST(a_damaged_cache_is_only_slower),
        TEST(objects_that_are_gone_are_written_again),
        TEST(an_unchanged_folder_writes_nothing),
        TEST(a_folder_that_moves_meanwhile_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
