#include "checker/value.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/str.h"
#include "checker/library.h"

/* ---- lists ---- */

static const char list_type[] = "lab.list";
static const char list_mark; /* a key, by its address, in the metatable of every list */

void value_make_list_metatable(lua_State *L) {
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &list_mark);
    lua_pushliteral(L, "list"); /* what getmetatable() shows, so that Lua can tell a list */
    lua_setfield(L, -2, "__metatable");
}

void value_mark_list(lua_State *L, int index) {
    index = lua_absindex(L, index);
    if (luaL_newmetatable(L, list_type)) value_make_list_metatable(L);
    lua_setmetatable(L, index);
}

/* Touches no memory of Lua's, so that it cannot raise. */
static int is_marked(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return 0;
    int marked = lua_rawgetp(L, -1, &list_mark) == LUA_TBOOLEAN;
    lua_pop(L, 2);
    return marked;
}

/* ---- to Lua ---- */

static void push_at(lua_State *L, const json_t *value, int depth);

static void push_list(lua_State *L, const json_t *list, int depth) {
    size_t count = json_array_size(list);
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        push_at(L, json_array_get(list, i), depth);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    value_mark_list(L, -1);
}

static void push_object(lua_State *L, json_t *object, int depth) {
    lua_createtable(L, 0, (int)json_object_size(object));
    for (void *entry = json_object_iter(object); entry; entry = json_object_iter_next(object, entry)) {
        lua_pushlstring(L, json_object_iter_key(entry), json_object_iter_key_len(entry));
        push_at(L, json_object_iter_value(entry), depth);
        lua_rawset(L, -3);
    }
}

json_t *value_unconst(const json_t *value) {
    union {
        const json_t *given;
        json_t *same;
    } pointer = {value};
    return pointer.same;
}

static void push_at(lua_State *L, const json_t *value, int depth) {
    if (depth > VALUE_DEPTH_MOST) luaL_error(L, "a value nested deeper than %d levels", VALUE_DEPTH_MOST);
    luaL_checkstack(L, 6, "a deep value");
    switch (json_typeof(value)) {
    case JSON_OBJECT: push_object(L, value_unconst(value), depth + 1); break;
    case JSON_ARRAY: push_list(L, value, depth + 1); break;
    case JSON_STRING: lua_pushlstring(L, json_string_value(value), json_string_length(value)); break;
    case JSON_INTEGER: lua_pushinteger(L, json_integer_value(value)); break;
    case JSON_REAL: lua_pushnumber(L, json_real_value(value)); break;
    case JSON_TRUE:
    case JSON_FALSE: lua_pushboolean(L, json_is_true(value)); break;
    case JSON_NULL: lua_pushlightuserdata(L, NULL); break;
    }
}

void value_push(lua_State *L, const json_t *value) { push_at(L, value, 0); }

/* ---- from Lua ---- */

struct conversion {
    lua_State *L;
    int lossy;
    size_t bytes; /* used so far */
    char what[64];
    char path[56]; /* to the value that cannot be converted, built from its end */
};

struct table_at { /* the tables around the one being converted, to find cycles */
    const void *table;
    const struct table_at *around;
    int depth;
};

static json_t *convert(struct conversion *c, int index, const struct table_at *around);

static json_t *refuse(struct conversion *c, const char *what) {
    snprintf(c->what, sizeof c->what, "%s", what);
    return NULL;
}

/* Puts a step before the path; one that has become too long begins with an ellipsis instead. */
static void prepend(struct conversion *c, const char *step) {
    static const char ellipsis[] = "…";
    size_t len = strlen(c->path);
    if (string_starts_with(c->path, ellipsis)) return;
    if (strlen(step) + len + sizeof ellipsis > sizeof c->path) step = ellipsis;
    memmove(c->path + strlen(step), c->path, len + 1);
    memcpy(c->path, step, strlen(step));
}

static int spend(struct conversion *c, size_t bytes) {
    c->bytes += bytes;
    if (c->bytes <= VALUE_BYTES_MOST) return 0;
    refuse(c, "a value that is too large");
    return -1;
}

static json_t *convert_text(struct conversion *c, int index) {
    size_t len;
    const char *text = lua_tolstring(c->L, index, &len);
    if (spend(c, len)) return NULL;
    if (c->lossy) return json_text(text, len);
    json_t *value = json_stringn(text, len);
    return value ? value : refuse(c, "text that is not UTF-8");
}

static json_t *convert_number(struct conversion *c, int index) {
    if (lua_isinteger(c->L, index)) return json_integer(lua_tointeger(c->L, index));
    double number = lua_tonumber(c->L, index);
    return isfinite(number) ? json_real(number)
                            : refuse(c, isnan(number) ? "not a number (NaN)" : "an infinite number");
}

static json_t *convert_list(struct conversion *c, int index, size_t count, const struct table_at *at) {
    json_t *list = json_array();
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(c->L, index, (lua_Integer)i);
        json_t *item = convert(c, lua_gettop(c->L), at);
        lua_pop(c->L, 1);
        if (!item) {
            char step[24];
            snprintf(step, sizeof step, "[%zu]", i);
            prepend(c, step);
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, item);
    }
    return list;
}

