/*
 * ONNX models: protocol buffers, read field by field without a schema compiler. A message is a slice of the file; its fields are
 * taken one after the other, unknown ones are passed over, and nothing is believed that does not lie within the slice.
 */
#include "base/json.h"
#include "checker/modelfile.h"

enum wire { WIRE_VARINT, WIRE_FIXED64, WIRE_BYTES, WIRE_FIXED32 = 5 };

struct field {
    uint32_t number;
    enum wire wire;
    uint64_t value;  /* of a varint or a fixed one */
    struct sv bytes; /* of WIRE_BYTES */
};

struct reading {
    struct sv file;
    size_t parts;
    json_t *nodes, *initializers, *external;
    struct err *err;
};

static int fail(const struct reading *reading, const char *at, const char *what) {
    return err_set(reading->err, ERR_USAGE, "byte %zu: %s", (size_t)(at - reading->file.data), what);
}

/* ---- the wire ---- */

static int take_varint(const struct reading *reading, struct sv *rest, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (!rest->len) return fail(reading, rest->data, "a number is cut off");
        unsigned char byte = (unsigned char)*rest->data;
        rest->data++, rest->len--;
        if (shift == 63 && byte > 1) break;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) return 0;
    }
    return fail(reading, rest->data, "a number has more than 64 bits");
}

static int take_bytes(const struct reading *reading, struct sv *rest, uint64_t len, struct sv *bytes) {
    if (len > rest->len) return fail(reading, rest->data, "a field is longer than what holds it");
    *bytes = (struct sv){rest->data, (size_t)len};
    rest->data += len;
    rest->len -= (size_t)len;
    return 0;
}

static int take_fixed(const struct reading *reading, struct sv *rest, unsigned size, uint64_t *value) {
    struct sv bytes = {NULL, 0};
    if (take_bytes(reading, rest, size, &bytes)) return -1;
    *value = 0;
    for (unsigned i = 0; i < size; i++) *value |= (uint64_t)(unsigned char)bytes.data[i] << (8 * i);
    return 0;
}

/* The next field: 1, 0 at the end of the message, -1. */
static int next_field(const struct reading *reading, struct sv *rest, struct field *field) {
    uint64_t key;
    if (!rest->len) return 0;
    const char *start = rest->data;
    if (take_varint(reading, rest, &key)) return -1;
    if (!(key >> 3) || key >> 3 > 0x1fffffff) return fail(reading, start, "a field has a number that there is none of");
    *field = (struct field){.number = (uint32_t)(key >> 3), .wire = (enum wire)(key & 7)};
    switch (key & 7) {
    case WIRE_VARINT: return take_varint(reading, rest, &field->value) ? -1 : 1;
    case WIRE_FIXED64: return take_fixed(reading, rest, 8, &field->value) ? -1 : 1;
    case WIRE_FIXED32: return take_fixed(reading, rest, 4, &field->value) ? -1 : 1;
    case WIRE_BYTES:
        if (take_varint(reading, rest, &key) || take_bytes(reading, rest, key, &field->bytes)) return -1;
        return 1;
    default: return fail(reading, start, "a field has a kind that there is none of");
    }
}

static bool is(const struct field *field, uint32_t number, enum wire wire) {
    return field->number == number && field->wire == wire;
}

/* ---- parts ---- */

static int count_part(struct reading *reading) {
    if (++reading->parts <= ONNX_PARTS_MOST) return 0;
    return err_set(reading->err, ERR_USAGE, "more than %d parts", ONNX_PARTS_MOST);
}

static int put_text(struct reading *reading, json_t *object, const char *key, struct sv text) {
    if (text.len > MODEL_NAME_MOST) return fail(reading, text.data, "a name is too long");
    json_put(object, key, json_text(text.data, text.len));
    return 0;
}

static int add_text(struct reading *reading, json_t *list, struct sv text) {
    if (count_part(reading)) return -1;
    if (text.len > MODEL_NAME_MOST) return fail(reading, text.data, "a name is too long");
    json_array_append_new(list, json_text(text.data, text.len));
    return 0;
}

static json_t *number_json(uint64_t value) { return json_integer((json_int_t)(int64_t)value); }

