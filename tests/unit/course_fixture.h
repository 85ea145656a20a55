#pragma once
/* A course in a temporary folder, and one exercise to vary. For test programs only. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/beneath.h"
#include "base/fs.h"
#include "base/path.h"
#include "course/course.h"

#include <fcntl.h>
#include <unistd.h>

struct course_fixture {
    char directory[64];
    int folder;
    struct course *course;
    struct err err;
};

#define EXERCISE_TEXT \
    "format: 1\n" \
    "id: first\n" \
    "title: The first\n" \
    "objective: Make it work.\n" \
    "minutes: 25\n" \
    "difficulty: 1\n" \
    "level: 1\n" \
    "phase: develop\n" \
    "layer: mlops\n" \
    "checks:\n" \
    "  - id: runs\n" \
    "    title: It runs\n" \
    "    points: 10\n" \
    "  - id: right\n" \
    "    title: It is right\n" \
    "    points: 20\n" \
    "    needs: [runs]\n"

#define TRACK_TEXT \
    "format: 1\n" \
    "id: main\n" \
    "title: The main track\n" \
    "modules:\n" \
    "  - id: one\n" \
    "    title: Module one\n" \
    "    level: 1\n" \
    "    exercises: [first]\n"

static inline void fixture_write(const struct course_fixture *fixture, const char *path, const char *text) {
    assert_int_equal(beneath_write(fixture->folder, path, text, strlen(text), 0644), 0);
}

static inline int fixture_setup(void **state) {
    struct course_fixture *fixture = mem_alloc(sizeof *fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/lab-course-XXXXXX");
    if (!mkdtemp(fixture->directory)) return -1;
    fixture->folder = open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = fixture;
    fixture_write(fixture, "tracks/main.yaml", TRACK_TEXT);
    fixture_write(fixture, "exercises/first/exercise.yaml", EXERCISE_TEXT);
    fixture_write(fixture, "exercises/first/README.md", "# The first\n");
    fixture_write(fixture, "exercises/first/start/train.py", "print()\n");
    fixture_write(fixture, "exercises/environments/ml/requirements.lock", "");
    fixture_write(fixture, "exercises/shared/clock.py", "now = 0\n");
    return 0;
}

static inline int fixture_teardown(void **state) {
    struct course_fixture *fixture = *state;
    course_free(fixture->course);
    beneath_remove(fixture->folder, ".");
    rmdir(fixture->directory);
    close(fixture->folder);
    free(fixture);
    return 0;
}

/* Opens the course anew. */
static inline int fixture_open(struct course_fixture *fixture) {
    course_free(steal(&fixture->course));
    fixture->err = (struct err)ERR_INIT;
    return course_open(&fixture->course, fixture->directory, &fixture->err);
}

/* The text with its only `from` replaced; caller frees. */
static inline char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    if (!at || strstr(at + 1, from)) fail_msg("'%s' stands not once in the text", from);
    return str_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}
