/* lab author pack [--out FILE]: the course as one file that others add. */

#include "base/json.h"
#include "commands/author.h"
#include "library/archive.h"

struct pack_values {
    const char *out;
};

static const struct option items[] = {
    {"out", 0, OPTION_TEXT, offsetof(struct pack_values, out), "FILE", "write there, or into that folder", 0, 0},
};
const struct options author_pack_options = {items, LENGTH(items), sizeof(struct pack_values)};

static void print_json(const struct packed *packed) {
    autojson json_t *object = json_object();
    json_put(object, "event", json_string("course_packed"));
    json_put(object, "file", json_text(packed->file, strlen(packed->file)));
    json_put(object, "sha256", json_string(packed->sha256));
    json_put(object, "files", json_integer((json_int_t)packed->files));
    json_print_line(object);
}

static void print_text(const struct context *context, const struct packed *packed) {
    scoped(str) file = STR_INIT, word = STR_INIT;
    term_escape(&file, packed->file, strlen(packed->file), false);
    str_append_shell_word(&word, file.data);
    printf("%s: %zu file%s\nSHA-256 %s\n", file.data, packed->files, packed->files == 1 ? "" : "s", packed->sha256);
    if (!context->quiet) printf("\nGive both to learners: lab course add %s --sha256 %s\n", word.data, packed->sha256);
}

int cmd_author_pack(const struct context *context, const void *values, int argc, char **argv, struct err *err) {
    (void)argc, (void)argv;
    const struct pack_values *given = values;
    __attribute__((cleanup(course_release))) struct course *course = NULL;
    scoped(packed) packed = {0};
    if (command_course(context, &course, err) || archive_pack(&packed, course, given->out, err)) return -1;
    if (context->json)
        print_json(&packed);
    else
        print_text(context, &packed);
    return 0;
}
