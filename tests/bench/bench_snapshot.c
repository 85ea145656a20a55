/*
 * What a snapshot costs: a tree of 10 000 files in 200 folders, taken for the first time, unchanged, and with one file
 * changed. Prints a line of JSON; the best of several runs where a run can be repeated.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/path.h"
#include "workspace/workspace.h"

enum { FOLDERS = 200, FILES = 50, REPEATS = 10 };

static int fail(const char *what) {
    fprintf(stderr, "bench_snapshot: %s\n", what);
    return 1;
}

static int make_files(const char *root) {
    autoclose int directory = open(root, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < FOLDERS * FILES; i++) {
        autofree char *path = str_format("part-%03d/file-%02d.py", i / FILES, i % FILES);
        autofree char *text = str_format("# file %d\nprint(%d)\n", i, i * 7);
        if (beneath_write(directory, path, text, strlen(text), 0644)) return -1;
    }
    return beneath_write(directory, ".gitignore", "*.pyc\n/out/\n", 12, 0644);
}

/* Milliseconds that one snapshot takes; -1 on error. */
static double measure(const char *directory) {
    struct workspace *workspace = NULL;
    struct snapshot snapshot;
    struct err err = ERR_INIT;
    double begin = clock_monotonic();
    int failed = workspace_open(&workspace, directory, &err) || workspace_snapshot(workspace, &snapshot, &err);
    double taken = (clock_monotonic() - begin) * 1000;
    if (failed)
        fprintf(stderr, "%s\n", err.message);
    else
        snapshot_release(&snapshot);
    workspace_close(workspace);
    return failed ? -1 : taken;
}

static double best(const char *directory, bool change) {
    double least = 1e9;
    for (int i = 0; i < REPEATS; i++) {
        autofree char *path = str_format("%s/part-100/file-10.py", directory);
        autofree char *text = str_format("print(%d)\n", i);
        if (change && fs_write(path, text, strlen(text), NULL)) return -1;
        double taken = measure(directory);
        if (taken < 0) return -1;
        if (taken < least) least = taken;
    }
    return least;
}

static int run(const char *root) {
    struct err err = ERR_INIT;
    autofree char *directory = path_join(root, "work");
    autofree char *exercise_directory = path_join(root, "exercises/bench");
    autofree char *lesson = path_join(exercise_directory, "README.md");
    autofree char *start = path_join(exercise_directory, "start");
    autoclose int folder = open(root, O_RDONLY | O_DIRECTORY);
    struct course course = {.directory = root, .folder = folder};
    struct exercise exercise = {.id = "bench", .title = "Bench", .directory = exercise_directory};
    if (fs_make_directories(start, &err) || fs_write(lesson, "bench\n", 6, &err) ||
        workspace_create(directory, &course, &exercise, root, &err))
        return fail(err.message);
    if (make_files(directory)) return fail("cannot make the files");
    double first = measure(directory), unchanged = best(directory, false), changed = best(directory, true);
    if (first < 0 || unchanged < 0 || changed < 0) return fail("a snapshot failed");
    printf("{\"files\": %d, \"first_ms\": %.1f, \"unchanged_ms\": %.1f, \"one_changed_ms\": %.1f}\n", FOLDERS * FILES,
           first, unchanged, changed);
    return 0;
}

int main(void) {
    char root[] = "/tmp/lab-bench-XXXXXX";
    if (!mkdtemp(root)) return fail("cannot make a temporary folder");
    setenv("LAB_HOME", root, 1);
    int status = run(root);
    autoclose int temporary = open("/tmp", O_RDONLY | O_DIRECTORY);
    beneath_remove(temporary, path_base(root));
    return status;
}
