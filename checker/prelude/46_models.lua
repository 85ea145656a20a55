-- pickle_ops(path), safetensors(path), onnx(path): files in which models are kept, read and never run.

local lab, models, files = lab, models, files

local BYTES_MOST = 32 << 20

--- Reads a file as one of the formats; what is none is a failure.
local function read(what, path, format, kind)
  lab.enter(what)
  local wanted = type(path) == "string" and file(path) or path
  if type(wanted) ~= "table" or type(wanted.path) ~= "string" then
    lab.misuse("%s: give a path, or what file() answers", what)
  end
  local bytes, message, code = files.read(wanted.root, wanted.path, BYTES_MOST)
  if not bytes then lab.fail(lab.absent(wanted, message, code)) end
  local value, fault = lab.fitting(wanted.path, bytes, format)
  if not value then
    lab.fail {what = wanted.path, expected = kind, actual = fault, where = {file = wanted.path},
      message = ("%s is not %s: %s"):format(wanted.path, kind, fault)}
  end
  lab.count_assertion()
  return value
end

function pickle_ops(path)
  return read("pickle_ops", path, models.pickle, "a pickle")
end

function safetensors(path)
  return read("safetensors", path, models.safetensors, "a safetensors file")
end

function onnx(path)
  return read("onnx", path, models.onnx, "an ONNX model")
end
