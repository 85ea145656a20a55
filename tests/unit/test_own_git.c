/*
 * The learner's own use of git: whatever state it leaves, a snapshot is taken and recorded, holds what the folder holds,
 * and changes no byte of what is theirs.
 */

#include "workspace_fixture.h"

/* libgit2 1.5 loses what it matched extensions.* with, once for each repository opened that has some. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libpcre2-8.so"; }

/* All of .git that is the learner's, as one digest. */
static char *own_state(struct fixture *f) {
    return sh_output(
        f, "g=$(git rev-parse --git-dir); find $g -type f ! -path \"$g/objects/*\" ! -path \"$g/lab/*\" ! -path "
           "\"$g/refs/lab/*\" -exec sha256sum {} + | sort; git stash list; git worktree list");
}

/* Lays the tree out and compares it with the folder. */
static void assert_holds_the_folder(struct fixture *f, const char *tree) {
    autofree char *copy = path_join(f->root, "copy");
    remove_folder(copy);
    assert_ok(f, fs_make_directories(copy, &f->err));
    autoclose int fd = open(copy, O_RDONLY | O_DIRECTORY);
    assert_ok(f, workspace_checkout(f->workspace, tree, fd, &f->err));
    sh(f, "diff -r --no-dereference -x .git -x .lab -x .venv -x '*.sock' . %s", copy);
}

static void look_back(struct fixture *f, const char *tree) {
    struct recorded *list = NULL;
    size_t count = 0, changed = 1;
    scoped(str) patch = STR_INIT;
    assert_ok(f, workspace_history(f->workspace, 0, &list, &count, &f->err));
    free(list);
    assert_int_equal(count, 2);
    assert_ok(f, workspace_diff(f->workspace, workspace_start_tree(f->workspace), tree, NULL, &patch, &f->err));
    assert_ok(f, restore_now(f, f->workspace, tree, NULL, &changed));
    assert_int_equal(changed, 0);
}

struct own_use {
    const char *name, *script;
};

static const struct own_use uses[] = {
    {"nothing", "true"},
    {"dirty", "echo 2 >>train.py; echo new >new.py"},
    {"staged", "echo 2 >>train.py; git add train.py; echo 3 >>train.py"},
    {"commits", "echo 2 >>train.py; git commit -qam two; git commit -q --allow-empty -m three; git tag v1"},
    {"branches", "git switch -qc side; echo 2 >>train.py; git commit -qam side; git switch -q main"},
    {"detached HEAD", "git commit -q --allow-empty -m two; git checkout -q --detach HEAD~1"},
    {"stash", "echo 2 >>train.py; git stash -q"},
    {"no user.name", "git config --unset user.name; git config user.useConfigOnly true; echo 2 >>train.py"},
    {"gpgsign", "git config commit.gpgsign true; git config gpg.program /bin/false; echo 2 >>train.py"},
    {"mid-rebase", "echo 2 >train.py; git commit -qam main; git switch -qc side HEAD~1; echo 3 >train.py;"
                   "git commit -qam side; ! git rebase -q main >/dev/null 2>&1; test -d .git/rebase-merge"},
    {"mid-merge", "echo 2 >train.py; git commit -qam main; git switch -qc side HEAD~1; echo 3 >train.py;"
                  "git commit -qam side; ! git merge -q main >/dev/null 2>&1; test -f .git/MERGE_HEAD"},
    {"mid-bisect",
     "git commit -q --allow-empty -m 2; git commit -q --allow-empty -m 3; git commit -q --allow-empty -m 4;"
     "git bisect start -q HEAD HEAD~3 >/dev/null"},
    {"hooks",
     "printf '#!/bin/sh\\nexit 1\\n' >.git/hooks-x; mkdir -p .git/hooks; cp .git/hooks-x .git/hooks/pre-commit;"
     "cp .git/hooks-x .git/hooks/reference-transaction; chmod +x .git/hooks/*; echo 2 >>train.py"},
    {"autocrlf",
     "git config core.autocrlf true; echo '* text=auto eol=crlf' >.gitattributes; printf 'a\\r\\nb\\n' >mixed.txt"},
    {"filters",
     "git config filter.up.clean 'tr a-z A-Z'; git config filter.up.required true; echo '* filter=up' >.gitattributes"},
    {"manyFiles",
     "git config feature.manyFiles true; git update-index --index-version 4; git status >/dev/null; echo 2 >>train.py"},
    {"skipHash", "git config index.skipHash true; echo 2 >>train.py; git add train.py"},
    {"split index",
     "git config core.splitIndex true; git update-index --split-index; echo 2 >>train.py; git add train.py"},
    {"sparse index",
     "git status >/dev/null; git config index.sparse true; git sparse-checkout init --cone --sparse-index; git sparse-checkout set src"},
    {"packed references", "git pack-refs --all; git gc -q; echo 2 >>train.py"},
    {"corrupt index", "echo garbage >.git/index"},
    {"index lock", "touch .git/index.lock; echo 2 >>train.py"},
    {"symlinks", "ln -s train.py link; ln -s /etc/passwd out; ln -s nowhere dangling; ln -s src folder"},
    {"odd names",
     "printf x >\"$(printf 'bad-\\377\\376')\"; printf x >\"$(printf 'line\\nbreak')\"; printf x >' lead'; printf x >-dash;"
     "mkdir 'a b'; printf x >'a b/é'; printf x >a.b; mkdir a; printf x >a/x; printf x >a0"},
    {"modes", "echo x >run.sh; chmod 755 run.sh; chmod 600 train.py"},
    {"deleted", "rm train.py; git rm -q --cached src/a.py"},
    {"submodule", "git init -q ../other; echo x >../other/x; git -C ../other add x;"
                  "git -C ../other -c user.name=A -c user.email=a@b commit -qm 1;"
                  "git -c protocol.file.allow=always submodule --quiet add ../other lib; git commit -qm lib"},
    {"worktree configuration", "git config extensions.worktreeConfig true; git config core.repositoryformatversion 1"},
    {"many files in a branch",
     "for i in $(seq 300); do echo $i >f$i; done; git add .; git commit -qm many; git rm -q 'f1*'"},
};

