/* Hostile trees: lab/base/beneath. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/fs.h"

static int make_directory(void **state) {
    char *path = mem_copy_string("/tmp/lab-beneath-XXXXXX");
    assert_non_null(mkdtemp(path));
    int *fd = mem_alloc(sizeof *fd);
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(path);
    *state = fd;
    return *fd < 0;
}

static int remove_directory(void **state) {
    int *fd = *state;
    char link[64], path[256] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", *fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    beneath_remove(*fd, ".");
    close(*fd);
    free(fd);
    return len < 0 || rmdir(path);
}

static int at(void **state) { return *(int *)*state; }

static void writes_make_parents_and_replace(void **state) {
    scoped(str) text = STR_INIT;
    assert_int_equal(beneath_write(at(state), "a/b/c.txt", "one", 3, 0644), 0);
    assert_int_equal(beneath_write(at(state), "a/b/c.txt", "two!", 4, 0600), 0);
    assert_int_equal(beneath_read(at(state), "a/b/c.txt", &text, 100), 0);
    assert_string_equal(text.data, "two!");
}

static void nothing_leads_out(void **state) {
    scoped(str) text = STR_INIT;
    assert_int_equal(symlinkat("/etc", at(state), "out"), 0);
    assert_int_equal(symlinkat("/etc/passwd", at(state), "file"), 0);
    assert_int_equal(mkdirat(at(state), "sub", 0755), 0);
    static const char *const paths[] = {"../etc/passwd", "/etc/passwd", "out/passwd", "file", "sub/../../x"};
    for (size_t i = 0; i < LENGTH(paths); i++) {
        assert_int_equal(beneath_read(at(state), paths[i], &text, 1 << 20), -1);
        assert_int_equal(text.len, 0);
    }
    assert_int_equal(beneath_write(at(state), "out/new", "x", 1, 0644), -1);
    assert_int_equal(access("/etc/new", F_OK), -1);
}

static void a_write_replaces_a_planted_link(void **state) {
    assert_int_equal(beneath_write(at(state), "victim", "keep", 4, 0644), 0);
    assert_int_equal(symlinkat("victim", at(state), "planted"), 0);
    assert_int_equal(beneath_write(at(state), "planted", "new", 3, 0644), 0);
    scoped(str) text = STR_INIT;
    assert_int_equal(beneath_read(at(state), "victim", &text, 100), 0);
    assert_string_equal(text.data, "keep");
}

static void other_kinds_and_sizes_are_refused(void **state) {
    scoped(str) text = STR_INIT;
    assert_int_equal(mkfifoat(at(state), "fifo", 0644), 0);
    assert_int_equal(beneath_read(at(state), "fifo", &text, 100), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(beneath_write(at(state), "big", "12345", 5, 0644), 0);
    assert_int_equal(beneath_read(at(state), "big", &text, 4), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(beneath_read(at(state), ".", &text, 4), -1);
    assert_int_equal(errno, EISDIR);
}

static void links_are_read_and_not_followed(void **state) {
    scoped(str) target = STR_INIT;
    assert_int_equal(beneath_write(at(state), "folder/file", "x", 1, 0644), 0);
    assert_int_equal(symlinkat("../nowhere", at(state), "folder/link"), 0);
    assert_int_equal(symlinkat("folder", at(state), "way"), 0);
    assert_int_equal(beneath_read_link(at(state), "folder/link", &target), 0);
    assert_string_equal(target.data, "../nowhere");
    assert_int_equal(beneath_read_link(at(state), "folder/file", &target), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(beneath_read_link(at(state), "way/link", &target), -1);
    assert_int_equal(beneath_read_link(at(state), "../link", &target), -1);
    assert_int_equal(beneath_read_link(at(state), "absent", &target), -1);
    assert_int_equal(errno, ENOENT);
}

static void any_tree_can_be_removed(void **state) {
    int level = dup(at(state));
    for (int i = 0; i < 3000; i++) { /* deeper than any path may be long, and than descriptors reach */
        assert_int_equal(mkdirat(level, "deep", 0755), 0);
        int next = openat(level, "deep", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(next >= 0);
        close(level);
        level = next;
    }
    close(level);
    assert_int_equal(beneath_write(at(state), "locked/in/side", "x", 1, 0400), 0);
    assert_int_equal(beneath_write(at(state), "locked/in/.rm-0", "x", 1, 0400), 0);
    assert_int_equal(fchmodat(at(state), "locked/in", 0, 0), 0);
    assert_int_equal(fchmodat(at(state), "locked", 0500, 0), 0);
    assert_int_equal(mkfifoat(at(state), "new\nline", 0), 0);
    assert_int_equal(symlinkat("/etc", at(state), "link"), 0);
    assert_int_equal(beneath_remove(at(state), "."), 0);
    struct stat info;
    assert_int_equal(beneath_stat(at(state), "locked", &info), -1);
    assert_int_equal(beneath_stat(at(state), "deep", &info), -1);
    assert_int_equal(access("/etc/passwd", F_OK), 0);
}

