#include "workspace/tree_text.h"

#include <stdlib.h>
#include <sys/stat.h>

void tree_items_release(struct tree_items *items) { array_free(items); }

void tree_items_add(struct tree_items *items, const char *name, uint32_t mode, const git_oid *id) {
    *array_push(items) = (struct tree_item){name, mode, *id};
}

/* git's order: bytes of names, a directory's as if a slash stood behind it. */
static int git_order(const void *left, const void *right) {
    const struct tree_item *a = left, *b = right;
    size_t a_len = strlen(a->name), b_len = strlen(b->name), common = a_len < b_len ? a_len : b_len;
    int order = memcmp(a->name, b->name, common);
    if (order) return order;
    unsigned char x = a_len > common ? (unsigned char)a->name[common] : S_ISDIR(a->mode) ? '/' : 0;
    unsigned char y = b_len > common ? (unsigned char)b->name[common] : S_ISDIR(b->mode) ? '/' : 0;
    return x - y;
}

int tree_items_write(struct tree_items *items, git_odb *odb, const uint8_t *already, git_oid *id, struct err *err) {
    scoped(str) text = STR_INIT;
    if (items->count) qsort(items->items, items->count, sizeof *items->items, git_order);
    for (size_t i = 0; i < items->count; i++) {
        const struct tree_item *item = &items->items[i];
        str_printf(&text, "%o %s", item->mode, item->name);
        str_append_char(&text, '\0');
        str_append_bytes(&text, item->id.id, sizeof item->id.id);
    }
    if (git2.odb_hash(id, text.data, text.len, GIT_OBJECT_TREE))
        return git2_error(err, ERR_INTERNAL, "cannot hash a tree");
    if (already && !memcmp(id->id, already, sizeof id->id)) return 0;
    if (git2.odb_write(id, odb, text.data, text.len, GIT_OBJECT_TREE))
        return git2_error(err, ERR_ENVIRONMENT, "cannot write a tree");
    return 0;
}