/* StringStringEntryProto, into {key: value}. A key that comes twice keeps the later value, as readers of the format do. */
static int read_entry(struct reading *reading, struct sv message, json_t *object) {
    struct field field;
    struct sv key = SV(""), value = SV("");
    int more;
    while ((more = next_field(reading, &message, &field)) > 0) {
        if (is(&field, 1, WIRE_BYTES)) key = field.bytes;
        if (is(&field, 2, WIRE_BYTES)) value = field.bytes;
    }
    if (more < 0 || count_part(reading)) return -1;
    if (key.len > MODEL_NAME_MOST || value.len > MODEL_NAME_MOST * 64u)
        return fail(reading, message.data, "a property is too long");
    scoped(str) name = STR_INIT;
    str_append_utf8(&name, key.data, key.len);
    json_object_setn_new(object, name.data, name.len, json_text(value.data, value.len));
    return 0;
}

static const struct {
    const char *name;
    unsigned bits; /* 0: of any length */
} element_types[] = {
    {"undefined", 0},      {"float32", 32},  {"uint8", 8},        {"int8", 8},           {"uint16", 16},
    {"int16", 16},         {"int32", 32},    {"int64", 64},       {"string", 0},         {"bool", 8},
    {"float16", 16},       {"float64", 64},  {"uint32", 32},      {"uint64", 64},        {"complex64", 64},
    {"complex128", 128},   {"bfloat16", 16}, {"float8e4m3fn", 8}, {"float8e4m3fnuz", 8}, {"float8e5m2", 8},
    {"float8e5m2fnuz", 8}, {"uint4", 4},     {"int4", 4},         {"float4e2m1", 4},
};

static json_t *type_json(uint64_t type) {
    if (type < LENGTH(element_types)) return json_string(element_types[type].name);
    return json_sprintf("type %llu", (unsigned long long)type);
}

/* ---- values: inputs and outputs ---- */

/* A dimension: a number, a name, or null. */
static int read_dimension(struct reading *reading, struct sv message, json_t *shape) {
    struct field field;
    json_t *dimension = json_null();
    int more, fault = count_part(reading);
    while (!fault && (more = next_field(reading, &message, &field)) != 0) {
        if (more < 0) fault = -1;
        if (more > 0 && is(&field, 1, WIRE_VARINT)) json_decref(dimension), dimension = number_json(field.value);
        if (more > 0 && is(&field, 2, WIRE_BYTES) && field.bytes.len <= MODEL_NAME_MOST)
            json_decref(dimension), dimension = json_text(field.bytes.data, field.bytes.len);
    }
    json_array_append_new(shape, dimension);
    return fault;
}

static int read_shape(struct reading *reading, struct sv message, json_t *shape) {
    struct field field;
    int more;
    while ((more = next_field(reading, &message, &field)) > 0)
        if (is(&field, 1, WIRE_BYTES) && read_dimension(reading, field.bytes, shape)) return -1;
    return more;
}

static int read_tensor_type(struct reading *reading, struct sv message, json_t *value) {
    struct field field;
    int more;
    while ((more = next_field(reading, &message, &field)) > 0) {
        if (is(&field, 1, WIRE_VARINT)) json_put(value, "type", type_json(field.value));
        if (!is(&field, 2, WIRE_BYTES)) continue;
        json_t *shape = json_array();
        json_put(value, "shape", shape);
        if (read_shape(reading, field.bytes, shape)) return -1;
    }
    return more;
}

static int read_type(struct reading *reading, struct sv message, json_t *value) {
    static const char *const others[] = {
        [4] = "sequence", [5] = "map", [7] = "opaque", [8] = "sparse", [9] = "optional"};
    struct field field;
    int more;
    while ((more = next_field(reading, &message, &field)) > 0) {
        if (is(&field, 1, WIRE_BYTES) && read_tensor_type(reading, field.bytes, value)) return -1;
        if (field.wire == WIRE_BYTES && field.number < LENGTH(others) && others[field.number])
            json_put(value, "type", json_string(others[field.number]));
    }
    return more;
}

