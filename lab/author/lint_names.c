/* What the checks demand by name (files, options, routes, fields) and nobody told the learner: neither the lesson nor
 * a text of the start. */

#include <ctype.h>

#include "author/lint_rules.h"
#include "base/path.h"

enum { NAME_MOST = 200 };

static bool is_name_byte(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* True when the text has the name, not as a part of a longer word. */
static bool mentions(struct sv text, struct sv name) {
    const char *end = text.data + text.len;
    for (const char *at = text.data; (at = memmem(at, (size_t)(end - at), name.data, name.len)); at++) {
        bool begins = at == text.data || !is_name_byte(at[-1]) || !is_name_byte(name.data[0]);
        bool ends = at + name.len == end || !is_name_byte(at[name.len]) || !is_name_byte(name.data[name.len - 1]);
        if (begins && ends) return true;
    }
    return false;
}

static bool is_told(struct lint *lint, struct sv name) {
    if (!name.len || name.len > NAME_MOST) return true;
    for (size_t i = 0; i < lint->files.count; i++) {
        const struct lint_file *file = &lint->files.items[i];
        bool text = file->part == LINT_START && string_ends_with(file->path, ".md");
        if (!text && strcmp(file->path, "README.md") != 0) continue;
        if (!lint_may_search(lint, file) || mentions(file->text, name)) return true;
    }
    return false;
}

/* ---- each kind ---- */

/* True when the checker itself puts something there. */
static bool is_written(struct lint *lint, const char *path) {
    static const char *const writers[] = {"t:write", "t:patch", "t:copy"};
    for (size_t i = 0; i < lint->analysis.use_count; i++) {
        const struct lua_use *use = &lint->analysis.uses[i];
        if ((use->kind != LUA_FILE && use->kind != LUA_COPY) || !use->text || strcmp(use->text, path) != 0) continue;
        for (size_t k = 0; use->callee && k < LENGTH(writers); k++)
            if (!strcmp(use->callee, writers[k])) return true;
    }
    return false;
}

/* What stands below given/ is what checks hand to programs. */
static bool is_file_told(struct lint *lint, const char *path) {
    return string_starts_with(path, "given/") || is_told(lint, sv_of(path)) || is_told(lint, sv_of(path_base(path))) ||
           lint_starts_with(lint, path) || is_written(lint, path);
}

/* "--data=x" is told as --data. */
static bool is_option_told(struct lint *lint, const char *word) {
    struct sv name = {word, strcspn(word, "=")};
    bool bare = name.len == strspn(word, "-"); /* "-" and "--" are no names */
    return bare || is_told(lint, name);
}

/* ---- whose option it is ---- */

/* The command line of which a word is a part, as far as it is literal. */
struct command_line {
    const char *program, *script; /* the first word, and the first behind it that is no option */
};

static struct command_line read_command(const struct lint *lint, size_t index) {
    const struct lua_use *uses = lint->analysis.uses, *option = &uses[index];
    struct command_line line = {NULL, NULL};
    size_t begin = index;
    while (begin && (uses[begin].kind != LUA_CALL || uses[begin].call != option->call)) begin--;
    for (size_t i = begin; i < index; i++) {
        if (uses[i].kind != LUA_ARGUMENT || uses[i].call != option->call || uses[i].key) continue;
        if (!line.program)
            line.program = uses[i].text;
        else if (!line.script && uses[i].text[0] != '-')
            line.script = uses[i].text;
    }
    return line;
}

/* False for the options of an interpreter, of a tool that the course gives, and of programs that no learner is told
 * of, cp say. */
static bool is_for_learner(struct lint *lint, size_t index) {
    const struct lua_use *use = &lint->analysis.uses[index];
    if (use->kind != LUA_OPTION) return true;
    struct command_line line = read_command(lint, index);
    if (!line.program || line.program[0] == '-') return true;
    if (!string_starts_with(line.program, "python"))
        return strchr(line.program, '/') || is_told(lint, sv_of(line.program));
    return line.script && !string_starts_with(line.script, "tools/");
}

/* ---- the others ---- */

/* "/users/7?full=1" is told as /users, since what follows may be a value. */
static bool is_route_told(struct lint *lint, const char *route) {
    struct sv name = {route, strcspn(route, "?#")};
    while (name.len > 1) {
        if (is_told(lint, name)) return true;
        while (name.len && name.data[--name.len] != '/') {}
    }
    return route[0] == '/' && (route[1] == '\0' || route[1] == '?');
}

/* ".items[0].id": each word of it. */
static bool is_path_told(struct lint *lint, const char *path) {
    for (const char *at = path; *at;) {
        struct sv name = {at, 0};
        while (is_name_byte(at[name.len])) name.len++;
        bool word = name.len && !isdigit((unsigned char)*at);
        if (word && !is_told(lint, name)) return false;
        at += name.len ? name.len : 1;
    }
    return true;
}

static bool is_key_told(struct lint *lint, const char *key) { return is_told(lint, sv_of(key)); }

static const struct {
    enum lua_use_kind kind;
    bool (*told)(struct lint *lint, const char *text);
    const char *what;
} demands[] = {
    {LUA_FILE, is_file_told, "the file"},    {LUA_OPTION, is_option_told, "the option"},
    {LUA_ROUTE, is_route_told, "the route"}, {LUA_KEY, is_key_told, "the field"},
    {LUA_JQ, is_path_told, "the path"},
};

/* True when the same demand was looked at before. */
static bool is_again(struct lint *lint, size_t index) {
    const struct lua_use *use = &lint->analysis.uses[index];
    for (size_t i = 0; i < index; i++) {
        const struct lua_use *before = &lint->analysis.uses[i];
        if (before->kind == use->kind && before->text && !strcmp(before->text, use->text)) return true;
    }
    return false;
}

static void judge(struct lint *lint, const struct lint_file *checker, size_t index) {
    const struct lua_use *use = &lint->analysis.uses[index];
    for (size_t i = 0; i < LENGTH(demands); i++) {
        if (demands[i].kind != use->kind || !use->text || is_again(lint, index)) continue;
        if (!demands[i].told(lint, use->text) && is_for_learner(lint, index))
            lint_add(lint, "W708", checker->file, (struct yaml_position){use->line, use->column},
                     "%s '%s' is demanded here, and told nowhere", demands[i].what, use->text);
    }
}

void lint_names(struct lint *lint, const struct lint_file *checker) {
    for (size_t i = 0; i < lint->analysis.use_count; i++) judge(lint, checker, i);
}
