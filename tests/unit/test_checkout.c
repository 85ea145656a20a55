/* Laying out trees, also such as only an attacker makes. */

#include "workspace_fixture.h"

struct place {
    char *path;
    int fd;
};

static void place_release(struct place *place) {
    if (place->fd >= 0) close(place->fd);
    free(place->path);
}

static struct place empty_place(struct fixture *f) {
    struct place place = {.path = path_join(f->root, "jail/scratch")};
    remove_folder(place.path);
    assert_ok(f, fs_make_directories(place.path, &f->err));
    place.fd = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return place;
}

static char *tree_made_by(struct fixture *f, const char *script) {
    char *tree = sh_output(f, script);
    tree[strcspn(tree, "\n")] = '\0';
    return tree;
}

static void is_what_was_snapped(void **state) {
    struct fixture *f = *state;
    sh(f,
       "mkdir -p a/b 'sp ace'; echo 1 >a/b/c; ln -s ../x a/link; ln -s /etc/passwd out; chmod +x a/b/c; printf 'x' >'sp ace/y'; : >empty");
    scoped(place) place = empty_place(f);
    assert_ok(f, workspace_checkout(f->workspace, snapshot_tree(f), place.fd, &f->err));
    sh(f,
       "diff -r --no-dereference -x .git -x .lab -x .venv . ../jail/scratch; test -x ../jail/scratch/a/b/c; test ! -x ../jail/scratch/empty");
}

static void ignores_the_umask(void **state) {
    struct fixture *f = *state;
    mode_t before = umask(077);
    scoped(place) place = empty_place(f);
    int result = workspace_checkout(f->workspace, snapshot_tree(f), place.fd, &f->err);
    umask(before);
    assert_int_equal(result, 0);
    struct stat info;
    assert_int_equal(fstatat(place.fd, "train.py", &info, 0), 0);
    assert_int_equal(info.st_mode & 0777, 0755);
    assert_int_equal(fstatat(place.fd, "README.md", &info, 0), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
}

static void leaves_submodules_out(void **state) {
    struct fixture *f = *state;
    autofree char *tree = tree_made_by(
        f,
        "printf '160000 commit 1111111111111111111111111111111111111111\\tlib\\n100644 blob %s\\tx\\n' $(echo x | git hash-object -w --stdin) |"
        "git mktree --missing");
    scoped(place) place = empty_place(f);
    assert_ok(f, workspace_checkout(f->workspace, tree, place.fd, &f->err));
    sh(f, "test \"$(ls -A ../jail/scratch)\" = x");
}

/* Entries of a raw tree, as a script of git: a Python program that writes one tree object from "mode name type" words. */
static const char raw_tree[] =
    "python3 - \"$@\" <<'END'\n"
    "import subprocess, sys\n"
    "def put(kind, data):\n"
    "    return subprocess.run(['git', 'hash-object', '-w', '--literally', '--stdin', '-t', kind], input=data, check=True,\n"
    "                          stdout=subprocess.PIPE).stdout.decode().strip()\n"
    "blob = put('blob', b'/tmp\\n'[:4])\n"
    "inner = put('tree', b'100644 x\\0' + bytes.fromhex(blob))\n"
    "out = b''\n"
    "for word in sys.argv[1:]:\n"
    "    mode, name = word.split(' ', 1)\n"
    "    out += mode.encode() + b' ' + name.encode() + b'\\0' + bytes.fromhex(inner if mode == '40000' else blob)\n"
    "print(put('tree', out))\n"
    "END\n";

struct attack {
    const char *name, *entries, *message;
};

static const struct attack attacks[] = {
    {"parent", "'100644 ..'", "has a name"},
    {"above", "'100644 ../x'", "has a name"},
    {"slash", "'100644 a/b'", "has a name"},
    {"absolute", "'100644 /tmp/lab-escaped-from-a-tree'", "has a name"},
    {"here", "'40000 .'", "has a name"},
    {"git folder", "'40000 .git'", "has a name"},
    {"git file", "'100644 .git'", "has a name"},
    {"git in capitals", "'40000 .GiT'", "has a name"},
    {"link then folder", "'120000 a' '40000 a'", "stands there twice"},
    {"folder then link", "'40000 a' '120000 a'", "stands there twice"},
    {"file twice", "'100644 a' '100644 a'", "stands there twice"},
    {"link then file", "'120000 a' '100644 a'", "stands there twice"},
    {"folder twice", "'40000 a' '40000 a'", "stands there twice"},
    {"device", "'060000 a'", "is neither"},
    {"pipe", "'010000 a'", "is neither"},
};

static void refuses_hostile_names(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < LENGTH(attacks); i++) {
        print_message("  %s\n", attacks[i].name);
        autofree char *script = str_format("set -- %s\n%s", attacks[i].entries, raw_tree);
        autofree char *tree = tree_made_by(f, script);
        scoped(place) place = empty_place(f);
        f->err = (struct err)ERR_INIT;
        assert_int_equal(workspace_checkout(f->workspace, tree, place.fd, &f->err), -1);
        assert_contains(f->err.message, attacks[i].message);
        sh(f, "test \"$(ls -A ../jail)\" = scratch; test ! -e /tmp/lab-escaped-from-a-tree; test ! -e ../jail/x");
    }
}

