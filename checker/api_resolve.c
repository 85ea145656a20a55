#include "checker/api_read.h"

static const struct api_class *class_of(struct api *api, const char *text);

/* "{name: string, target: string}". */
static const struct api_class *record(struct api *api, const char *text, size_t len) {
    struct api_class *class = api_add_class(api, arena_copy(&api->arena, text, len));
    const char *at = text + 1;
    while (*at && *at != '}') {
        struct api_member *field = api_add_member(api, &class->members, api_take_word(api, &at));
        if (!*field->name) break;
        if ((field->optional = *at == '?')) at++;
        if (*at == ':') at++;
        field->type.text = api_take_type(api, &at);
        if (*at == ',') at = api_skip_blanks(at + 1);
    }
    return class;
}

static const struct api_class *class_of(struct api *api, const char *text) {
    size_t len = strlen(text);
    while (len && text[len - 1] == '?') len--;
    const struct api_class *known = api_find_class(api, text, len);
    /* A value of type "table" is no library; one of type "string" has the methods of that. */
    if (known && known->is_table && strcmp(known->name, "string") != 0) return NULL;
    if (known || len < 2 || *text != '{' || text[len - 1] != '}') return known;
    return record(api, text, len);
}

/* Of a parameter that takes a text or options, "string|DecodeOptions", the options. */
static const struct api_class *class_of_parameter(struct api *api, const char *text) {
    const struct api_class *whole = class_of(api, text);
    const char *bar = strrchr(text, '|');
    return whole || !bar ? whole : class_of(api, bar + 1);
}

/* Records are added behind the last class, so that their own fields are resolved in turn. */
void api_resolve(struct api *api) {
    for (struct api_function *function = api->functions; function; function = function->next) {
        function->result.class = class_of(api, function->result.text);
        for (struct api_parameter *p = function->parameters; p; p = p->next)
            p->type.class = class_of_parameter(api, p->type.text);
    }
    for (struct api_member *global = api->globals; global; global = global->next)
        global->type.class = api_find_class(api, global->type.text, strlen(global->type.text));
    for (struct api_class *class = api->classes; class; class = class->next) {
        if (class->parent_name) class->parent = class_of(api, class->parent_name);
        for (struct api_member *member = class->members; member; member = member->next)
            member->type.class = class_of(api, member->type.text);
    }
}
