/* Strings, paths, errors, hashes: lab/base. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/machine.h"
#include "base/path.h"
#include "base/str.h"
#include "base/version.h"

static void strings_grow_and_end_in_nul(void **state) {
    (void)state;
    scoped(str) s = STR_INIT;
    assert_string_equal(s.data, "");
    for (int i = 0; i < 1000; i++) str_printf(&s, "%d,", i);
    assert_int_equal(s.len, strlen(s.data));
    assert_memory_equal(s.data, "0,1,2,", 6);
    str_clear(&s);
    assert_string_equal(s.data, "");
    str_append_bytes(&s, "a\0b", 3);
    assert_int_equal(s.len, 3);
}

static void stolen_strings_leave_an_empty_one(void **state) {
    (void)state;
    scoped(str) s = STR_INIT;
    autofree char *empty = str_steal(&s);
    assert_string_equal(empty, "");
    str_append(&s, "text");
    autofree char *text = str_steal(&s);
    assert_string_equal(text, "text");
    assert_int_equal(s.len, 0);
}

static void shell_words_are_quoted_only_where_needed(void **state) {
    (void)state;
    static const struct {
        const char *word, *quoted;
    } cases[] = {
        {"train.py", "train.py"}, {"--data=a/b", "--data=a/b"}, {"", "''"},   {"a b", "'a b'"},
        {"it's", "'it'\\''s'"},   {"$HOME", "'$HOME'"},         {"~", "'~'"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        scoped(str) s = STR_INIT;
        str_append_shell_word(&s, cases[i].word);
        assert_string_equal(s.data, cases[i].quoted);
    }
}

static void lines_are_cut_off_one_by_one(void **state) {
    (void)state;
    struct sv rest = SV("one\n\nthree"), line;
    assert_true(sv_next_line(&rest, &line) && sv_equals(line, "one"));
    assert_true(sv_next_line(&rest, &line) && sv_equals(line, ""));
    assert_true(sv_next_line(&rest, &line) && sv_equals(line, "three"));
    assert_false(sv_next_line(&rest, &line));
}

static void what_others_write_becomes_one_line(void **state) {
    (void)state;
    char text[] = "a\n\033[1mb\177\0c \303\244~";
    string_make_line(text, sizeof text - 1);
    assert_memory_equal(text, "a  [1mb  c \303\244~", sizeof text);
}

static void distances_count_edits(void **state) {
    (void)state;
    assert_int_equal(string_distance("pionts", "points"), 1);
    assert_int_equal(string_distance("", "abc"), 3);
    assert_int_equal(string_distance("kitten", "sitting"), 3);
    assert_int_equal(string_distance("same", "same"), 0);
}

static void the_nearest_word_is_a_typing_error_away(void **state) {
    (void)state;
    static const char *const words[] = {"points", "title", "needs"};
    assert_string_equal(string_nearest("pionts", words, 3), "points");
    assert_null(string_nearest("something", words, 3));
    assert_null(string_nearest("x", words, 3));
}

static void utf8_is_judged_strictly(void **state) {
    (void)state;
    assert_true(utf8_valid("a\xc3\xa9\xf0\x9f\x98\x80", 7));
    assert_false(utf8_valid("\xc0\xaf", 2));         /* overlong */
    assert_false(utf8_valid("\xed\xa0\x80", 3));     /* surrogate */
    assert_false(utf8_valid("\xf4\x90\x80\x80", 4)); /* beyond U+10FFFF */
    assert_false(utf8_valid("\xc3", 1));
    scoped(str) s = STR_INIT;
    str_append_utf8(&s,
                    "a\xff"
                    "b",
                    3);
    assert_string_equal(s.data, "a\xef\xbf\xbd"
                                "b");
}

static void paths_inside_stay_inside(void **state) {
    (void)state;
    static const char *const good[] = {"a", "a/b.c", "..a/b", "a/...", ".gitignore"};
    static const char *const bad[] = {"", "/a", "a//b", "a/", "..", "a/../b", "./a", ".git/config", "a/.GIT/x"};
    for (size_t i = 0; i < LENGTH(good); i++) assert_true(path_is_inside(good[i]));
    for (size_t i = 0; i < LENGTH(bad); i++) assert_false(path_is_inside(bad[i]));
}

