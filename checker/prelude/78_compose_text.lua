-- A compose file read: variables filled in, merge keys resolved.

local json, lab = json, lab
local docker = lab.docker

-- Nested ${…}; bytes of one text and of all.
local DEPTH_MOST, TEXT_MOST, BYTES_MOST = 32, 64 << 10, 16 << 20

-- ---- variables ----

local Filler = {}
Filler.__index = Filler

function Filler:fault(...)
  docker.fault(self.file.path, self.line, ...)
end

function Filler:take(pattern)
  local found = self.text:match("^" .. pattern, self.at)
  if found then self.at = self.at + #found end
  return found
end

local substitutions = {}

substitutions["-"] = function(_, _, value, is_set, word) return is_set and value or word end
substitutions["+"] = function(_, _, _, is_set, word) return is_set and word or "" end
substitutions["?"] = function(self, name, value, is_set, word)
  if not is_set then self:fault("the variable %s is demanded: %s", name, word ~= "" and word or "it has no value") end
  return value
end

function Filler:look(name)
  local value = self.file.variables[name]
  if value == nil then self.file.undefined[name] = true end
  return value
end

--- ${NAME} and its forms, from behind the brace.
function Filler:braced()
  local name = self:take("[%a_][%w_]*")
  if not name then self:fault("a ${ without a name; a dollar sign that is meant is written $$") end
  local operator = self:take(":?[%-+?]")
  if not operator then
    if not self:take("}") then self:fault("${%s is never closed, or has another form than - + ?", name) end
    return self:look(name) or ""
  end
  self.depth = self.depth + 1
  if self.depth > DEPTH_MOST then self:fault("variables nested deeper than %d levels", DEPTH_MOST) end
  local word = self:up_to("}")
  if not self:take("}") then self:fault("${%s is never closed", name) end
  self.depth = self.depth - 1
  local value = self.file.variables[name]
  local is_set = value ~= nil and not (#operator == 2 and value == "")
  return substitutions[operator:sub(-1)](self, name, value, is_set, word)
end

function Filler:variable()
  if self:take("%$%$") then return "$" end
  if self:take("%${") then return self:braced() end
  self.at = self.at + 1
  local name = self:take("[%a_][%w_]*")
  if not name then self:fault("a '$' without a name; one that is meant is written $$") end
  return self:look(name) or ""
end

function Filler:up_to(stop)
  local parts, size, stops = {}, 0, stop and "[$%" .. stop .. "]" or "%$"
  while true do
    local at = self.text:find(stops, self.at) or #self.text + 1
    local part = self.text:sub(self.at, at - 1)
    self.at = at
    local is_end = at > #self.text or self.text:sub(at, at) == stop
    if not is_end then part = part .. self:variable() end
    parts[#parts + 1], size = part, size + #part
    self.file.bytes = self.file.bytes + #part
    if size > TEXT_MOST or self.file.bytes > BYTES_MOST then self:fault("variables that grow too large") end
    if is_end then return table.concat(parts) end
  end
end

local function filled(file, line, text)
  if not text:find("$", 1, true) then return text end
  return setmetatable({file = file, line = line, text = text, at = 1, depth = 0}, Filler):up_to(nil)
end

-- ---- merge keys ----

--- What stands behind `<<`: a map, or a list of maps, the first of which comes first.
local function merge(file, part, merged)
  for _, source in ipairs(merged.list or {merged}) do
    if not source.map then docker.fault(file.path, merged.line, "'<<' merges maps, and this is none") end
    for key, value in pairs(source.map) do
      if part.map[key] == nil then part.map[key] = value end
    end
  end
end

--- Fills in and merges below a part, in place.
local function resolve(file, part)
  if type(part.value) == "string" then part.value = filled(file, part.line, part.value) end
  for _, inner in ipairs(part.list or {}) do resolve(file, inner) end
  for _, inner in pairs(part.map or {}) do resolve(file, inner) end
  local merged = part.map and part.map["<<"]
  if merged then
    part.map["<<"] = nil
    merge(file, part, merged)
  end
end

-- ---- parts ----

--- The value of a part without its lines.
function docker.plain(part)
  if part.list then
    local list = {}
    for i, inner in ipairs(part.list) do list[i] = docker.plain(inner) end
    return json.list(list)
  elseif part.map then
    local map = {}
    for key, inner in pairs(part.map) do map[key] = docker.plain(inner) end
    return map
  end
  return part.value
end

function docker.is_null(part)
  return part == nil or part.value == json.null
end

--- A scalar as a text.
function docker.scalar(file, part, what)
  local value = part.value
  if value == nil or value == json.null then
    docker.fault(file.path, part.line, "%s must be a text or a number", what)
  end
  if math.type(value) == "float" then return ("%.14g"):format(value) end
  return tostring(value)
end

--- The entries of a map, {} when nothing is there.
function docker.map_of(file, part, what)
  if docker.is_null(part) then return {} end
  return part.map or docker.fault(file.path, part.line, "%s must be a map", what)
end

--- The items of a list; with `one`, a single text is a list of one.
function docker.list_of(file, part, what, one)
  if docker.is_null(part) then return {} end
  if one and part.value ~= nil then return {part} end
  return part.list or docker.fault(file.path, part.line, "%s must be a list", what)
end

--- Refuses keys that are not known; those that begin with "x-" are anyone's.
function docker.check_keys(file, map, known, what)
  for _, key in ipairs(lab.sorted_keys(map)) do
    if not known[key] and key:sub(1, 2) ~= "x-" then
      local near = lab.nearest(key, lab.sorted_keys(known))
      docker.fault(file.path, map[key].line, "%s has no key '%s'%s", what, key, near)
    end
  end
end

--- A value and its lines (lab.decode_places) as one tree: each part is {line, value}, {line, list} or {line, map}.
local function locate(value, lines)
  if type(lines) ~= "table" then return {line = lines, value = value} end
  local parts = {}
  for key, item in pairs(lines[2]) do parts[key] = locate(value[key], item) end
  return {line = lines[1], [lab.is_list(value) and "list" or "map"] = parts}
end

--- The root of a compose file. `file` is {path, variables, undefined, bytes}.
function docker.read_compose(file, text)
  local root = locate(lab.decode_places(text, file.path))
  if not root.map then docker.fault(file.path, root.line, "a compose file is a map, with the key 'services'") end
  resolve(file, root)
  return root
end
