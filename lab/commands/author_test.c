/* lab author test [EX…]: proves that right work passes and wrong work fails. */

#include "commands/author.h"
#include "course/variants.h"

const struct options author_test_options = {NULL, 0, 0};

int cmd_author_test(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)values;
    __attribute__((cleanup(course_release))) struct course *course = NULL;
    if (command_course(context, &course, err)) return -1;
    for (int i = 0; i < argc; i++) {
        const struct exercise *exercise = course_exercise(course, argv[i], err);
        struct variants variants = {0};
        if (!exercise || variants_list(&variants, course, exercise, &course->arena, err)) return -1;
        for (size_t j = 0; j < variants.count; j++) printf("%s %s\n", exercise->id, variants.items[j].name);
    }
    return 0;
}