static int read_value(struct reading *reading, struct sv message, json_t *list) {
    struct field field;
    json_t *value = json_object();
    int more;
    json_array_append_new(list, value);
    if (count_part(reading)) return -1;
    json_put(value, "name", json_string(""));
    json_put(value, "type", json_string("undefined"));
    while ((more = next_field(reading, &message, &field)) > 0) {
        if (is(&field, 1, WIRE_BYTES) && put_text(reading, value, "name", field.bytes)) return -1;
        if (is(&field, 2, WIRE_BYTES) && read_type(reading, field.bytes, value)) return -1;
    }
    return more;
}

/* ---- tensors ---- */

struct tensor {
    json_t *value, *shape, *external; /* external: {key: value}, NULL for none */
    uint64_t type, elements;
    size_t bytes; /* of the fields that hold its data */
    bool is_raw, is_external;
};

static int add_dimension(struct reading *reading, struct tensor *tensor, const char *at, uint64_t count) {
    if (count_part(reading)) return -1;
    if (count > INT64_MAX || __builtin_mul_overflow(tensor->elements, count, &tensor->elements))
        return fail(reading, at, "an initializer has a shape that there is no room for");
    json_array_append_new(tensor->shape, number_json(count));
    return 0;
}

static int add_dimensions(struct reading *reading, struct tensor *tensor, struct sv packed) {
    while (packed.len) {
        const char *at = packed.data;
        uint64_t count;
        if (take_varint(reading, &packed, &count) || add_dimension(reading, tensor, at, count)) return -1;
    }
    return 0;
}

static int take_tensor_field(struct reading *reading, struct tensor *tensor, const struct field *field,
                             const char *at) {
    enum { DIMS = 1, TYPE = 2, NAME = 8, RAW = 9, EXTERNAL = 13, LOCATION = 14 };
    if (is(field, DIMS, WIRE_VARINT)) return add_dimension(reading, tensor, at, field->value);
    if (is(field, DIMS, WIRE_BYTES)) return add_dimensions(reading, tensor, field->bytes);
    if (is(field, NAME, WIRE_BYTES)) return put_text(reading, tensor->value, "name", field->bytes);
    if (is(field, TYPE, WIRE_VARINT)) tensor->type = field->value;
    if (is(field, LOCATION, WIRE_VARINT)) tensor->is_external = field->value == 1;
    if (is(field, RAW, WIRE_BYTES)) tensor->is_raw = true, tensor->bytes = field->bytes.len;
    if (is(field, EXTERNAL, WIRE_BYTES)) {
        if (!tensor->external) tensor->external = json_object();
        return read_entry(reading, field->bytes, tensor->external);
    }
    return 0;
}

static int check_raw_size(struct reading *reading, const struct tensor *tensor, const char *at) {
    unsigned bits = tensor->type < LENGTH(element_types) ? element_types[tensor->type].bits : 0;
    uint64_t all;
    if (!tensor->is_raw || tensor->is_external || !bits) return 0;
    if (!__builtin_mul_overflow(tensor->elements, (uint64_t)bits, &all) && all / 8 + (all % 8 != 0) == tensor->bytes)
        return 0;
    return fail(reading, at, "an initializer has another size than its type and shape say");
}

/* Data that lies in a file of its own: the path is as hostile as the rest. */
static int note_external(struct reading *reading, struct tensor *tensor) {
    json_t *location = json_object_get(tensor->external, "location");
    if (!location) return err_set(reading->err, ERR_USAGE, "an initializer lies in another file that is not named");
    json_put(tensor->value, "external", json_incref(tensor->external));
    size_t index;
    json_t *known;
    json_array_foreach(reading->external, index, known) if (json_equal(known, location)) return 0;
    if (json_array_size(reading->external) >= 100)
        return err_set(reading->err, ERR_USAGE, "more than 100 files with data of initializers");
    json_array_append(reading->external, location);
    return 0;
}

static int finish_tensor(struct reading *reading, struct tensor *tensor, const char *at) {
    json_put(tensor->value, "type", type_json(tensor->type));
    json_put(tensor->value, "bytes", json_integer((json_int_t)tensor->bytes));
    if (check_raw_size(reading, tensor, at)) return -1;
    return tensor->is_external ? note_external(reading, tensor) : 0;
}

