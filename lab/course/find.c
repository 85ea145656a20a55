/* Where the course is. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/path.h"
#include "course/course.h"

static bool is_course(const char *directory) {
    autofree char *tracks = path_join(directory, "tracks");
    autofree char *exercises = path_join(directory, "exercises");
    return fs_is_directory(tracks) && fs_is_directory(exercises);
}

/* A folder that was named must be a course. */
static int find_named(char **directory, const char *named, const char *by, struct err *err) {
    *directory = realpath(named, NULL);
    if (!*directory) {
        err_errno(err, ERR_USAGE, "%s names %s", by, named[0] ? named : "nothing");
        return err_help(err, "give the folder that holds tracks/ and exercises/");
    }
    if (is_course(*directory)) return 0;
    err_set(err, ERR_USAGE, "%s names %s, which is no course: it lacks tracks/ or exercises/", by, *directory);
    free(steal(directory));
    return err_help(err, "give the folder that holds tracks/ and exercises/");
}

/* The nearest course at or above the current folder; NULL when there is none. */
static char *find_above(void) {
    char *here = getcwd(NULL, 0);
    while (here && !is_course(here)) {
        bool top = !strcmp(here, "/") || here[0] != '/';
        char *parent = top ? NULL : path_parent(here);
        free(here);
        here = parent;
    }
    return here;
}

/* The course that came with this program: of its installation, wherever that was moved to, or of the checkout that it was
 * built in (build/MODE/lab); NULL when there is none. */
static char *find_installed(void) {
    static const char *const beside[] = {"../share/lab", "../.."};
    char program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    autofree char *folder = NULL;
    if (len > 0) {
        program[len] = '\0';
        folder = path_parent(program);
    }
    for (size_t i = 0; folder && i < LENGTH(beside); i++) {
        autofree char *candidate = path_join(folder, beside[i]);
        if (is_course(candidate)) return realpath(candidate, NULL);
    }
    return is_course(LAB_INSTALLED_COURSE) ? mem_copy_string(LAB_INSTALLED_COURSE) : NULL;
}

int course_find_own(char **directory, const char *given, struct err *err) {
    const char *variable = getenv("LAB_COURSE");
    if (given) return find_named(directory, given, "--course", err);
    if (variable && variable[0]) return find_named(directory, variable, "LAB_COURSE", err);
    *directory = find_above();
    return 0;
}

int course_find(char **directory, const char *given, struct err *err) {
    if (course_find_own(directory, given, err)) return -1;
    if (!*directory) *directory = find_installed();
    if (*directory) return 0;
    err_set(err, ERR_USAGE, "no course here: neither this folder nor one above it holds tracks/ and exercises/");
    return err_help(err, "lab --course DIR, or export LAB_COURSE=DIR");
}
