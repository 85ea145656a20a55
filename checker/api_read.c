#include "checker/api_read.h"

#include <ctype.h>

/* What stands above a declaration, gathered line by line. */
struct block {
    struct str doc, returns;
    struct api_class *class; /* that a declaration `name = {}` below belongs to */
    struct api_parameter *parameters, *last_parameter;
    const char *result, *overload;
    bool must_use, has_type;
};

struct reader {
    struct api *api;
    const char *group;
    struct block block;
};

/* ---- making ---- */

struct api_class *api_add_class(struct api *api, const char *name) {
    struct api_class *class = arena_alloc(&api->arena, sizeof *class);
    class->name = name;
    class->doc = "";
    *(api->last_class ? &api->last_class->next : &api->classes) = class;
    return api->last_class = class;
}

struct api_class *api_find_class(const struct api *api, const char *name, size_t len) {
    for (struct api_class *class = api->classes; class; class = class->next)
        if (strlen(class->name) == len && !memcmp(class->name, name, len)) return class;
    return NULL;
}

struct api_member *api_add_member(struct api *api, struct api_member **list, const char *name) {
    struct api_member *member = arena_alloc(&api->arena, sizeof *member);
    member->name = name;
    member->doc = member->type.text = "";
    while (*list) list = &(*list)->next;
    return *list = member;
}

/* ---- words ---- */

