/* safetensors: eight bytes with the header's length, the header as JSON, then the tensors' bytes. Only the header is read. */
#include <stdlib.h>

#include "base/json.h"
#include "checker/modelfile.h"

enum { PREFIX = 8, RANK_MOST = 64, TENSORS_MOST = 20000 };

static const struct {
    const char *name;
    unsigned bits;
} dtypes[] = {
    {"BOOL", 8}, {"U8", 8},   {"I8", 8},   {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F4", 4},
    {"I16", 16}, {"U16", 16}, {"F16", 16}, {"BF16", 16},   {"I32", 32},    {"U32", 32},    {"F32", 32},
    {"I64", 64}, {"U64", 64}, {"F64", 64}, {"C64", 64},    {"F6_E2M3", 6}, {"F6_E3M2", 6},
};

struct tensor {
    const char *name;
    const json_t *shape;
    const char *dtype;
    uint64_t from, to;
};

struct tensors {
    array(struct tensor) all;
};

static void tensors_release(struct tensors *list) { array_free(&list->all); }

static int read_count(const json_t *value, uint64_t *count) {
    if (!json_is_integer(value) || json_integer_value(value) < 0) return -1;
    *count = (uint64_t)json_integer_value(value);
    return 0;
}

/* Bytes that a tensor of this type and shape has; -1 when they are not whole, or more than there can be. */
static int size_of(const struct tensor *tensor, uint64_t *bytes) {
    uint64_t bits = 0;
    for (size_t i = 0; i < LENGTH(dtypes); i++)
        if (!strcmp(dtypes[i].name, tensor->dtype)) bits = dtypes[i].bits;
    if (!bits) return -1;
    size_t index;
    json_t *dimension;
    json_array_foreach(tensor->shape, index, dimension) {
        uint64_t count;
        if (read_count(dimension, &count) || __builtin_mul_overflow(bits, count, &bits)) return -1;
    }
    *bytes = bits / 8;
    return bits % 8 ? -1 : 0;
}

static int read_tensor(struct tensor *tensor, const char *name, const json_t *given, struct err *err) {
    const json_t *offsets = json_object_get(given, "data_offsets");
    uint64_t bytes;
    tensor->name = name;
    tensor->dtype = json_string_value(json_object_get(given, "dtype"));
    tensor->shape = json_object_get(given, "shape");
    if (!tensor->dtype || !json_is_array(tensor->shape) || json_array_size(tensor->shape) > RANK_MOST ||
        json_array_size(offsets) != 2 || json_object_size(given) != 3)
        return err_set(err, ERR_USAGE, "tensor '%.100s' must have dtype, shape and data_offsets, and nothing else",
                       name);
    if (read_count(json_array_get(offsets, 0), &tensor->from) || read_count(json_array_get(offsets, 1), &tensor->to) ||
        tensor->to < tensor->from)
        return err_set(err, ERR_USAGE, "tensor '%.100s': data_offsets must be a beginning and an end", name);
    if (size_of(tensor, &bytes))
        return err_set(err, ERR_USAGE, "tensor '%.100s': dtype %.20s and its shape are no size", name, tensor->dtype);
    if (bytes != tensor->to - tensor->from)
        return err_set(err, ERR_USAGE, "tensor '%.100s' has %llu bytes by its offsets, and %llu by dtype and shape",
                       name, (unsigned long long)(tensor->to - tensor->from), (unsigned long long)bytes);
    return 0;
}

static int check_metadata(const json_t *metadata, struct err *err) {
    const char *key;
    json_t *value;
    if (metadata && !json_is_object(metadata))
        return err_set(err, ERR_USAGE, "__metadata__ must be an object of texts");
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value) {
        if (!json_is_string(value)) return err_set(err, ERR_USAGE, "__metadata__: '%.100s' is no text", key);
    }
    return 0;
}

static int by_offset(const void *a, const void *b) {
    const struct tensor *first = a, *second = b;
    if (first->from != second->from) return first->from < second->from ? -1 : 1;
    if (first->to != second->to) return first->to < second->to ? -1 : 1;
    return strcmp(first->name, second->name);
}