static int read_tensor_fields(struct reading *reading, struct sv message, struct tensor *tensor) {
    static const uint32_t data[] = {4, 5, 6, 7, 10, 11}; /* float_data, int32_data … */
    struct field field;
    int more;
    for (const char *at = message.data; (more = next_field(reading, &message, &field)) > 0; at = message.data) {
        if (take_tensor_field(reading, tensor, &field, at)) return -1;
        for (size_t i = 0; i < LENGTH(data); i++)
            if (field.number == data[i]) tensor->bytes += (size_t)(message.data - at);
    }
    return more;
}

static int read_tensor(struct reading *reading, struct sv message) {
    struct tensor tensor = {.value = json_object(), .shape = json_array(), .elements = 1};
    json_array_append_new(reading->initializers, tensor.value);
    json_put(tensor.value, "name", json_string(""));
    json_put(tensor.value, "shape", tensor.shape);
    int fault = count_part(reading) || read_tensor_fields(reading, message, &tensor) ||
                finish_tensor(reading, &tensor, message.data);
    json_decref(tensor.external);
    return fault ? -1 : 0;
}

/* ---- graphs ---- */

static int read_graph(struct reading *reading, struct sv message, int depth, json_t *model);

/* An attribute may hold tensors and graphs: the bodies of If, Loop and Scan. */
static int read_attribute(struct reading *reading, struct sv message, int depth) {
    enum { TENSOR = 5, GRAPH = 6, TENSORS = 10, GRAPHS = 11 };
    struct field field;
    int more;
    while ((more = next_field(reading, &message, &field)) > 0) {
        if ((is(&field, GRAPH, WIRE_BYTES) || is(&field, GRAPHS, WIRE_BYTES)) &&
            read_graph(reading, field.bytes, depth + 1, NULL))
            return -1;
        if ((is(&field, TENSOR, WIRE_BYTES) || is(&field, TENSORS, WIRE_BYTES)) && read_tensor(reading, field.bytes))
            return -1;
    }
    return more;
}

static int take_node_field(struct reading *reading, json_t *node, const struct field *field, int depth) {
    enum { INPUT = 1, OUTPUT = 2, NAME = 3, OP = 4, ATTRIBUTE = 5, DOMAIN = 7 };
    if (field->wire != WIRE_BYTES) return 0;
    switch (field->number) {
    case INPUT: return add_text(reading, json_object_get(node, "inputs"), field->bytes);
    case OUTPUT: return add_text(reading, json_object_get(node, "outputs"), field->bytes);
    case NAME: return put_text(reading, node, "name", field->bytes);
    case OP: return put_text(reading, node, "op", field->bytes);
    case DOMAIN: return put_text(reading, node, "domain", field->bytes);
    case ATTRIBUTE: return read_attribute(reading, field->bytes, depth);
    default: return 0;
    }
}

static int read_node(struct reading *reading, struct sv message, int depth) {
    struct field field;
    json_t *node = json_pack("{s:s, s:s, s:s, s:[], s:[], s:i}", "op", "", "domain", "", "name", "", "inputs",
                             "outputs", "depth", depth);
    int more;
    json_array_append_new(reading->nodes, node);
    if (count_part(reading)) return -1;
    while ((more = next_field(reading, &message, &field)) > 0)
        if (take_node_field(reading, node, &field, depth)) return -1;
    return more;
}

/* Of a sparse initializer the values and the indices, which are tensors. */
static int read_sparse(struct reading *reading, struct sv message) {
    struct field field;
    int more;
    while ((more = next_field(reading, &message, &field)) > 0)
        if ((is(&field, 1, WIRE_BYTES) || is(&field, 2, WIRE_BYTES)) && read_tensor(reading, field.bytes)) return -1;
    return more;
}

