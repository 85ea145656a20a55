#pragma once
/* The files of a new course with one exercise, carried inside lab (author/template_tool.c). They are those of author/template/,
 * which is itself a course that lab reads and proves, and the editor's types of the checker API. */

#include <stddef.h>

struct template_file {
    const char *path; /* from the course's folder */
    const char *text; /* NUL-terminated */
    size_t len;
};

extern const struct template_file template_files[];
extern const size_t template_file_count;
