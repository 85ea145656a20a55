-- jq(value, path): what stands at a path, in the notation of jq for paths.
--
--   .name  ."odd key"  ["odd key"]    a field
--   [0]  [-1]                         an item, counted from 0, or from the end
--   []                                every item of a list, every value of an object (in the order of its keys)
--   [?name="web"]  [?spec.port=80]    those items whose field equals a value
--
-- With [] or [?] the answer is a list of all that was found, else it is the value, or nil. What is missing, or of
-- another shape than the path expects, is nil (or no item), never an error; a path that cannot be read is the author's
-- error.

local json, lab, utf8 = json, lab, utf8
local null = json.null

-- ---- reading paths ----

local Reader = {}
Reader.__index = Reader

function Reader:fail(message)
  lab.misuse("jq: %s at character %d of the path %s", message, (utf8.len(self.path, 1, self.at - 1) or self.at - 1) + 1,
    self.path)
end

--- Takes what the pattern matches here, or nothing.
function Reader:take(pattern)
  local from, to, found = self.path:find("^" .. pattern, self.at)
  if not from then return nil end
  self.at = to + 1
  return found or self.path:sub(from, to)
end

--- A text in double quotes with JSON's escapes.
function Reader:take_quoted()
  local start, at = self.at, self.at + 1
  while at <= #self.path and self.path:sub(at, at) ~= '"' do
    at = at + (self.path:sub(at, at) == "\\" and 2 or 1)
  end
  local text = json.decode(self.path:sub(start, at))
  if type(text) ~= "string" then self:fail("a text that is never closed, or has a wrong escape,") end
  self.at = at + 1
  return text
end

function Reader:peek(character)
  return self.path:sub(self.at, self.at) == character
end

function Reader:name()
  if self:peek('"') then return self:take_quoted() end
  return self:take("[%a_][%w_-]*") or self:fail("a name is missing")
end

local words = {["true"] = true, ["false"] = false, null = null}

--- The value of a condition: a number, a text in quotes, true, false, null, or a word that is a text.
function Reader:value()
  if self:peek('"') then return self:take_quoted() end
  local number = self:take("-?%d[%d.eE+-]*")
  if number then return tonumber(number) or self:fail("not a number before") end
  local word = self:take("[%a_][%w_./-]*") or self:fail("a value is missing")
  local special = words[word]
  if special == nil then return word end
  return special
end

function Reader:condition()
  local names = {self:name()}
  while self:take("%.") do names[#names + 1] = self:name() end
  if not self:take("==?") then self:fail("'=' is missing") end
  return {kind = "select", names = names, value = self:value()}
end

--- What stands between brackets.
function Reader:bracket()
  if self:peek("]") then return {kind = "each"} end
  if self:take("%?") then return self:condition() end
  if self:peek('"') then return {kind = "field", name = self:take_quoted()} end
  local index = self:take("-?%d+") or self:fail("an index, a text in quotes, '?' or ']' is missing")
  return {kind = "item", index = math.tointeger(tonumber(index)) or self:fail("an index that is too large before")}
end

function Reader:step(first)
  if self:take("%[") then
    local step = self:bracket()
    if not self:take("%]") then self:fail("']' is missing") end
    return step
  end
  if not self:take("%.") then
    self:fail(first and "a path begins with '.' or '[', which is missing" or "'.' or '[' is missing")
  end
  if self:peek("[") then return self:step() end
  return {kind = "field", name = self:name()}
end

local function read(path)
  local reader, steps = setmetatable({path = path, at = 1}, Reader), {}
  if path == "." then return steps end
  repeat steps[#steps + 1] = reader:step(#steps == 0) until reader.at > #path
  return steps
end

-- ---- walking ----

local function is_list(value)
  return getmetatable(value) == "list" or rawget(value, 1) ~= nil
end

local function field(value, name)
  if type(value) ~= "table" or is_list(value) then return nil end
  return rawget(value, name)
end

local function item(value, index)
  if type(value) ~= "table" or not is_list(value) then return nil end
  return rawget(value, index < 0 and #value + 1 + index or index + 1)
end

--- Calls found(item) for every item of a list, or value of an object.
local function each(value, found)
  if type(value) ~= "table" then return end
  if is_list(value) then
    for i = 1, #value do found(rawget(value, i)) end
    return
  end
  local keys = {}
  for key in next, value do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do found(rawget(value, key)) end
end

local walk = {}

function walk.field(value, step, found)
  found(field(value, step.name))
end

function walk.item(value, step, found)
  found(item(value, step.index))
end

function walk.each(value, _, found)
  each(value, found)
end

function walk.select(value, step, found)
  each(value, function(candidate)
    local at = candidate
    for _, name in ipairs(step.names) do at = field(at, name) end
    if at == step.value then found(candidate) end
  end)
end

local several = {each = true, select = true}

local known = {} -- path -> steps

function jq(value, path)
  lab.argument("jq: the path", path, "string")
  local steps = known[path] or read(path)
  known[path] = steps
  local here, many = {value}, false
  for _, step in ipairs(steps) do
    local next_here = {}
    for i = 1, #here do
      walk[step.kind](here[i], step, function(result) next_here[#next_here + 1] = result end)
    end
    here, many = next_here, many or several[step.kind]
  end
  if many then return json.list(here) end
  return here[1]
end
