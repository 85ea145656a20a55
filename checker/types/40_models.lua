---@meta
-- ---- files of models ----

---An opcode of a pickle.
---@class PickleOp
---@field at integer its byte
---@field name string such as "REDUCE"
---@field arg? any a number, a text of at most 200 bytes, or two texts

---A function or class that a pickle names. Whoever loads the pickle imports it.
---@class PickleGlobal
---@field at integer its byte
---@field op string "GLOBAL", "STACK_GLOBAL", "INST" or "EXT1" …
---@field module string "?" where it is not written down as a text
---@field name string "?" likewise

---What a pickle says.
---@class Pickle
---@field protocol integer 0 where none is named
---@field count integer opcodes, at most 1 000 000
---@field ops PickleOp[] the first 10 000
---@field globals PickleGlobal[] all
---@field rest integer bytes behind the pickle

---The opcodes of a pickle, and what it names; nothing is loaded. What is no pickle is a failure.
---@param path string|File at most 32 MiB
---@return Pickle
function pickle_ops(path) end

---A tensor of a safetensors file.
---@class SafeTensor
---@field name string unique in the file
---@field dtype string "F32", "BF16" …
---@field shape integer[] empty of a number
---@field bytes integer that it has
---@field from integer its first byte in the file
---@field to integer the byte behind it

---A safetensors file.
---@class SafeTensors
---@field metadata table<string, string> of the file
---@field tensors SafeTensor[] in the order of their bytes

---The header of a safetensors file. Sizes, holes, overlaps and what else breaks the format are failures.
---@param path string|File at most 32 MiB
---@return SafeTensors
function safetensors(path) end

---An input or output of a model.
---@class OnnxValue
---@field name string unique among them
---@field type string "float32", "int64", "string" …; "sequence", "map", "opaque", "sparse" or "optional"
---@field shape? (integer|string)[] numbers, names, or json.null for what is open

---A node of a model, or of a graph in one of its nodes.
---@class OnnxNode
---@field op string such as "MatMul"
---@field domain string "" of ONNX's own
---@field name string may be empty
---@field inputs string[] names
---@field outputs string[] names
---@field depth integer 0 of the model's own graph

---A tensor that comes with a model.
---@class OnnxInitializer
---@field name string unique among them
---@field type string as of OnnxValue
---@field shape integer[] empty of a number
---@field bytes integer in the file
---@field external? table<string, string> location, offset, length: where its data lies instead

---An ONNX model.
---@class Onnx
---@field ir_version integer of the format
---@field producer string what wrote it
---@field opsets {domain: string, version: integer}[] that it needs
---@field graph string its name
---@field inputs OnnxValue[] initializers may be among them
---@field outputs OnnxValue[] in their order
---@field nodes OnnxNode[] of all graphs
---@field initializers OnnxInitializer[] of all graphs
---@field external string[] paths of files with data, as hostile as the rest
---@field metadata table<string, string> of the model

---What stands in an ONNX model. What breaks the format, and an initializer whose size is not that of its shape, are failures.
---@param path string|File at most 32 MiB
---@return Onnx
function onnx(path) end
