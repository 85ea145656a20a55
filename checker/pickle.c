/*
 * Pickles, as a list of opcodes. Names of globals may come from the stack (STACK_GLOBAL), so the stack is followed as far as texts
 * go: it holds texts where they are written down, and blanks for everything else. Nothing is built, and nothing is called.
 */
#include "base/json.h"
#include "checker/modelfile.h"

enum argument {
    ARG_NONE,
    ARG_UINT1,
    ARG_UINT2,
    ARG_INT4,
    ARG_UINT4,
    ARG_UINT8,
    ARG_FLOAT8,
    ARG_LINE,
    ARG_LINES, /* two: module and name */
    ARG_TEXT1, /* bytes behind their number, of so many bytes */
    ARG_TEXT4,
    ARG_TEXT8,
};

/* What becomes of the stack. */
enum effect {
    KEEPS,  /* takes `takes`, puts `puts` */
    TEXT,   /* puts its argument, which is a text */
    QUOTED, /* the same, in quotes */
    MARKS,
    DROPS, /* one, a mark too */
    COPIES,
    TO_MARK, /* takes all down to the mark, and it; then as KEEPS */
    STORES,
    FETCHES,
    NAMES,       /* a global by its argument */
    NAMES_STACK, /* by two texts of the stack */
    NAMES_CODE,  /* by a number that only the reader's registry knows */
    ENDS,
};

struct opcode {
    unsigned char code;
    const char *name;
    enum argument argument;
    enum effect effect;
    unsigned takes, puts;
};