const char *api_skip_blanks(const char *at) {
    while (*at == ' ') at++;
    return at;
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

char *api_take_word(struct api *api, const char **at) {
    const char *start = *at;
    while (is_word(**at) || **at == '.') ++*at;
    return arena_copy(&api->arena, start, (size_t)(*at - start));
}

/* A type runs to the next blank or comma outside of brackets and quotes; "fun(a: T): R" goes on behind its colon. */
static const char *type_end(const char *at) {
    int depth = 0;
    for (bool quoted = false; *at; at++) {
        if (*at == '"') quoted = !quoted;
        if (quoted) continue;
        if (strchr("([{<", *at)) depth++;
        if (strchr(")]}>", *at) && --depth < 0) break;
        if (depth) continue;
        if (*at == ':' && at[1] == ' ' && at[-1] == ')')
            at++;
        else if (*at == ' ' || *at == ',')
            break;
    }
    return at;
}

char *api_take_type(struct api *api, const char **at) {
    const char *start = *at = api_skip_blanks(*at);
    *at = type_end(start);
    return arena_copy(&api->arena, start, (size_t)(*at - start));
}

/* ---- annotations ---- */

static void forget(struct reader *reader) {
    struct block *block = &reader->block;
    str_clear(&block->doc);
    str_clear(&block->returns);
    *block = (struct block){.doc = block->doc, .returns = block->returns};
}

static void take_class(struct reader *reader, const char *at) {
    struct api_class *class = api_add_class(reader->api, api_take_word(reader->api, &at));
    class->doc = arena_copy(&reader->api->arena, reader->block.doc.data, reader->block.doc.len);
    class->group = reader->group;
    if (*at == ':') class->parent_name = api_take_type(reader->api, (at++, &at));
    forget(reader);
    reader->block.class = class;
}

static void take_field(struct reader *reader, const char *at) {
    if (*at == '[') { /* "[integer] string the program": items, by number */
        struct api_class *class = reader->block.class;
        at += strcspn(at, " ");
        class->items.text = api_take_type(reader->api, &at);
        class->items_doc = arena_string(&reader->api->arena, api_skip_blanks(at));
        return;
    }
    struct api_member *field =
        api_add_member(reader->api, &reader->block.class->members, api_take_word(reader->api, &at));
    if ((field->optional = *at == '?')) at++;
    field->type.text = api_take_type(reader->api, &at);
    field->doc = arena_string(&reader->api->arena, api_skip_blanks(at));
}

static void take_parameter(struct reader *reader, const char *at) {
    struct block *block = &reader->block;
    struct api_parameter *parameter = arena_alloc(&reader->api->arena, sizeof *parameter);
    parameter->name = api_take_word(reader->api, &at);
    if ((parameter->optional = *at == '?')) at++;
    parameter->type.text = api_take_type(reader->api, &at);
    parameter->doc = arena_string(&reader->api->arena, api_skip_blanks(at));
    *(block->last_parameter ? &block->last_parameter->next : &block->parameters) = parameter;
    block->last_parameter = parameter;
}

static void take_return(struct reader *reader, const char *at) {
    struct block *block = &reader->block;
    if (block->returns.len) str_append_char(&block->returns, '\n');
    str_append(&block->returns, at);
    if (!block->result) block->result = api_take_type(reader->api, &at);
}

static void take_overload(struct reader *reader, const char *at) {
    reader->block.overload = arena_string(&reader->api->arena, at);
}

static void take_must_use(struct reader *reader, const char *at) {
    (void)at;
    reader->block.must_use = true;
}

static void take_value_type(struct reader *reader, const char *at) {
    (void)at;
    reader->block.has_type = true;
}

static const struct {
    const char *word;
    void (*take)(struct reader *reader, const char *at);
} annotations[] = {{"@class ", take_class},    {"@field ", take_field},       {"@param ", take_parameter},
                   {"@return ", take_return},  {"@overload ", take_overload}, {"@nodiscard", take_must_use},
                   {"@type ", take_value_type}};

static void take_annotation(struct reader *reader, const char *at) {
    for (size_t i = 0; i < LENGTH(annotations); i++)
        if (string_starts_with(at, annotations[i].word)) annotations[i].take(reader, at + strlen(annotations[i].word));
    if (*at == '@') return;
    if (reader->block.doc.len) str_append_char(&reader->block.doc, ' ');
    str_append(&reader->block.doc, at);
}

/* ---- declarations ---- */

/* How the reference calls a value of a class. */
static const struct {
    const char *class, *name;
} value_names[] = {{"Check", "t"},
                   {"Result", "result"},
                   {"Service", "service"},
                   {"Declared", "declared"},
                   {"File", "file"},
                   {"Expectation", "expect"},
                   {"FileExpectation", "expect.file"},
                   {"HttpResponse", "response"},
                   {"Metrics", "metrics"},
                   {"PromRules", "rules"},
                   {"LlmStub", "stub"},
                   {"OtlpSink", "sink"},
                   {"Spans", "spans"},
                   {"PytestSuite", "suite"},
                   {"McpServer", "server"},
                   {"Mlflow", "tracking"},
                   {"KubernetesObjects", "objects"},
                   {"BuildContext", "context"},
                   {"Dockerfile", "dockerfile"},
                   {"DockerStage", "stage"},
                   {"Compose", "compose"},
                   {"Container", "container"}};

static const char *value_name(const char *class) {
    for (size_t i = 0; i < LENGTH(value_names); i++)
        if (!strcmp(value_names[i].class, class)) return value_names[i].name;
    return class;
}

static const char *signature(struct reader *reader, const char *name) {
    scoped(str) out = STR_INIT;
    str_printf(&out, "%s(", name);
    for (const struct api_parameter *p = reader->block.parameters; p; p = p->next)
        str_printf(&out, "%s%s: %s%s", p->name, p->optional ? "?" : "", p->type.text, p->next ? ", " : "");
    str_append(&out, ")");
    if (reader->block.result) str_printf(&out, ": %s", reader->block.result);
    return arena_copy(&reader->api->arena, out.data, out.len);
}

static struct api_function *add_function(struct reader *reader, const char *name) {
    struct api *api = reader->api;
    struct block *block = &reader->block;
    struct api_function *function = arena_alloc(&api->arena, sizeof *function);
    *function = (struct api_function){
        .name = name,
        .signature = signature(reader, name),
        .doc = arena_copy(&api->arena, block->doc.data, block->doc.len),
        .group = reader->group,
        .parameters = block->parameters,
        .returns = arena_copy(&api->arena, block->returns.data, block->returns.len),
        .result = {block->result ? block->result : "", NULL},
        .answers_self = block->result && !strcmp(block->result, "self"),
        .must_use = block->must_use,
    };
    *(api->last_function ? &api->last_function->next : &api->functions) = function;
    return api->last_function = function;
}

/* "fun(value: any, what?: string): Expectation" above `expect = {}`: calling expect itself. */
static void take_callable(struct reader *reader, const char *name) {
    const char *at = reader->block.overload + strlen("fun(");
    struct api_class *class = reader->block.class;
    while (*at && *at != ')') {
        const char *end = type_end(at);
        autofree char *parameter = mem_copy(at, (size_t)(end - at));
        char *colon = strchr(parameter, ':');
        scoped(str) line = STR_INIT;
        at = api_skip_blanks(end);
        if (colon) *colon = '\0';
        const char *type_start = at;
        at = type_end(at);
        str_printf(&line, "%s ", parameter);
        str_append_bytes(&line, type_start, (size_t)(at - type_start));
        take_parameter(reader, line.data);
        if (*at == ',') at = api_skip_blanks(at + 1);
    }
    if (string_starts_with(at, "): ")) take_return(reader, at + strlen("): "));
    struct api_function *function = add_function(reader, name);
    function->doc = class->doc;
    class->function = function;
}

/* `function json.decode(text, options) end`, `function Check:run(options) end`, `function port() end`. */
static void take_function(struct reader *reader, const char *at) {
    struct api *api = reader->api;
    size_t owner = strcspn(at, ".:(");
    if (at[owner] == '(') {
        const char *name = api_take_word(reader->api, &at);
        api_add_member(api, &api->globals, name)->function = add_function(reader, name);
        return;
    }
    autofree char *owner_name = mem_copy(at, owner);
    bool is_method = at[owner] == ':';
    at += owner + 1;
    const char *name = api_take_word(reader->api, &at);
    struct api_class *class = api_find_class(api, owner_name, owner);
    for (const struct api_member *g = api->globals; g && !is_method; g = g->next)
        if (!strcmp(g->name, owner_name)) class = api_find_class(api, g->type.text, strlen(g->type.text));
    if (!class) return;
    const char *full = arena_printf(&api->arena, "%s%c%s", is_method ? value_name(owner_name) : owner_name,
                                    is_method ? ':' : '.', name);
    api_add_member(api, &class->members, name)->function = add_function(reader, full);
}

/* `json = {}`: a global of the class above it. */
static void take_global(struct reader *reader, const char *at) {
    struct api *api = reader->api;
    const char *name = api_take_word(reader->api, &at);
    if (!string_starts_with(at, " = {}")) return;
    struct api_member *global = api_add_member(api, &api->globals, name);
    struct api_class *class = reader->block.class;
    global->doc = class ? class->doc : arena_copy(&api->arena, reader->block.doc.data, reader->block.doc.len);
    global->group = reader->group;
    if (!class && reader->block.has_type) return; /* `checks`: any names */
    if (!class) class = api_add_class(api, arena_printf(&api->arena, "%slib", name));
    global->type.text = class->name;
    class->is_table = true;
    if (reader->block.overload) take_callable(reader, name);
}

/* "-- ---- results ----". */
static void take_group(struct reader *reader, const char *at) {
    const char *end = strstr(at, " ----");
    if (end) reader->group = arena_copy(&reader->api->arena, at, (size_t)(end - at));
}

static void take_line(struct reader *reader, const char *line) {
    if (string_starts_with(line, "---")) {
        take_annotation(reader, line + 3);
        return;
    }
    if (string_starts_with(line, "-- ---- ")) take_group(reader, line + strlen("-- ---- "));
    if (string_starts_with(line, "function ")) take_function(reader, line + strlen("function "));
    if (isalpha((unsigned char)*line) && !string_starts_with(line, "local ")) take_global(reader, line);
    forget(reader);
}

void api_read(struct api *api, const char *text) {
    struct reader reader = {.api = api, .group = "", .block = {.doc = STR_INIT, .returns = STR_INIT}};
    struct sv rest = sv_of(text), line;
    while (sv_next_line(&rest, &line)) {
        autofree char *copy = mem_copy(line.data, line.len);
        take_line(&reader, copy);
    }
    str_release(&reader.block.doc);
    str_release(&reader.block.returns);
}