/* `model` gets name, inputs and outputs; NULL for a graph in a node. */
static int take_graph_field(struct reading *reading, const struct field *field, int depth, json_t *model) {
    enum { NODE = 1, NAME = 2, INITIALIZER = 5, INPUT = 11, OUTPUT = 12, SPARSE = 15 };
    if (field->wire != WIRE_BYTES) return 0;
    switch (field->number) {
    case NODE: return read_node(reading, field->bytes, depth);
    case INITIALIZER: return read_tensor(reading, field->bytes);
    case SPARSE: return read_sparse(reading, field->bytes);
    case NAME: return model ? put_text(reading, model, "graph", field->bytes) : 0;
    case INPUT: return model ? read_value(reading, field->bytes, json_object_get(model, "inputs")) : 0;
    case OUTPUT: return model ? read_value(reading, field->bytes, json_object_get(model, "outputs")) : 0;
    default: return 0;
    }
}

static int read_graph(struct reading *reading, struct sv message, int depth, json_t *model) {
    struct field field;
    int more;
    if (depth > ONNX_DEPTH_MOST) return fail(reading, message.data, "graphs lie too deep in each other");
    while ((more = next_field(reading, &message, &field)) > 0)
        if (take_graph_field(reading, &field, depth, model)) return -1;
    return more;
}

/* A function of the model: its nodes are nodes as well. */
static int read_function(struct reading *reading, struct sv message) {
    enum { NODE = 7 };
    struct field field;
    int more;
    while ((more = next_field(reading, &message, &field)) > 0)
        if (is(&field, NODE, WIRE_BYTES) && read_node(reading, field.bytes, 1)) return -1;
    return more;
}

/* ---- the model ---- */

static int read_opset(struct reading *reading, struct sv message, json_t *opsets) {
    struct field field;
    json_t *opset = json_pack("{s:s, s:i}", "domain", "", "version", 0);
    int more;
    json_array_append_new(opsets, opset);
    if (count_part(reading)) return -1;
    while ((more = next_field(reading, &message, &field)) > 0) {
        if (is(&field, 1, WIRE_BYTES) && put_text(reading, opset, "domain", field.bytes)) return -1;
        if (is(&field, 2, WIRE_VARINT)) json_put(opset, "version", number_json(field.value));
    }
    return more;
}

static int take_model_field(struct reading *reading, json_t *model, const struct field *field, bool *has_graph) {
    enum { IR = 1, PRODUCER = 2, GRAPH = 7, OPSET = 8, METADATA = 14, FUNCTION = 25 };
    if (is(field, IR, WIRE_VARINT)) json_put(model, "ir_version", number_json(field->value));
    if (field->wire != WIRE_BYTES) return 0;
    switch (field->number) {
    case PRODUCER: return put_text(reading, model, "producer", field->bytes);
    case OPSET: return read_opset(reading, field->bytes, json_object_get(model, "opsets"));
    case METADATA: return read_entry(reading, field->bytes, json_object_get(model, "metadata"));
    case FUNCTION: return read_function(reading, field->bytes);
    case GRAPH:
        if (*has_graph) return fail(reading, field->bytes.data, "there is a second graph");
        *has_graph = true;
        return read_graph(reading, field->bytes, 0, model);
    default: return 0;
    }
}

static int read_model(struct reading *reading, json_t *model) {
    struct field field;
    struct sv rest = reading->file;
    bool has_graph = false;
    int more;
    while ((more = next_field(reading, &rest, &field)) > 0)
        if (take_model_field(reading, model, &field, &has_graph)) return -1;
    if (more < 0) return -1;
    if (!has_graph || !json_object_get(model, "ir_version"))
        return err_set(reading->err, ERR_USAGE, "it has no %s, and so is no model", has_graph ? "ir_version" : "graph");
    return 0;
}

json_t *onnx_read(struct sv bytes, struct err *err) {
    struct reading reading = {
        .file = bytes, .nodes = json_array(), .initializers = json_array(), .external = json_array(), .err = err};
    json_t *model = json_pack("{s:s, s:s, s:[], s:[], s:[], s:{}}", "producer", "", "graph", "", "opsets", "inputs",
                              "outputs", "metadata");
    json_put(model, "nodes", reading.nodes);
    json_put(model, "initializers", reading.initializers);
    json_put(model, "external", reading.external);
    if (!read_model(&reading, model)) return model;
    json_decref(model);
    return NULL;
}