static const struct opcode opcodes[] = {
    {'(', "MARK", ARG_NONE, MARKS, 0, 0},
    {'.', "STOP", ARG_NONE, ENDS, 1, 0},
    {'0', "POP", ARG_NONE, DROPS, 0, 0},
    {'1', "POP_MARK", ARG_NONE, TO_MARK, 0, 0},
    {'2', "DUP", ARG_NONE, COPIES, 0, 0},
    {'F', "FLOAT", ARG_LINE, KEEPS, 0, 1},
    {'I', "INT", ARG_LINE, KEEPS, 0, 1},
    {'J', "BININT", ARG_INT4, KEEPS, 0, 1},
    {'K', "BININT1", ARG_UINT1, KEEPS, 0, 1},
    {'L', "LONG", ARG_LINE, KEEPS, 0, 1},
    {'M', "BININT2", ARG_UINT2, KEEPS, 0, 1},
    {'N', "NONE", ARG_NONE, KEEPS, 0, 1},
    {'P', "PERSID", ARG_LINE, KEEPS, 0, 1},
    {'Q', "BINPERSID", ARG_NONE, KEEPS, 1, 1},
    {'R', "REDUCE", ARG_NONE, KEEPS, 2, 1},
    {'S', "STRING", ARG_LINE, QUOTED, 0, 1},
    {'T', "BINSTRING", ARG_TEXT4, TEXT, 0, 1},
    {'U', "SHORT_BINSTRING", ARG_TEXT1, TEXT, 0, 1},
    {'V', "UNICODE", ARG_LINE, TEXT, 0, 1},
    {'X', "BINUNICODE", ARG_TEXT4, TEXT, 0, 1},
    {'a', "APPEND", ARG_NONE, KEEPS, 2, 1},
    {'b', "BUILD", ARG_NONE, KEEPS, 2, 1},
    {'c', "GLOBAL", ARG_LINES, NAMES, 0, 1},
    {'d', "DICT", ARG_NONE, TO_MARK, 0, 1},
    {'}', "EMPTY_DICT", ARG_NONE, KEEPS, 0, 1},
    {'e', "APPENDS", ARG_NONE, TO_MARK, 1, 1},
    {'g', "GET", ARG_LINE, FETCHES, 0, 1},
    {'h', "BINGET", ARG_UINT1, FETCHES, 0, 1},
    {'i', "INST", ARG_LINES, NAMES, 0, 1},
    {'j', "LONG_BINGET", ARG_UINT4, FETCHES, 0, 1},
    {'l', "LIST", ARG_NONE, TO_MARK, 0, 1},
    {']', "EMPTY_LIST", ARG_NONE, KEEPS, 0, 1},
    {'o', "OBJ", ARG_NONE, TO_MARK, 0, 1},
    {'p', "PUT", ARG_LINE, STORES, 0, 0},
    {'q', "BINPUT", ARG_UINT1, STORES, 0, 0},
    {'r', "LONG_BINPUT", ARG_UINT4, STORES, 0, 0},
    {'s', "SETITEM", ARG_NONE, KEEPS, 3, 1},
    {'t', "TUPLE", ARG_NONE, TO_MARK, 0, 1},
    {')', "EMPTY_TUPLE", ARG_NONE, KEEPS, 0, 1},
    {'u', "SETITEMS", ARG_NONE, TO_MARK, 1, 1},
    {'G', "BINFLOAT", ARG_FLOAT8, KEEPS, 0, 1},
    {0x80, "PROTO", ARG_UINT1, KEEPS, 0, 0},
    {0x81, "NEWOBJ", ARG_NONE, KEEPS, 2, 1},
    {0x82, "EXT1", ARG_UINT1, NAMES_CODE, 0, 1},
    {0x83, "EXT2", ARG_UINT2, NAMES_CODE, 0, 1},
    {0x84, "EXT4", ARG_INT4, NAMES_CODE, 0, 1},
    {0x85, "TUPLE1", ARG_NONE, KEEPS, 1, 1},
    {0x86, "TUPLE2", ARG_NONE, KEEPS, 2, 1},
    {0x87, "TUPLE3", ARG_NONE, KEEPS, 3, 1},
    {0x88, "NEWTRUE", ARG_NONE, KEEPS, 0, 1},
    {0x89, "NEWFALSE", ARG_NONE, KEEPS, 0, 1},
    {0x8a, "LONG1", ARG_TEXT1, KEEPS, 0, 1},
    {0x8b, "LONG4", ARG_TEXT4, KEEPS, 0, 1},
    {'B', "BINBYTES", ARG_TEXT4, KEEPS, 0, 1},
    {'C', "SHORT_BINBYTES", ARG_TEXT1, KEEPS, 0, 1},
    {0x8c, "SHORT_BINUNICODE", ARG_TEXT1, TEXT, 0, 1},
    {0x8d, "BINUNICODE8", ARG_TEXT8, TEXT, 0, 1},
    {0x8e, "BINBYTES8", ARG_TEXT8, KEEPS, 0, 1},
    {0x8f, "EMPTY_SET", ARG_NONE, KEEPS, 0, 1},
    {0x90, "ADDITEMS", ARG_NONE, TO_MARK, 1, 1},
    {0x91, "FROZENSET", ARG_NONE, TO_MARK, 0, 1},
    {0x92, "NEWOBJ_EX", ARG_NONE, KEEPS, 3, 1},
    {0x93, "STACK_GLOBAL", ARG_NONE, NAMES_STACK, 2, 1},
    {0x94, "MEMOIZE", ARG_NONE, STORES, 0, 0},
    {0x95, "FRAME", ARG_UINT8, KEEPS, 0, 0},
    {0x96, "BYTEARRAY8", ARG_TEXT8, KEEPS, 0, 1},
    {0x97, "NEXT_BUFFER", ARG_NONE, KEEPS, 0, 1},
    {0x98, "READONLY_BUFFER", ARG_NONE, KEEPS, 1, 1},
};

enum { PROTOCOL_MOST = 5, ARGUMENT_SHOWN = 200 };

/* On the stack: a text, where data is not NULL; a mark; or anything else. */
struct item {
    const char *data;
    size_t len;
    bool mark;
};

struct argument_value {
    struct sv text, second; /* of ARG_LINE, ARG_LINES and ARG_TEXT… */
    uint64_t number;        /* of the others; a float's bits */
};

