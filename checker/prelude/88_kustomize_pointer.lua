-- kustomize, third part: patches by JSON Patch. Source: RFC 6902 and, for paths, RFC 6901; as in kustomize, `replace`
-- sets a field that was not there.

local lab = lab
local kustomize = lab.k8s.kustomize_parts
local structure = lab.structure
local is_map, is_list = kustomize.is_map, kustomize.is_list

local operation = lab.k8s.object {
  required = "op path", any = "value",
  fields = {op = {choice = {"add", "copy", "move", "remove", "replace", "test"}}, path = "text", from = "text"},
  also = function(judge, value, lines)
    local needs = (value.op == "copy" or value.op == "move") and "from" or value.op ~= "remove" and "value"
    if needs and value[needs] == nil then
      judge:note(lines, ("%s needs '%s'"):format(structure.kind_text(value.op), needs), ("'%s'"):format(needs))
    end
  end,
}
local operations = {list = operation}

-- ---- places in a document ----

local function words_of(step, pointer, lines)
  if pointer:sub(1, 1) ~= "/" then
    step:fail(lines, ("the path %s does not begin with /"):format(lab.quote(pointer)), "a path such as /spec/replicas")
  end
  local words = {}
  for word in pointer:gmatch("/([^/]*)") do words[#words + 1] = word:gsub("~1", "/"):gsub("~0", "~") end
  return words
end

local function nowhere(step, pointer, lines)
  step:fail(lines, ("there is no %s in %s %s"):format(pointer, step.object.value.kind,
    step.object.value.metadata.name), "a path of the object")
end

--- The key of a list or map that a word means; of a list nil when it is no index up to `last`.
local function key_of(value, word, last)
  if not is_list(value) then return word end
  local index = word:find("^%d+$") and #word < 10 and math.tointeger(tonumber(word))
  return index and index < last and index + 1 or nil
end

--- The map or list that holds what a pointer means, its lines, and the last word.
local function holder_of(step, pointer, lines)
  local words = words_of(step, pointer, lines)
  local value, value_lines = step.object.value, step.object.lines
  for i = 1, #words - 1 do
    local key = key_of(value, words[i], is_list(value) and #value)
    if key == nil or type(value[key]) ~= "table" then nowhere(step, pointer, lines) end
    value, value_lines = value[key], value_lines[2][key]
  end
  return value, value_lines, words[#words]
end

local function read(step, pointer, lines)
  local holder, holder_lines, word = holder_of(step, pointer, lines)
  local key = key_of(holder, word, is_list(holder) and #holder)
  if key == nil or holder[key] == nil then nowhere(step, pointer, lines) end
  return holder[key], holder_lines[2][key]
end

local function put(step, pointer, lines, item, item_lines, replaces)
  local holder, holder_lines, word = holder_of(step, pointer, lines)
  if is_map(holder) then return kustomize.set(holder, holder_lines, word, item, item_lines) end
  local key = word == "-" and not replaces and #holder + 1 or key_of(holder, word, #holder + (replaces and 0 or 1))
  if not key then nowhere(step, pointer, lines) end
  if replaces then return kustomize.set(holder, holder_lines, key, item, item_lines) end
  table.insert(holder, key, item)
  table.insert(holder_lines[2], key, item_lines)
end

local function remove(step, pointer, lines)
  read(step, pointer, lines)
  local holder, holder_lines, word = holder_of(step, pointer, lines)
  if is_map(holder) then return kustomize.set(holder, holder_lines, word, nil, nil) end
  local key = key_of(holder, word, #holder)
  table.remove(holder, key)
  table.remove(holder_lines[2], key)
end

-- ---- operations, a function each ----

local apply = {}

function apply.add(step, one, lines)
  put(step, one.path, lines[2].path, kustomize.copy(step.build, one.value, lines[2].value))
end

function apply.replace(step, one, lines)
  local item, item_lines = kustomize.copy(step.build, one.value, lines[2].value)
  put(step, one.path, lines[2].path, item, item_lines, true)
end

function apply.remove(step, one, lines)
  remove(step, one.path, lines[2].path)
end

function apply.copy(step, one, lines)
  put(step, one.path, lines[2].path, kustomize.copy(step.build, read(step, one.from, lines[2].from)))
end

function apply.move(step, one, lines)
  if (one.path .. "/"):sub(1, #one.from + 1) == one.from .. "/" then
    step:fail(lines[2].path, "what is moved cannot hold the place that it goes to", "another path")
  end
  local item, item_lines = read(step, one.from, lines[2].from)
  remove(step, one.from, lines[2].from)
  put(step, one.path, lines[2].path, item, item_lines)
end

function apply.test(step, one, lines)
  local value = read(step, one.path, lines[2].path)
  if lab.difference(value, one.value) then
    step:fail(lines[2].path, ("the test fails: %s is %s"):format(one.path, structure.kind_text(value)),
      structure.kind_text(one.value))
  end
end

-- ---- patches ----

--- Judges a patch that is a list of operations.
function kustomize.judge_operations(build, patch, lines)
  build.judge:check(patch, lines, operations)
  build.judge:finish()
end

--- Applies operations to an object {value, lines}.
function kustomize.operate(build, object, patch, lines)
  local step = {build = build, object = object, fail = function(_, ...) build:fail(...) end}
  for i, one in ipairs(patch) do apply[one.op](step, one, lines[2][i]) end
end