static void ids_are_plain(void **state) {
    (void)state;
    static const char *const good[] = {"seed-it", "a", "l3-report", "0"};
    static const char *const bad[] = {"", "-a", "a-", "a--b", "A", "a_b", "a/b", "\xd0\xb0"};
    for (size_t i = 0; i < LENGTH(good); i++) assert_true(path_is_id(good[i]));
    for (size_t i = 0; i < LENGTH(bad); i++) assert_false(path_is_id(bad[i]));
}

static void places_are_absolute(void **state) {
    (void)state;
    autofree char *here = getcwd(NULL, 0), *data = path_join(here, "some/data"), *work = path_join(here, "work");
    setenv("LAB_HOME", "./x/../some", 1);
    setenv("LAB_WORK", "work/", 1);
    const struct path_places *places = path_places(NULL);
    assert_string_equal(places->data, data);
    assert_string_equal(places->work, work);
}

static void paths_are_normalized_by_their_text(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"/", ""}, {"/a//b/./c/", "/a/b/c"}, {"/a/../../b", "/b"}, {"/a/..", ""}, {"/..a/.b", "/..a/.b"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        autofree char *normalized = path_normalized(cases[i][0]);
        assert_string_equal(normalized, cases[i][1]);
    }
}

static void what_lies_below_a_folder(void **state) {
    (void)state;
    static const char *const cases[][3] = {{"/a/b", "/a", "b"}, {"/a", "/a", ""}, {"/ab", "/a", NULL}, {"/a", "/", "a"},
                                           {"a/b", "a/", "b"},  {"b", "a", NULL}, {"/", "/a", NULL},   {"/", "/", ""}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const char *below = path_below(cases[i][0], cases[i][1]);
        if (!cases[i][2])
            assert_null(below);
        else
            assert_string_equal(below, cases[i][2]);
    }
}

static void what_is_not_there_yet_is_resolved(void **state) {
    (void)state;
    autofree char *here = getcwd(NULL, 0);
    static const char *const cases[][2] = {
        {"", ""}, {".", ""}, {"no/such/../place/", "/no/place"}, {"./no", "/no"}, {"no/../../no", "/../no"}};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        autofree char *joined = str_format("%s%s", here, cases[i][1]), *expected = path_normalized(joined);
        autofree char *resolved = fs_resolve(cases[i][0], NULL);
        assert_string_equal(resolved, expected);
    }
    autofree char *root = fs_resolve("/", NULL), *missing = fs_resolve("/proc/self/../no-such/x", NULL);
    assert_string_equal(root, "/");
    assert_string_equal(missing, "/proc/no-such/x");
}

static void private_files_are_private_from_the_start(void **state) {
    (void)state;
    char path[] = "/tmp/lab-base-XXXXXX";
    autoclose int fd = mkstemp(path);
    struct stat info;
    mode_t before = umask(0);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(fs_write_private(path, "x", 1, NULL), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(fs_write(path, "x", 1, NULL), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    umask(before);
    unlink(path);
}

static void patterns_match_whole_paths(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"*.py", "a.py", true},
        {"*.py", "d/a.py", false},
        {"**/*.py", "a.py", true},
        {"**/*.py", "d/e/a.py", true},
        {"tests/**", "tests/a/b", true},
        {"tests/**", "tests", false},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"[a-c]x", "bx", true},
        {"[!a-c]x", "bx", false},
        {"a**", "abc", true},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "axb", false},
        {"[", "[", true},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        if (path_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
            fail_msg("%s %s", cases[i].pattern, cases[i].path);
    }
}

static void errors_keep_code_context_and_help(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    assert_int_equal(err_set(&err, ERR_COURSE, "no key '%s'", "id"), -1);
    err_wrap(&err, "loading %s", "one");
    err_help(&err, "mend %s", "it");
    err_help(&err, "something else");
    assert_int_equal(err.code, ERR_COURSE);
    assert_string_equal(err.message, "loading one: no key 'id'");
    assert_string_equal(err.help, "mend it");
    errno = ENOENT;
    err_errno(&err, ERR_ENVIRONMENT, "cannot read %s", "x");
    assert_string_equal(err.message, "cannot read x: No such file or directory");
    assert_string_equal(err.help, "");
    assert_int_equal(err_set(NULL, ERR_USAGE, "nobody listens"), -1);
}

