/*
 * YAML as Go's go-yaml reads it, which is neither 1.1 nor 1.2. Kubernetes reads manifests by sigs.k8s.io/yaml, which is v2 and JSON
 * from there (goyaml.v2: resolve.go, decode.go); kustomize reads them by v3.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

#include "base/str.h"
#include "course/yaml_inside.h"

/* ---- scalars ---- */

/* The booleans that v2 knows beside true and false. */
static bool resolve_word(struct yaml_node *node) {
    static const char *const words[2][8] = {{"n", "N", "no", "No", "NO", "off", "Off", "OFF"},
                                            {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}};
    for (size_t value = 0; value < 2; value++) {
        for (size_t i = 0; i < LENGTH(words[value]); i++) {
            if (strlen(words[value][i]) != node->text_len || memcmp(words[value][i], node->text, node->text_len) != 0)
                continue;
            node->kind = YAML_BOOLEAN;
            node->boolean = value;
            return true;
        }
    }
    return false;
}

/* The base of a number without a sign, where its digits say so, which *digits is moved behind; 10 where they do not. */
static int take_base(const char **digits) {
    static const struct {
        char letter;
        int base;
    } prefixes[] = {{'x', 16}, {'o', 8}, {'b', 2}};
    if ((*digits)[0] != '0' || !(*digits)[1]) return 10;
    for (size_t i = 0; i < LENGTH(prefixes); i++) {
        if (tolower((unsigned char)(*digits)[1]) != prefixes[i].letter) continue;
        *digits += 2;
        return prefixes[i].base;
    }
    *digits += 1;
    return 8;
}

static int digit_value(char c) {
    if (isdigit((unsigned char)c)) return c - '0';
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : INT_MAX;
}

/* What strconv.ParseInt(text, 0, 64) takes for an integer that is not decimal. */
static bool resolve_integer(struct yaml_node *node, const char *text) {
    bool negative = *text == '-';
    const char *digits = text + (negative || *text == '+');
    int base = take_base(&digits);
    if (base == 10 || !*digits) return false;
    double magnitude = 0;
    for (const char *at = digits; *at; at++) {
        if (digit_value(*at) >= base) return false;
        magnitude = magnitude * base + digit_value(*at);
    }
    errno = 0;
    long long integer = strtoll(digits, NULL, base);
    node->kind = errno ? YAML_NUMBER : YAML_INTEGER;
    node->integer = negative ? -integer : integer;
    node->number = negative ? -magnitude : magnitude;
    return true;
}

static void resolve_number(struct yaml_node *node) {
    scoped(str) plain = STR_INIT;
    for (size_t i = 0; i < node->text_len; i++)
        if (node->text[i] != '_') str_append_char(&plain, node->text[i]);
    if (resolve_integer(node, plain.data)) return;
    struct yaml_node core = {.text = plain.data, .text_len = plain.len};
    yaml_resolve(&core);
    node->kind = core.kind;
    node->integer = core.integer;
    node->number = core.number;
}

void yaml_resolve_go(struct yaml_node *node, bool v2) {
    if (v2 && resolve_word(node)) return;
    yaml_resolve(node);
    bool may_be_number = node->text_len && strchr("+-0123456789", node->text[0]);
    if (may_be_number && !memchr(node->text, '\0', node->text_len)) resolve_number(node);
}

bool yaml_is_of_go(const struct yaml_node *node) {
    if (node->kind != YAML_BOOLEAN && node->kind != YAML_INTEGER && node->kind != YAML_NUMBER) return false;
    struct yaml_node core = *node;
    yaml_resolve(&core);
    return core.kind != node->kind || (core.kind == YAML_INTEGER && core.integer != node->integer);
}

const char *yaml_go_key(struct arena *arena, const char *key) {
    struct yaml_node node = {.text = key, .text_len = strlen(key)};
    yaml_resolve_go(&node, true);
    if (node.kind == YAML_BOOLEAN) return node.boolean ? "true" : "false";
    if (node.kind != YAML_INTEGER) return key;
    scoped(str) text = STR_INIT;
    str_printf(&text, "%" PRId64, node.integer);
    return arena_copy(arena, text.data, text.len);
}

/* ---- merge keys ---- */

static void push_entries(struct yaml_builder *builder, const struct yaml_node *map) {
    for (size_t i = 0; i < map->count; i++) *array_push(&builder->entries) = map->entries[i];
}

/* Pushes what is merged, the last map of a list first: the first one wins. */
static int push_merged(struct yaml_builder *builder, const struct source *source, const struct yaml_node *value,
                       struct err *err) {
    bool is_list = value->kind == YAML_LIST;
    const struct yaml_node *maps = is_list ? value->items : value;
    for (size_t i = is_list ? value->count : 1; i-- > 0;) {
        if (maps[i].kind != YAML_MAP) return yaml_fail(source, err, maps[i].at, "'<<' merges maps, and this is none");
        push_entries(builder, &maps[i]);
    }
    return 0;
}

/* v2 sets keys in the order written, so that what is merged replaces what stands before it; v3, as yaml.org/type/merge.html has
 * it, keeps what the map itself has. */
int yaml_merge(struct yaml_builder *builder, const struct source *source, struct yaml_node *map, bool v2,
               struct err *err) {
    size_t from = builder->entries.count;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml_entry *entry = &map->entries[i];
        if (!entry->merges)
            *array_push(&builder->entries) = *entry;
        else if (push_merged(builder, source, &entry->value, err))
            return -1;
    }
    for (size_t i = 0; i < map->count && !v2; i++)
        if (!map->entries[i].merges) *array_push(&builder->entries) = map->entries[i];
    yaml_build_map(builder, map, from);
    yaml_keep_last(map);
    return 0;
}