static void removing_what_is_not_there_is_success(void **state) {
    assert_int_equal(beneath_remove(at(state), "absent"), 0);
    assert_int_equal(beneath_remove(at(state), "absent/too"), 0);
    assert_int_equal(beneath_remove(at(state), "../x"), -1);
}

static int append_name(void *context, int parent, const char *name, const struct stat *info) {
    (void)parent;
    str_printf(context, "%s%s ", name, S_ISDIR(info->st_mode) ? "/" : "");
    return S_ISDIR(info->st_mode) && strcmp(name, "skip");
}

static void walks_in_order_of_names(void **state) {
    static const char *const files[] = {"b/2", "b/1", "a", "skip/x", "c"};
    for (size_t i = 0; i < LENGTH(files); i++) assert_int_equal(beneath_write(at(state), files[i], "", 0, 0644), 0);
    scoped(str) seen = STR_INIT;
    assert_int_equal(beneath_walk(at(state), ".", 10, append_name, &seen), 0);
    assert_string_equal(seen.data, "a b/ b/1 b/2 c skip/ ");
    assert_int_equal(beneath_walk(at(state), ".", 0, append_name, &seen), -1);
}

static void copies_keep_links_modes_times_and_the_budget(void **state) {
    struct err err = ERR_INIT;
    assert_int_equal(beneath_write(at(state), "from/run.sh", "#!", 2, 0755), 0);
    assert_int_equal(beneath_write(at(state), "from/deep/file", "12345678", 8, 0444), 0);
    autoclose int from = beneath_open(at(state), "from", O_RDONLY | O_DIRECTORY, 0);
    const struct timespec times[] = {{.tv_nsec = UTIME_OMIT}, {1700000000, 123456789}};
    assert_int_equal(utimensat(from, "run.sh", times, 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", from, "link"), 0);
    assert_int_equal(mkfifoat(from, "fifo", 0644), 0);
    assert_int_equal(beneath_make_directories(at(state), "to"), 0);
    autoclose int to = beneath_open(at(state), "to", O_RDONLY | O_DIRECTORY, 0);
    assert_int_equal(beneath_copy(from, to, (struct beneath_budget){1000, 100}, &err), 0);
    struct stat info;
    assert_int_equal(beneath_stat(to, "run.sh", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0755);
    assert_int_equal(info.st_mtim.tv_sec, 1700000000);
    assert_int_equal(info.st_mtim.tv_nsec, 123456789);
    assert_int_equal(beneath_stat(to, "deep/file", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0644);
    assert_int_equal(beneath_stat(to, "link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(beneath_stat(to, "fifo", &info), -1);
    assert_int_equal(beneath_make_directories(at(state), "small"), 0);
    autoclose int small = beneath_open(at(state), "small", O_RDONLY | O_DIRECTORY, 0);
    assert_int_equal(beneath_copy(from, small, (struct beneath_budget){5, 100}, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
}

static void files_are_written_whole_and_locked(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    char path[] = "/tmp/lab-fs-XXXXXX";
    assert_non_null(mkdtemp(path));
    autofree char *file = str_format("%s/deep/er", path);
    assert_int_equal(fs_make_directories(file, &err), 0);
    autofree char *name = str_format("%s/file", file);
    assert_int_equal(fs_write(name, "text", 4, &err), 0);
    scoped(str) text = STR_INIT;
    assert_int_equal(fs_read(&text, name, 10, &err), 0);
    assert_string_equal(text.data, "text");
    assert_int_equal(fs_read(&text, name, 3, &err), -1);
    int first = fs_lock(name, 0, &err);
    assert_true(first >= 0);
    assert_int_equal(fs_lock(name, 0, &err), -1);
    close(first);
    int second = fs_lock(name, 0, &err);
    assert_true(second >= 0);
    close(second);
    autoclose int tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(beneath_remove(tmp, path + strlen("/tmp/")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(writes_make_parents_and_replace),
        TEST(nothing_leads_out),
        TEST(a_write_replaces_a_planted_link),
        TEST(other_kinds_and_sizes_are_refused),
        TEST(links_are_read_and_not_followed),
        TEST(any_tree_can_be_removed),
        TEST(removing_what_is_not_there_is_success),
        TEST(walks_in_order_of_names),
        TEST(copies_keep_links_modes_times_and_the_budget),
        cmocka_unit_test(files_are_written_whole_and_locked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
