#include "attempt/reproduce.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/json.h"

static const struct beneath_budget MATERIAL_BUDGET = {.bytes = 256u << 20, .entries = 20000};

/* Where the line is typed: paths in it are relative to that folder unless the program runs elsewhere. */
static char *laid_out_path(const struct reproduction *r, bool absolute) {
    if (absolute) return str_format("%s/.lab/try/%s", r->workspace, r->check);
    return r->changed_tree ? mem_copy_string("..") : str_format(".lab/try/%s", r->check);
}

/* Appends text with each occurrence of `from` followed by a slash or the end replaced by `to`. */
static void replace_prefix(struct str *out, const char *text, const char *from, const char *to) {
    size_t len = strlen(from);
    for (const char *at; (at = strstr(text, from)); text = at + len) {
        str_append_bytes(out, text, (size_t)(at - text));
        str_append(out, at[len] == '/' || !at[len] ? to : from);
    }
    str_append(out, text);
}

static void append_word(const struct reproduction *r, const char *text, bool absolute, struct str *out) {
    autofree char *material = laid_out_path(r, absolute);
    autofree char *tree = absolute && r->changed_tree ? str_format("%s/tree", material)
                          : absolute                  ? mem_copy_string(r->workspace)
                                                      : mem_copy_string(".");
    scoped(str) first = STR_INIT;
    scoped(str) second = STR_INIT;
    replace_prefix(&first, text, r->places->inside[PLACE_MATERIAL], material);
    replace_prefix(&second, first.data, r->places->inside[PLACE_WORK], tree);
    str_append_shell_word(out, second.data);
}

/* Whether every run, and lab shell, has the variable with this value anyway. */
static bool is_fixed(const struct reproduction *r, const char *name, const char *value) {
    autofree char *variable = str_format("%s=%s", name, value);
    for (const char *const *at = r->fixed; *at; at++)
        if (!strcmp(*at, variable)) return true;
    return false;
}

static void append_variables(const struct reproduction *r, const json_t *request, bool absolute, struct str *out) {
    const char *name;
    json_t *value, *variables = json_object_get(request, "env");
    bool unset = false;
    json_object_foreach(variables, name, value) {
        if (json_is_string(value)) continue;
        str_printf(out, "%s-u %s ", unset ? "" : "env ", name);
        unset = true;
    }
    json_object_foreach(variables, name, value) {
        if (!json_is_string(value) || is_fixed(r, name, json_string_value(value))) continue;
        str_printf(out, "%s=", name);
        append_word(r, json_string_value(value), absolute, out);
        str_append_char(out, ' ');
    }
}

void reproduce_command(const struct reproduction *r, const json_t *request, const char *input, struct str *out) {
    const char *cwd = json_get_string(request, "cwd", ".");
    bool moves = strcmp(cwd, ".") != 0;
    if (r->changed_tree) str_printf(out, "cd .lab/try/%s/tree && ", r->check);
    if (moves) {
        str_append(out, "cd ");
        str_append_shell_word(out, cwd);
        str_append(out, " && ");
    }
    append_variables(r, request, moves, out);
    size_t index;
    json_t *word;
    json_array_foreach(json_object_get(request, "argv"), index, word) {
        if (index) str_append_char(out, ' ');
        append_word(r, json_string_value(word), moves, out);
    }
    if (!input) return;
    autofree char *folder = laid_out_path(r, moves);
    autofree char *path = str_format("%s/%s", folder, input);
    str_append(out, " <");
    str_append_shell_word(out, path);
}

static int copy_into(int to_parent, const char *name, const char *from, struct err *err) {
    autoclose int source = open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (source < 0) return 0;
    if (beneath_make_directories(to_parent, name))
        return err_errno(err, ERR_ENVIRONMENT, "cannot create .lab/%s", name);
    autoclose int target = beneath_open(to_parent, name, O_RDONLY | O_DIRECTORY, 0);
    if (target < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open .lab/%s", name);
    return beneath_copy(source, target, MATERIAL_BUDGET, err);
}

int reproduce_lay_out(const struct reproduction *r, struct err *err) {
    const struct box_folder *folders = r->places->folders;
    autoclose int workspace = open(r->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (workspace < 0) return err_errno(err, ERR_ENVIRONMENT, "cannot open %s", r->workspace);
    autofree char *place = str_format(".lab/try/%s", r->check);
    autofree char *tree = str_format("%s/tree", place);
    if (beneath_remove(workspace, place)) return err_errno(err, ERR_ENVIRONMENT, "cannot empty %s", place);
    if (copy_into(workspace, place, folders[PLACE_MATERIAL].path, err) ||
        copy_into(workspace, place, r->places->input, err) ||
        (r->changed_tree && copy_into(workspace, tree, folders[PLACE_WORK].path, err))) {
        beneath_remove(workspace, place);
        return -1;
    }
    return 0;
}