struct field {
    const char *key; /* lives in the table's own string */
    size_t len;
    json_t *value;
};

typedef array(struct field) fields;

static int compare_fields(const void *a, const void *b) {
    const struct field *left = a, *right = b;
    size_t common = left->len < right->len ? left->len : right->len;
    int order = memcmp(left->key, right->key, common);
    return order ? order : (left->len > right->len) - (left->len < right->len);
}

/* Converts the entry whose key and value are on top of the stack. */
static int convert_field(struct conversion *c, struct field *field, const struct table_at *at) {
    int key = lua_gettop(c->L) - 1;
    field->key = lua_tolstring(c->L, key, &field->len);
    if (spend(c, field->len)) return -1;
    if (!utf8_valid(field->key, field->len) && !c->lossy) return refuse(c, "a key that is not UTF-8"), -1;
    field->value = convert(c, key + 1, at);
    if (field->value) return 0;
    char step[32];
    snprintf(step, sizeof step, ".%.24s", field->key);
    prepend(c, step);
    return -1;
}

static int collect_fields(struct conversion *c, int index, fields *found, const struct table_at *at) {
    lua_pushnil(c->L);
    while (lua_next(c->L, index)) {
        if (convert_field(c, array_push(found), at)) {
            lua_pop(c->L, 2);
            return -1;
        }
        lua_pop(c->L, 1);
    }
    return 0;
}

static json_t *object_of(fields *sorted, int lossy) {
    json_t *object = json_object();
    for (size_t i = 0; i < sorted->count; i++) {
        struct field *field = &sorted->items[i];
        struct str clean = STR_INIT;
        if (lossy)
            str_append_utf8(&clean, field->key, field->len);
        else
            str_append_bytes(&clean, field->key, field->len);
        json_object_setn_new(object, clean.data, clean.len, field->value);
        field->value = NULL;
        str_release(&clean);
    }
    return object;
}

static json_t *convert_object(struct conversion *c, int index, const struct table_at *at) {
    fields found = {0};
    json_t *object = NULL;
    if (!collect_fields(c, index, &found, at)) {
        if (found.count) qsort(found.items, found.count, sizeof *found.items, compare_fields);
        object = object_of(&found, c->lossy);
    }
    for (size_t i = 0; i < found.count; i++) json_decref(found.items[i].value);
    array_free(&found);
    return object;
}

/* What kinds of keys a table has. */
struct keys {
    size_t texts, numbers, others;
    lua_Integer largest;
};

static struct keys count_keys(lua_State *L, int index) {
    struct keys keys = {0};
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING)
            keys.texts++;
        else if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 1)
            keys.others++;
        else {
            keys.numbers++;
            if (lua_tointeger(L, -1) > keys.largest) keys.largest = lua_tointeger(L, -1);
        }
    }
    return keys;
}

static json_t *convert_table(struct conversion *c, int index, const struct table_at *around) {
    struct table_at at = {lua_topointer(c->L, index), around, around ? around->depth + 1 : 1};
    if (at.depth > VALUE_DEPTH_MOST) return refuse(c, "a value nested deeper than 200 levels");
    for (const struct table_at *outer = around; outer; outer = outer->around)
        if (outer->table == at.table) return refuse(c, "a table that contains itself");
    struct keys keys = count_keys(c->L, index);
    if (keys.others) return refuse(c, "a table with keys that are neither text nor 1..n");
    if (keys.texts && keys.numbers) return refuse(c, "a table with both text and numbers as keys");
    if (keys.numbers && (size_t)keys.largest != keys.numbers) return refuse(c, "a list with holes");
    int marked = is_marked(c->L, index);
    if (marked && keys.texts) return refuse(c, "a list with text as keys");
    return keys.numbers || marked ? convert_list(c, index, keys.numbers, &at) : convert_object(c, index, &at);
}

static json_t *convert(struct conversion *c, int index, const struct table_at *around) {
    if (!lua_checkstack(c->L, 6)) return refuse(c, "a value that is too deep");
    if (spend(c, 64)) return NULL;
    switch (lua_type(c->L, index)) {
    case LUA_TNIL: return json_null();
    case LUA_TBOOLEAN: return json_boolean(lua_toboolean(c->L, index));
    case LUA_TNUMBER: return convert_number(c, index);
    case LUA_TSTRING: return convert_text(c, index);
    case LUA_TTABLE: return convert_table(c, index, around);
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(c->L, index)) return json_null();
        break;
    default: break;
    }
    char what[32];
    snprintf(what, sizeof what, "a %s", lua_typename(c->L, lua_type(c->L, index)));
    return refuse(c, what);
}

json_t *value_to_json(lua_State *L, int index, int lossy, char why[128]) {
    struct conversion c = {.L = L, .lossy = lossy};
    json_t *value = convert(&c, lua_absindex(L, index), NULL);
    why[0] = '\0';
    if (!value) snprintf(why, 128, "%s%s%s", c.what, c.path[0] ? " at " : "", c.path);
    return value;
}
