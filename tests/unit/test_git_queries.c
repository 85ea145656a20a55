/* Questions about the learner's own history. */

#include "base/json.h"
#include "workspace_fixture.h"

static json_t *ask(struct fixture *f, const char *op, const char *arguments) {
    json_t *given = json_loads(arguments, 0, NULL);
    f->err = (struct err)ERR_INIT;
    json_t *answer = workspace_git(f->workspace, op, given, &f->err);
    json_decref(given);
    return answer;
}

/* Asks and compares the answer, as compact JSON with sorted keys. */
static void expect(struct fixture *f, const char *op, const char *arguments, const char *expected) {
    autojson json_t *answer = ask(f, op, arguments);
    if (!answer) fail_msg("%s: %s", op, f->err.message);
    autofree char *text = json_dumps(answer, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    assert_string_equal(text, expected);
}

static void expect_error(struct fixture *f, const char *op, const char *arguments, const char *part) {
    assert_null(ask(f, op, arguments));
    assert_contains(f->err.message, part);
}

/* main: start, two (src/b.py), merge of side (side.txt); a tag of either kind. */
static int history_setup(void **state) {
    if (setup(state)) return -1;
    sh(*state, "git config user.name 'Ann \xc3\x84'; git config user.email ann@x;"
               "export GIT_AUTHOR_DATE='1700000000 +0100' GIT_COMMITTER_DATE='1700000000 +0100';"
               "git switch -qc side; echo s >side.txt; git add .; git commit -qm side; git switch -q main;"
               "echo b >src/b.py; git add .; git commit -qm two; git merge -q --no-ff -m merged side;"
               "git tag light HEAD~1; git tag -a -m note heavy HEAD; git tag blob HEAD:train.py");
    return 0;
}

static void head(void **state) {
    struct fixture *f = *state;
    autojson json_t *answer = ask(f, "head", "{}");
    autofree char *id = sh_output(f, "git rev-parse HEAD | tr -d '\\n'");
    assert_string_equal(json_get_string(answer, "commit", ""), id);
    assert_string_equal(json_get_string(answer, "branch", ""), "main");
    assert_string_equal(json_get_string(answer, "message", ""), "merged\n");
    sh(f, "git checkout -q --detach HEAD~1");
    autojson json_t *detached = ask(f, "head", "{}");
    assert_true(json_is_null(json_object_get(detached, "branch")));
    sh(f, "git checkout -q --orphan fresh");
    expect(f, "head", "{}", "null");
    expect(f, "log", "{}", "[]");
    expect(f, "tracked", "{}", "[]");
    expect(f, "largest_blob", "{}", "null");
    expect(f, "dirty", "{}", "true");
}

static void log_of_all_and_of_a_path(void **state) {
    struct fixture *f = *state;
    autojson json_t *all = ask(f, "log", "{}"), *two = ask(f, "commits", "{\"limit\": 2}");
    assert_int_equal(json_array_size(all), 4);
    assert_int_equal(json_array_size(two), 2);
    const json_t *merge = json_array_get(all, 0), *author = json_object_get(merge, "author");
    assert_int_equal(json_array_size(json_object_get(merge, "parents")), 2);
    assert_string_equal(json_get_string(author, "name", ""), "Ann \xc3\x84");
    assert_string_equal(json_get_string(author, "email", ""), "ann@x");
    assert_int_equal(json_get_integer(author, "time", 0), 1700000000);
    assert_string_equal(json_string_value(json_array_get(json_object_get(merge, "files"), 0)), "side.txt");
    autojson json_t *source = ask(f, "log", "{\"path\": \"src\"}");
    assert_int_equal(json_array_size(source), 2); /* two, and the start */
    assert_string_equal(json_get_string(json_array_get(source, 0), "message", ""), "two\n");
    expect(f, "log", "{\"path\": \"sr\"}", "[]");
    expect(f, "log", "{\"limit\": 0}", "[]");
}

static void tracked_and_dirty(void **state) {
    struct fixture *f = *state;
    expect(f, "tracked", "{}", "[\"README.md\",\"side.txt\",\"src/a.py\",\"src/b.py\",\"train.py\"]");
    expect(f, "dirty", "{}", "false");
    sh(f, "echo x >new");
    expect(f, "dirty", "{}", "true");
    sh(f, "echo new >.gitignore; git add .; git commit -qm ignore");
    expect(f, "dirty", "{}", "false");
    /* What no snapshot takes, though HEAD has it. */
    sh(f, "mkdir -p src/__pycache__; echo x >src/__pycache__/a.pyc; git add -f src .lab .venv; git commit -qm bytecode;"
          "git init -q ../other; echo x >../other/x; git -C ../other add x;"
          "git -C ../other -c user.name=A -c user.email=a@b commit -qm 1;"
          "git -c protocol.file.allow=always submodule --quiet add ../other lib; git commit -qm lib");
    expect(f, "dirty", "{}", "false");
    sh(f, "rm -r lib/x src/__pycache__");
    expect(f, "dirty", "{}", "false");
    sh(f, "chmod -x train.py");
    expect(f, "dirty", "{}", "true");
}

static void blob_and_diff(void **state) {
    struct fixture *f = *state;
    sh(f, "printf 'bad\\377' >bytes; git add .; git commit -qm bytes");
    expect(f, "blob", "{\"rev\": \"HEAD\", \"path\": \"src/a.py\"}", "\"x=1\\n\"");
    expect(f, "blob", "{\"path\": \"bytes\"}", "\"bad\xef\xbf\xbd\"");
    expect_error(f, "blob", "{\"rev\": \"HEAD\", \"path\": \"src\"}", "no file 'src'");
    expect_error(f, "blob", "{\"rev\": \"nope\", \"path\": \"src\"}", "no revision 'nope'");
    expect_error(f, "blob", "{\"rev\": \"\\u001b[31m\", \"path\": \"src\"}", "\\x1b[31m");
    autojson json_t *diff = ask(f, "diff", "{\"from\": \"HEAD~2\", \"to\": \"HEAD\"}");
    assert_contains(json_string_value(diff), "+++ b/side.txt");
    autojson json_t *none = ask(f, "diff", "{\"from\": \"HEAD~2\", \"to\": \"HEAD\", \"path\": \"train.py\"}");
    assert_string_equal(json_string_value(none), "");
    expect_error(f, "diff", "{\"to\": \"HEAD\"}", "revision is missing");
}

static void tags(void **state) {
    struct fixture *f = *state;
    autojson json_t *answer = ask(f, "tags", "{}");
    autofree char *heavy = sh_output(f, "git rev-parse HEAD | tr -d '\\n'");
    assert_int_equal(json_array_size(answer), 2);
    assert_string_equal(json_get_string(json_array_get(answer, 0), "name", ""), "heavy");
    assert_string_equal(json_get_string(json_array_get(answer, 0), "target", ""), heavy);
    assert_string_equal(json_get_string(json_array_get(answer, 1), "name", ""), "light");
}

static void largest_blob_of_the_past(void **state) {
    struct fixture *f = *state;
    sh(f,
       "mkdir data; truncate -s 3M data/model.bin; git add .; git commit -qm big; git rm -q data/model.bin; git commit -qm gone;"
       "git gc -q");
    autojson json_t *answer = ask(f, "largest_blob", "{}");
    assert_string_equal(json_get_string(answer, "path", ""), "data/model.bin");
    assert_int_equal(json_get_integer(answer, "size", 0), 3 * 1024 * 1024);
}

/* A list that is cut short would hide what stands behind the cut. */
static void expect_excess(struct fixture *f, const char *op, const char *arguments, const char *part) {
    expect_error(f, op, arguments, part);
    assert_int_equal(f->err.code, ERR_USAGE);
}

static void more_files_than_are_listed(void **state) {
    struct fixture *f = *state;
    sh(f, "id=$(git hash-object -w README.md); git rm -rq --cached .;"
          "seq -f \"100644 $id 0\t!%%06.0f\" 20000 | git update-index --index-info; git commit -qm many");
    autojson json_t *answer = ask(f, "tracked", "{}");
    assert_int_equal(json_array_size(answer), 20000);
    sh(f, "git update-index --add --cacheinfo 100644,$(git hash-object -w README.md),.env; git commit -qm secret");
    expect_excess(f, "tracked", "{}", "HEAD has more than 20000 files");
    autojson json_t *last = ask(f, "log", "{\"limit\": 1}");
    assert_int_equal(json_array_size(last), 1);
    sh(f, "git reset -q --soft HEAD~2; git commit -qm many");
    expect_excess(f, "log", "{}", "changes more than 20000 files");
}

static void folders_deeper_than_are_listed(void **state) {
    struct fixture *f = *state;
    sh(f, "path=$(seq -s/ 66); git update-index --add --cacheinfo 100644,$(git hash-object -w README.md),$path/x;"
          "git commit -qm deep");
    expect_excess(f, "tracked", "{}", "nested deeper than 64 levels");
    expect_excess(f, "largest_blob", "{}", "nested deeper than 64 levels");
}

static void more_commits_than_are_listed(void **state) {
    struct fixture *f = *state;
    sh(f,
       "import() { seq $1 | awk '{print \"commit refs/heads/main\\ncommitter A <a@b> 1700000000 +0000\\ndata 1\\nx\"}"
       " NR == 1 {print \"from refs/heads/main^0\"}' | git fast-import --quiet; }; import 9996; git tag fits; import 1;"
       "git reset -q --hard fits");
    autojson json_t *all = ask(f, "log", "{}");
    assert_int_equal(json_array_size(all), 10000);
    sh(f, "git reset -q --hard main@{1}");
    expect_excess(f, "log", "{}", "more than 10000 commits");
    expect_excess(f, "log", "{\"path\": \"train.py\", \"limit\": 7}", "more than 10000 commits");
    autojson json_t *some = ask(f, "log", "{\"limit\": 7}");
    assert_int_equal(json_array_size(some), 7);
}

static void more_objects_than_are_searched(void **state) {
    struct fixture *f = *state;
    sh(f, "{ seq 100001 | awk '{print \"blob\\nmark :\" NR \"\\ndata 8\"; printf \"%%08d\\n\", NR}';"
          "echo 'commit refs/heads/main'; echo 'committer A <a@b> 1700000000 +0000'; echo data 1; echo x;"
          "seq 100001 | awk '{print \"M 100644 :\" NR \" \" NR %% 100 \"/\" NR}'; } | git fast-import --quiet --force");
    expect_excess(f, "largest_blob", "{}", "more than 100000 files and folders");
}

static void blobs_larger_than_are_read(void **state) {
    struct fixture *f = *state;
    sh(f, "truncate -s 16M fits; truncate -s 16777217 large; git add .; git commit -qm blobs");
    autojson json_t *answer = ask(f, "blob", "{\"path\": \"fits\"}");
    assert_int_equal(json_string_length(answer), 16 << 20);
    expect_excess(f, "blob", "{\"path\": \"large\"}", "larger than 16 MiB");
}

static void what_is_not_there_is_no_misuse(void **state) {
    struct fixture *f = *state;
    expect_error(f, "blob", "{\"path\": \"none\"}", "there is no file 'none' in 'HEAD'");
    assert_int_equal(f->err.code, ERR_ENVIRONMENT);
    expect_error(f, "diff", "{\"from\": \"HEAD\", \"to\": \"none\"}", "no revision 'none'");
    assert_int_equal(f->err.code, ERR_ENVIRONMENT);
}

static void unknown_questions_are_ours(void **state) {
    struct fixture *f = *state;
    expect_error(f, "push", "{}", "'push'");
    assert_int_equal(f->err.code, ERR_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, history_setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(head),
        TEST(log_of_all_and_of_a_path),
        TEST(tracked_and_dirty),
        TEST(blob_and_diff),
        TEST(tags),
        TEST(largest_blob_of_the_past),
        TEST(unknown_questions_are_ours),
        TEST(more_files_than_are_listed),
        TEST(folders_deeper_than_are_listed),
        TEST(more_commits_than_are_listed),
        TEST(more_objects_than_are_searched),
        TEST(blobs_larger_than_are_read),
        TEST(what_is_not_there_is_no_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