struct reading {
    struct sv bytes;
    size_t at, op_at;
    const struct opcode *op;
    array(struct item) stack;
    array(struct item) memo;
    size_t stored; /* how often something was, which is the next number of MEMOIZE */
    size_t count;
    json_t *ops, *globals;
    long long protocol;
    struct err *err;
};

static void reading_release(struct reading *reading) {
    array_free(&reading->stack);
    array_free(&reading->memo);
    json_decref(reading->ops);
    json_decref(reading->globals);
}

static int fail(struct reading *reading, const char *what) {
    return err_set(reading->err, ERR_USAGE, "byte %zu: %s %s", reading->op_at, reading->op ? reading->op->name : "it",
                   what);
}

/* ---- arguments ---- */

static size_t left(const struct reading *reading) { return reading->bytes.len - reading->at; }

static int take_number(struct reading *reading, unsigned size, uint64_t *number) {
    if (left(reading) < size) return fail(reading, "is cut off");
    *number = 0;
    for (unsigned i = 0; i < size; i++)
        *number |= (uint64_t)(unsigned char)reading->bytes.data[reading->at + i] << (8 * i);
    reading->at += size;
    return 0;
}

static int take_line(struct reading *reading, struct sv *line) {
    const char *start = reading->bytes.data + reading->at, *end = memchr(start, '\n', left(reading));
    if (!end) return fail(reading, "has a line without an end");
    *line = (struct sv){start, (size_t)(end - start)};
    reading->at += line->len + 1;
    return 0;
}

static int take_text(struct reading *reading, unsigned size, struct sv *text) {
    uint64_t len = 0;
    if (take_number(reading, size, &len)) return -1;
    if (len > left(reading)) return fail(reading, "is longer than the file");
    *text = (struct sv){reading->bytes.data + reading->at, (size_t)len};
    reading->at += (size_t)len;
    return 0;
}

static int take_argument(struct reading *reading, struct argument_value *value) {
    switch (reading->op->argument) {
    case ARG_NONE: return 0;
    case ARG_UINT1: return take_number(reading, 1, &value->number);
    case ARG_UINT2: return take_number(reading, 2, &value->number);
    case ARG_INT4:
    case ARG_UINT4: return take_number(reading, 4, &value->number);
    case ARG_UINT8:
    case ARG_FLOAT8: return take_number(reading, 8, &value->number);
    case ARG_LINE: return take_line(reading, &value->text);
    case ARG_LINES: return take_line(reading, &value->text) || take_line(reading, &value->second) ? -1 : 0;
    case ARG_TEXT1: return take_text(reading, 1, &value->text);
    case ARG_TEXT4: return take_text(reading, 4, &value->text);
    case ARG_TEXT8: return take_text(reading, 8, &value->text);
    }
    return 0;
}

static json_t *clipped(struct sv text) {
    return json_text(text.data, text.len < ARGUMENT_SHOWN ? text.len : ARGUMENT_SHOWN);
}

static json_t *argument_json(const struct reading *reading, const struct argument_value *value) {
    switch (reading->op->argument) {
    case ARG_NONE:
    case ARG_FLOAT8: return NULL;
    case ARG_UINT1:
    case ARG_UINT2:
    case ARG_UINT4: return json_integer((json_int_t)value->number);
    case ARG_INT4: return json_integer((int32_t)(uint32_t)value->number);
    case ARG_UINT8: return json_integer(value->number > INT64_MAX ? INT64_MAX : (json_int_t)value->number);
    case ARG_LINES: return json_pack("[o, o]", clipped(value->text), clipped(value->second));
    case ARG_LINE:
    case ARG_TEXT1:
    case ARG_TEXT4:
    case ARG_TEXT8: return clipped(value->text);
    }
    return NULL;
}

static void list_op(struct reading *reading, const struct argument_value *value) {
    if (json_array_size(reading->ops) >= PICKLE_OPS_LISTED) return;
    json_t *op = json_object(), *argument = argument_json(reading, value);
    json_put(op, "at", json_integer((json_int_t)reading->op_at));
    json_put(op, "name", json_string(reading->op->name));
    if (argument) json_put(op, "arg", argument);
    json_array_append_new(reading->ops, op);
}

