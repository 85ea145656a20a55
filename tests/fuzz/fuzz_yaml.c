/* The readers of YAML, on anything: neither breaks, and where the fast one gives a tree it is that of libyaml. */
#include <stdint.h>

#include "course/yaml_inside.h"
#include "tests/unit/yaml_equal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NULL with a reason, or the tree. */
static const struct yaml_node *read(struct arena *arena, struct sv text, unsigned flags) {
    struct err err = ERR_INIT;
    const struct yaml_node *root = yaml_parse(arena, "f.yaml", text.data, text.len, flags, &err);
    if (!root && err.code != ERR_COURSE) __builtin_trap();
    return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena = ARENA_INIT;
    const struct sv text = {(const char *)data, size};
    const struct source source = source_of("f.yaml", text.data, text.len);
    struct err err = ERR_INIT;
    unsigned bytes = 0;
    struct yaml_node fast = {0};
    bool plain = !yaml_check_bytes(&source, &bytes, &err) && !(bytes & (YAML_HAS_BLANKS | YAML_HAS_BREAKS)) &&
                 yaml_read_plain(&arena, source.text, source.len, &fast);
    const struct yaml_node *documents = read(&arena, text, YAML_DOCUMENTS);
    if (plain && (!documents || documents->count != 1 || !nodes_equal(&fast, &documents->items[0]))) __builtin_trap();
    const struct yaml_node *free = read(&arena, text, YAML_DOCUMENTS | YAML_ALIASES);
    if (documents && !free) __builtin_trap(); /* what is right without aliases is right where they may stand */
    (void)read(&arena, text, YAML_STRICT);
    (void)read(&arena, text, YAML_DOCUMENTS | YAML_ALIASES | YAML_GO_V2);
    (void)read(&arena, text, YAML_DOCUMENTS | YAML_ALIASES | YAML_GO_V3);
    json_t *value = free ? yaml_to_json(free) : NULL;
    json_decref(value);
    arena_release(&arena);
    return 0;
}
