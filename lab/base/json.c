#include "base/json.h"

#include <stdlib.h>

void json_release_pointer(json_t *const *value) { json_decref(*value); }

json_t *json_text(const char *data, size_t len) {
    json_t *text = json_stringn(data, len);
    if (text) return text;
    scoped(str) clean = STR_INIT;
    str_append_utf8(&clean, data, len);
    return json_stringn(clean.data, clean.len);
}

json_t *json_text_or_null(const char *text) { return text ? json_text(text, strlen(text)) : json_null(); }

void json_put(json_t *object, const char *key, json_t *value) { json_object_set_new(object, key, value); }

const char *json_get_string(const json_t *object, const char *key, const char *otherwise) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : otherwise;
}

double json_get_number(const json_t *object, const char *key, double otherwise) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

long long json_get_integer(const json_t *object, const char *key, long long otherwise) {
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool json_get_boolean(const json_t *object, const char *key, bool otherwise) {
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_boolean_value(value) : otherwise;
}

void json_print_line(const json_t *value) {
    autofree char *line = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (line) puts(line);
}