/* ---- the stack ---- */

static void push(struct reading *reading, struct item item) { *array_push(&reading->stack) = item; }

static int pop(struct reading *reading, struct item *item) {
    if (!reading->stack.count) return fail(reading, "finds the stack empty");
    *item = reading->stack.items[--reading->stack.count];
    return 0;
}

static int pop_values(struct reading *reading, unsigned count) {
    struct item item = {0};
    for (unsigned i = 0; i < count; i++) {
        if (pop(reading, &item)) return -1;
        if (item.mark) return fail(reading, "finds a mark on the stack");
    }
    return 0;
}

static int pop_to_mark(struct reading *reading) {
    struct item item = {0};
    while (!item.mark)
        if (pop(reading, &item)) return -1;
    return 0;
}

static void put_values(struct reading *reading) {
    for (unsigned i = 0; i < reading->op->puts; i++) push(reading, (struct item){0});
}

static int copy_top(struct reading *reading) {
    struct item item;
    if (pop(reading, &item)) return -1;
    push(reading, item);
    push(reading, item);
    return 0;
}

/* A text whose escapes would have to be understood is a blank. */
static struct item text_item(struct sv text) {
    if (memchr(text.data, '\\', text.len)) return (struct item){0};
    return (struct item){.data = text.data, .len = text.len};
}

static struct item quoted_item(struct sv text) {
    bool quoted = text.len >= 2 && (*text.data == '\'' || *text.data == '"') && text.data[text.len - 1] == *text.data;
    return quoted ? text_item((struct sv){text.data + 1, text.len - 2}) : (struct item){0};
}

/* ---- the memo ---- */

/* The number of an entry; of PUT and GET in decimals. */
static int memo_number(struct reading *reading, const struct argument_value *value, size_t *number) {
    uint64_t found = value->number;
    if (reading->op->argument == ARG_NONE) found = reading->stored;
    if (reading->op->argument == ARG_LINE) {
        found = 0;
        if (!value->text.len || value->text.len > 7) return fail(reading, "has a number that nobody would use");
        for (size_t i = 0; i < value->text.len; i++) {
            unsigned digit = (unsigned)(unsigned char)value->text.data[i] - '0';
            if (digit > 9) return fail(reading, "has no number");
            found = found * 10 + digit;
        }
    }
    if (found >= PICKLE_OPS_MOST) return fail(reading, "has a number that nobody would use");
    *number = (size_t)found;
    return 0;
}

static int store(struct reading *reading, const struct argument_value *value) {
    size_t number;
    struct item item;
    if (memo_number(reading, value, &number) || pop(reading, &item)) return -1;
    push(reading, item);
    while (reading->memo.count <= number) *array_push(&reading->memo) = (struct item){.mark = true};
    reading->stored += reading->memo.items[number].mark;
    if (item.mark) return fail(reading, "would store a mark");
    reading->memo.items[number] = item;
    return 0;
}

static int fetch(struct reading *reading, const struct argument_value *value) {
    size_t number;
    if (memo_number(reading, value, &number)) return -1;
    if (number >= reading->memo.count || reading->memo.items[number].mark)
        return fail(reading, "fetches what was never stored");
    push(reading, reading->memo.items[number]);
    return 0;
}

/* ---- globals ---- */

static json_t *name_json(struct item name) { return name.data ? json_text(name.data, name.len) : json_string("?"); }

static int add_global(struct reading *reading, struct item module, struct item name) {
    if (json_array_size(reading->globals) >= PICKLE_GLOBALS_MOST)
        return err_set(reading->err, ERR_USAGE, "more than %d globals", PICKLE_GLOBALS_MOST);
    if (module.len > MODEL_NAME_MOST || name.len > MODEL_NAME_MOST) return fail(reading, "has too long a name");
    json_t *global = json_object();
    json_put(global, "at", json_integer((json_int_t)reading->op_at));
    json_put(global, "op", json_string(reading->op->name));
    json_put(global, "module", name_json(module));
    json_put(global, "name", name_json(name));
    json_array_append_new(reading->globals, global);
    return 0;
}

