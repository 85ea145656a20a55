#pragma once
/*
 * Readers of the files in which models are kept. They never run anything: a pickle is a program, and only its opcodes are
 * listed. What they read may be made to mislead: every size and offset is checked against the bytes that are there, depth and
 * number of parts are capped, and a file that breaks its format is refused with the place of the fault.
 *
 * Each answers a new JSON value, or NULL with err (ERR_USAGE), whose message names no file.
 */

#include <jansson.h>

#include "base/err.h"
#include "base/str.h"

enum {
    PICKLE_OPS_MOST = 1000000, /* opcodes that are followed */
    PICKLE_OPS_LISTED = 10000, /* of which are listed */
    PICKLE_GLOBALS_MOST = 10000,
    SAFETENSORS_HEADER_MOST = 8 << 20,
    ONNX_DEPTH_MOST = 16,    /* of graphs in nodes of graphs */
    ONNX_PARTS_MOST = 20000, /* nodes, initializers, inputs and so on, of all graphs together */
    MODEL_NAME_MOST = 1024,  /* bytes of a name or path */
};

/* {protocol, count, ops: [{at, name, arg?}], globals: [{at, op, module, name}], rest}: the first pickle of the bytes, and how many bytes lie
 * behind it. A name that is not written down as a text is "?". Source: CPython's pickletools.py. */
json_t *pickle_read(struct sv bytes, struct err *err);

/* {metadata, tensors: [{name, dtype, shape, bytes, from, to}]}, in the order of their offsets, which count from the file's beginning. The
 * tensors fill the file without holes or overlaps. Source: the format's README, github.com/huggingface/safetensors. */
json_t *safetensors_read(struct sv bytes, struct err *err);

/* {ir_version, producer, opsets: [{domain, version}], graph, inputs, outputs: [{name, type, shape?}], nodes: [{op, domain, name, inputs, outputs,
 * depth}], initializers: [{name, type, shape, bytes, external?}], external: [path], metadata}. Source: onnx.proto, and the wire format of
 * protocol buffers. */
json_t *onnx_read(struct sv bytes, struct err *err);