/* The tensors fill what lies behind the header, one after the other. */
static int check_layout(struct tensors *list, uint64_t space, struct err *err) {
    uint64_t at = 0;
    if (list->all.count) qsort(list->all.items, list->all.count, sizeof *list->all.items, by_offset);
    for (size_t i = 0; i < list->all.count; i++) {
        const struct tensor *tensor = &list->all.items[i];
        if (tensor->from < at) return err_set(err, ERR_USAGE, "tensor '%.100s' overlaps the one before", tensor->name);
        if (tensor->from > at)
            return err_set(err, ERR_USAGE, "%llu bytes before tensor '%.100s' belong to none",
                           (unsigned long long)(tensor->from - at), tensor->name);
        at = tensor->to;
    }
    if (at > space)
        return err_set(err, ERR_USAGE, "the tensors have %llu bytes, and the file only %llu for them",
                       (unsigned long long)at, (unsigned long long)space);
    if (at < space)
        return err_set(err, ERR_USAGE, "%llu bytes at the end belong to no tensor", (unsigned long long)(space - at));
    return 0;
}

static json_t *tensor_json(const struct tensor *tensor, uint64_t start) {
    json_t *value = json_object();
    json_put(value, "name", json_string(tensor->name));
    json_put(value, "dtype", json_string(tensor->dtype));
    json_put(value, "shape", json_deep_copy(tensor->shape));
    json_put(value, "bytes", json_integer((json_int_t)(tensor->to - tensor->from)));
    json_put(value, "from", json_integer((json_int_t)(tensor->from + start)));
    json_put(value, "to", json_integer((json_int_t)(tensor->to + start)));
    return value;
}

static json_t *read_header(struct sv bytes, uint64_t *len, struct err *err) {
    json_error_t why;
    if (bytes.len < PREFIX) return err_set(err, ERR_USAGE, "it is shorter than the length of its header"), NULL;
    *len = 0;
    for (unsigned i = 0; i < PREFIX; i++) *len |= (uint64_t)(unsigned char)bytes.data[i] << (8 * i);
    if (*len > SAFETENSORS_HEADER_MOST || *len > bytes.len - PREFIX)
        return err_set(err, ERR_USAGE, "its header would have %llu bytes", (unsigned long long)*len), NULL;
    if (!*len || bytes.data[PREFIX] != '{') return err_set(err, ERR_USAGE, "its header does not begin with {"), NULL;
    json_t *header = json_loadb(bytes.data + PREFIX, (size_t)*len, JSON_REJECT_DUPLICATES, &why);
    if (!header) err_set(err, ERR_USAGE, "its header is no JSON: %s", why.text);
    return header;
}

static int read_tensors(struct tensors *list, const json_t *header, struct err *err) {
    const char *name;
    json_t *given;
    if (json_object_size(header) > TENSORS_MOST) return err_set(err, ERR_USAGE, "more than %d tensors", TENSORS_MOST);
    json_object_foreach((json_t *)(uintptr_t)header, name, given) {
        if (strcmp(name, "__metadata__") != 0 && read_tensor(array_push(&list->all), name, given, err)) return -1;
    }
    return check_metadata(json_object_get(header, "__metadata__"), err);
}

json_t *safetensors_read(struct sv bytes, struct err *err) {
    uint64_t len;
    scoped(tensors) list = {0};
    autojson json_t *header = read_header(bytes, &len, err);
    if (!header || read_tensors(&list, header, err) || check_layout(&list, bytes.len - PREFIX - len, err)) return NULL;
    json_t *result = json_object(), *found = json_array(), *metadata = json_object_get(header, "__metadata__");
    for (size_t i = 0; i < list.all.count; i++)
        json_array_append_new(found, tensor_json(&list.all.items[i], PREFIX + len));
    json_put(result, "metadata", metadata ? json_incref(metadata) : json_object());
    json_put(result, "tensors", found);
    return result;
}