static void hashes_are_sha_256(void **state) {
    (void)state;
    char hex[HASH_HEX_SIZE]; /* the vector of FIPS 180-4 for "abc" */
    hash_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hash_number(hex), 0xba7816bf8f01cfeaULL);
    char one[HASH_HEX_SIZE], other[HASH_HEX_SIZE];
    struct hash hash;
    hash_init(&hash);
    hash_add_string(&hash, "ab");
    hash_add_string(&hash, "c");
    hash_finish(&hash, one);
    hash_init(&hash);
    hash_add_string(&hash, "a");
    hash_add_string(&hash, "bc");
    hash_finish(&hash, other);
    assert_string_not_equal(one, other);
}

static void arenas_hold_any_size(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    char *large = arena_alloc(&arena, 1 << 20);
    large[(1 << 20) - 1] = 'x';
    for (int i = 0; i < 10000; i++) {
        char *text = arena_printf(&arena, "%d", i);
        assert_int_equal(atoi(text), i);
        assert_int_equal((uintptr_t)text % sizeof(void *), 0);
    }
    arena_release(&arena);
}

static void assert_found(const char *said, const char *expected) {
    char text[VERSION_TEXT_SIZE] = "none";
    struct version version;
    assert_int_equal(version_find(&version, text, sv_of(said)), strcmp(expected, "none") != 0);
    assert_string_equal(text, expected);
}

static void versions_are_found_in_what_programs_say(void **state) {
    (void)state;
    assert_found("promtool, version 2.42.0+ds (branch: debian/sid)", "2.42.0");
    assert_found("git version 2.39.5\n", "2.39.5");
    assert_found("jq-1.6", "1.6");
    assert_found("Terraform v1.11.4\non linux_amd64", "1.11.4");
    assert_found("version.BuildInfo{Version:\"v3.14.2\"", "3.14.2");
    assert_found("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0");
    assert_found("less 590 (GNU regular expressions)", "590");
    assert_found("1.2.3.4", "1.2.3");
    assert_found("123456.1 of 2.0", "2.0");
    assert_found("no numbers here", "none");
    assert_found("", "none");
}

static void versions_are_compared_as_numbers(void **state) {
    (void)state;
    struct version a, b;
    assert_true(version_read(&a, "2.9") && version_read(&b, "2.40") && version_is_older(&a, &b));
    assert_false(version_is_older(&b, &a));
    assert_true(version_read(&a, "2.40.0") && !version_is_older(&a, &b) && !version_is_older(&b, &a));
    static const char *const bad[] = {"", "v1", "1.", ".1", "1.2.3.4", "1 2", "123456", "1..2", "1.2-rc"};
    for (size_t i = 0; i < LENGTH(bad); i++) assert_false(version_read(&a, bad[i]));
}

static void debian_is_told_by_os_release(void **state) {
    (void)state;
    assert_true(machine_release_is_debian("PRETTY_NAME=\"x\"\nID=debian\n"));
    assert_true(machine_release_is_debian("ID=ubuntu\nID_LIKE=debian\n"));
    assert_true(machine_release_is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\""));
    assert_false(machine_release_is_debian("ID=fedora\nHOME_URL=\"https://debian.org\"\n"));
    assert_false(machine_release_is_debian("ID=notdebian\n"));
    assert_false(machine_release_is_debian("VARIANT_ID=debian\n"));
    assert_false(machine_release_is_debian(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_grow_and_end_in_nul),
        cmocka_unit_test(stolen_strings_leave_an_empty_one),
        cmocka_unit_test(shell_words_are_quoted_only_where_needed),
        cmocka_unit_test(lines_are_cut_off_one_by_one),
        cmocka_unit_test(what_others_write_becomes_one_line),
        cmocka_unit_test(distances_count_edits),
        cmocka_unit_test(the_nearest_word_is_a_typing_error_away),
        cmocka_unit_test(utf8_is_judged_strictly),
        cmocka_unit_test(paths_inside_stay_inside),
        cmocka_unit_test(ids_are_plain),
        cmocka_unit_test(places_are_absolute),
        cmocka_unit_test(paths_are_normalized_by_their_text),
        cmocka_unit_test(what_lies_below_a_folder),
        cmocka_unit_test(what_is_not_there_yet_is_resolved),
        cmocka_unit_test(private_files_are_private_from_the_start),
        cmocka_unit_test(patterns_match_whole_paths),
        cmocka_unit_test(errors_keep_code_context_and_help),
        cmocka_unit_test(hashes_are_sha_256),
        cmocka_unit_test(versions_are_found_in_what_programs_say),
        cmocka_unit_test(versions_are_compared_as_numbers),
        cmocka_unit_test(debian_is_told_by_os_release),
        cmocka_unit_test(arenas_hold_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