static void case_clashes_are_two_files(void **state) {
    struct fixture *f = *state;
    autofree char *script = str_format("set -- '100644 A' '100644 a' '100755 run' '100664 old'\n%s", raw_tree);
    autofree char *tree = tree_made_by(f, script);
    scoped(place) place = empty_place(f);
    assert_ok(f, workspace_checkout(f->workspace, tree, place.fd, &f->err));
    sh(f, "test $(ls ../jail/scratch | wc -l) = 4");
}

static void refuses_bombs(void **state) {
    struct fixture *f = *state;
    scoped(place) place = empty_place(f);
    /* Ten folders of ten folders … of one blob: 10^6 files from seven objects. */
    autofree char *wide = tree_made_by(
        f,
        "t=$(echo x | git hash-object -w --stdin); t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '100644 blob %s\\t%s\\n' $t $i; done | git mktree);"
        "for n in 1 2 3 4 5; do t=$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\t%s\\n' $t $i; done | git mktree); done; echo $t");
    assert_int_equal(workspace_checkout(f->workspace, wide, place.fd, &f->err), -1);
    assert_contains(f->err.message, "20 000");
    scoped(place) second = empty_place(f);
    autofree char *deep =
        tree_made_by(f, "t=$(echo x | git hash-object -w --stdin); t=$(printf '100644 blob %s\\tx\\n' $t | git mktree);"
                        "for n in $(seq 70); do t=$(printf '040000 tree %s\\td\\n' $t | git mktree); done; echo $t");
    assert_int_equal(workspace_checkout(f->workspace, deep, second.fd, &f->err), -1);
    assert_contains(f->err.message, "64 folders deep");
    scoped(place) third = empty_place(f);
    autofree char *large = tree_made_by(
        f,
        "truncate -s 70M ../big; printf '100644 blob %s\\tbig\\n' $(git hash-object -w ../big) | git mktree; rm ../big");
    assert_int_equal(workspace_checkout(f->workspace, large, third.fd, &f->err), -1);
    assert_contains(f->err.message, "big is larger than 64 MiB");
}

static void refuses_wrong_objects(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *script, *message;
    } wrong[] = {
        {"printf '100644 blob %s\\tx\\n' 1111111111111111111111111111111111111111 | git mktree --missing",
         "lost the content of x"},
        {"python3 -c \"import sys; sys.stdout.buffer.write(b'100644 x\\0' + bytes.fromhex('$(git rev-parse HEAD^{tree})'))\" |"
         "git hash-object -w --literally --stdin -t tree",
         "says that it is a file"},
        {"b=$(printf 'a\\0b' | git hash-object -w --stdin); printf '120000 blob %s\\tx\\n' $b | git mktree", "no path"},
        {"b=$(: | git hash-object -w --stdin); printf '120000 blob %s\\tx\\n' $b | git mktree", "no path"},
        {"b=$(head -c 5000 /dev/zero | tr '\\0' a | git hash-object -w --stdin); printf '120000 blob %s\\tx\\n' $b | git mktree",
         "no path"},
    };
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        autofree char *tree = tree_made_by(f, wrong[i].script);
        scoped(place) place = empty_place(f);
        f->err = (struct err)ERR_INIT;
        assert_int_equal(workspace_checkout(f->workspace, tree, place.fd, &f->err), -1);
        assert_contains(f->err.message, wrong[i].message);
    }
    scoped(place) place = empty_place(f);
    assert_int_equal(workspace_checkout(f->workspace, "1111111111111111111111111111111111111111", place.fd, &f->err),
                     -1);
    assert_int_equal(workspace_checkout(f->workspace, "rubbish", place.fd, &f->err), -1);
}

static void a_lost_object_is_written_by_the_next_snapshot(void **state) {
    struct fixture *f = *state;
    write_text(f, "new.py", "new\n");
    autofree char *tree = mem_copy_string(snapshot_tree(f));
    (void)snapshot_tree(f);
    sh(f, "h=$(git hash-object new.py); rm -f .git/objects/$(echo $h | cut -c1-2)/$(echo $h | cut -c3-)");
    open_workspace(f);
    scoped(place) place = empty_place(f);
    assert_int_equal(workspace_checkout(f->workspace, tree, place.fd, &f->err), -1);
    assert_contains(f->err.message, "lost the content of new.py");
    assert_string_equal(snapshot_tree(f), tree);
    scoped(place) again = empty_place(f);
    assert_ok(f, workspace_checkout(f->workspace, tree, again.fd, &f->err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(is_what_was_snapped),        TEST(ignores_the_umask),
        TEST(leaves_submodules_out),      TEST(refuses_hostile_names),
        TEST(case_clashes_are_two_files), TEST(refuses_bombs),
        TEST(refuses_wrong_objects),      TEST(a_lost_object_is_written_by_the_next_snapshot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
