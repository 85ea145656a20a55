/* lab course remove NAME: forgets a course, and what was fetched of it. */

#include "base/json.h"
#include "commands/course.h"
#include "library/arrival.h"

const struct options course_remove_options = {0};

int cmd_course_remove(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)values, (void)argc;
    if (library_remove(argv[0], err)) return -1;
    if (context->json) {
        autojson json_t *object = json_pack("{s:s, s:s}", "event", "course_removed", "id", argv[0]);
        json_print_line(object);
    } else {
        printf("removed the course %s; your workspaces and progress in it are kept\n", argv[0]);
    }
    return 0;
}