static int name_global(struct reading *reading, const struct argument_value *value) {
    if (reading->op->code == 'i' && pop_to_mark(reading)) return -1;
    struct item module = {.data = value->text.data, .len = value->text.len};
    return add_global(reading, module, (struct item){.data = value->second.data, .len = value->second.len});
}

static int name_from_stack(struct reading *reading) {
    struct item name, module;
    if (pop(reading, &name) || pop(reading, &module)) return -1;
    return add_global(reading, module, name);
}

/* ---- opcodes ---- */

static int follow(struct reading *reading, const struct argument_value *value) {
    struct item item;
    switch (reading->op->effect) {
    case TEXT: push(reading, text_item(value->text)); return 0;
    case QUOTED: push(reading, quoted_item(value->text)); return 0;
    case MARKS: push(reading, (struct item){.mark = true}); return 0;
    case DROPS: return pop(reading, &item);
    case COPIES: return copy_top(reading);
    case STORES: return store(reading, value);
    case FETCHES: return fetch(reading, value);
    case TO_MARK:
        if (pop_to_mark(reading)) return -1;
        break;
    case NAMES:
        if (name_global(reading, value)) return -1;
        put_values(reading);
        return 0;
    case NAMES_STACK:
        if (name_from_stack(reading)) return -1;
        put_values(reading);
        return 0;
    case NAMES_CODE:
        if (add_global(reading, (struct item){0}, (struct item){0})) return -1;
        break;
    case KEEPS:
    case ENDS: break;
    }
    if (pop_values(reading, reading->op->takes)) return -1;
    put_values(reading);
    return 0;
}

static const struct opcode *find_opcode(unsigned char code) {
    for (size_t i = 0; i < LENGTH(opcodes); i++)
        if (opcodes[i].code == code) return &opcodes[i];
    return NULL;
}

static int read_protocol(struct reading *reading, const struct argument_value *value) {
    if (reading->op->code != 0x80) return 0;
    if (value->number > PROTOCOL_MOST) return fail(reading, "names a protocol that there is none of");
    reading->protocol = (long long)value->number;
    return 0;
}

/* One opcode; 1 when it was the last one. */
static int step(struct reading *reading) {
    struct argument_value value = {.text = SV(""), .second = SV("")};
    reading->op_at = reading->at;
    reading->op = NULL;
    if (!left(reading)) return fail(reading, "ends without STOP");
    unsigned char code = (unsigned char)reading->bytes.data[reading->at++];
    reading->op = find_opcode(code);
    if (!reading->op) return err_set(reading->err, ERR_USAGE, "byte %zu: 0x%02x is no opcode", reading->op_at, code);
    if (++reading->count > PICKLE_OPS_MOST)
        return err_set(reading->err, ERR_USAGE, "more than %d opcodes", PICKLE_OPS_MOST);
    if (take_argument(reading, &value) || read_protocol(reading, &value)) return -1;
    list_op(reading, &value);
    if (follow(reading, &value)) return -1;
    return reading->op->effect == ENDS;
}

json_t *pickle_read(struct sv bytes, struct err *err) {
    scoped(reading) reading = {.bytes = bytes, .ops = json_array(), .globals = json_array(), .err = err};
    int done = 0;
    if (bytes.len >= 4 && !memcmp(bytes.data, "PK\3\4", 4)) {
        err_set(err, ERR_USAGE, "it is a zip archive, which may hold pickles");
        return NULL;
    }
    while (!done) done = step(&reading);
    if (done < 0) return NULL;
    json_t *result = json_object();
    json_put(result, "protocol", json_integer(reading.protocol));
    json_put(result, "count", json_integer((json_int_t)reading.count));
    json_put(result, "ops", json_incref(reading.ops));
    json_put(result, "globals", json_incref(reading.globals));
    json_put(result, "rest", json_integer((json_int_t)(bytes.len - reading.at)));
    return result;
}