static void leaves_own_git_alone(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(uses); i++) {
        void *fresh = NULL;
        assert_int_equal(setup(&fresh), 0);
        struct fixture *f = fresh;
        print_message("  %s\n", uses[i].name);
        sh(f, "git config user.name A; git config user.email a@b");
        sh(f, "%s", uses[i].script);
        autofree char *before = own_state(f);
        open_workspace(f);
        int first = record(f, CAUSE_CHECK);
        assert_int_equal(record(f, CAUSE_CHECK), first + 1);
        assert_int_equal(record(f, CAUSE_RESET), first + 1);
        char tree[TREE_ID_SIZE];
        assert_ok(f, workspace_attempt_tree(f->workspace, first, tree, &f->err));
        assert_holds_the_folder(f, tree);
        look_back(f, tree);
        autofree char *after = own_state(f);
        assert_string_equal(before, after);
        teardown(&fresh);
    }
}

static void is_found_from_a_worktree(void **state) {
    struct fixture *f = *state;
    sh(f, "git worktree add -q ../second 2>&1; echo 2 >>../second/train.py");
    autofree char *second = path_join(f->root, "second"), *found = NULL;
    autofree char *below = path_join(second, "src");
    assert_ok(f, workspace_find(&found, below, &f->err));
    assert_string_equal(found, second);
    int first = record(f, CAUSE_CHECK);
    free(f->directory);
    f->directory = steal(&second);
    open_workspace(f);
    assert_string_equal(workspace_exercise(f->workspace), "seed");
    assert_int_equal(record(f, CAUSE_CHECK), first + 1);
}

static void expect_refusal(struct fixture *f, const char *part) {
    struct workspace *workspace = NULL;
    f->err = (struct err)ERR_INIT;
    assert_int_equal(workspace_open(&workspace, f->directory, &f->err), -1);
    assert_contains(f->err.message, part);
    assert_true(f->err.help[0]);
    assert_null(strchr(f->err.message, '\n'));
}

static void refuses_what_libgit2_cannot_read(void **state) {
    struct fixture *f = *state;
    sh(f, "rm -rf .git; git init -q --object-format=sha256 .");
    expect_refusal(f, "SHA-256");
    sh(f,
       "rm -rf .git; git init -q . ; git config core.repositoryformatversion 1; git config extensions.refStorage reftable");
    expect_refusal(f, "reftable");
    sh(f, "rm -rf .git; git init -q .");
    expect_refusal(f, "no workspace of lab");
}

static void says_what_to_do_about_another_owner(void **state) {
    struct fixture *f = *state;
    if (geteuid()) skip(); /* only root can give a folder away */
    sh(f, "chown -R 4321 .");
    expect_refusal(f, "another user");
    assert_contains(f->err.help, "safe.directory");
}

static void names_a_broken_configuration(void **state) {
    struct fixture *f = *state;
    struct workspace *workspace = NULL;
    sh(f, "echo '[core' >.git/config");
    assert_int_equal(workspace_open(&workspace, f->directory, &f->err), -1);
    assert_contains(f->err.message, ".git/config");
}

static void survives_gc_and_stays_out_of_sight(void **state) {
    struct fixture *f = *state;
    sh(f, "echo two >two; git config user.name A; git config user.email a@b");
    int number = record(f, CAUSE_CHECK);
    sh(f,
       "rm two; git reflog expire --expire=now --all; git gc -q --prune=now; git prune --expire=now; git fsck --strict 2>&1");
    open_workspace(f);
    char tree[TREE_ID_SIZE];
    assert_ok(f, workspace_attempt_tree(f->workspace, number, tree, &f->err));
    autofree char *content = str_format("git show %s:two", tree);
    autofree char *shown = sh_output(f, content), *branches = sh_output(f, "git branch -a --format='%(refname)'");
    assert_string_equal(shown, "two\n");
    assert_string_equal(branches, "refs/heads/main\n");
    sh(f,
       "git init -q --bare ../remote; git remote add origin ../remote; git push -q origin --all; git push -q origin --tags");
    autofree char *pushed = sh_output(f, "git ls-remote origin | grep -c lab || true");
    assert_string_equal(pushed, "0\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_own_git_alone),
        cmocka_unit_test_setup_teardown(is_found_from_a_worktree, setup, teardown),
        cmocka_unit_test_setup_teardown(refuses_what_libgit2_cannot_read, setup, teardown),
        cmocka_unit_test_setup_teardown(says_what_to_do_about_another_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(names_a_broken_configuration, setup, teardown),
        cmocka_unit_test_setup_teardown(survives_gc_and_stays_out_of_sight, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
