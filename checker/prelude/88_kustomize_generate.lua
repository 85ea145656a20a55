-- kustomize, fifth part: config maps that are made of literals and files, and the hash in their names.

local lab, hash, json = lab, hash, json
local part = lab.k8s
local kustomize = part.kustomize_parts
local field = part.field

-- ---- data ----

local Data = {}
Data.__index = Data

--- Adds a key with its line; a key twice is a fault.
function Data:add(key, value, line)
  if self.values[key] ~= nil then
    self.build:fail(line, ("the key %s stands there twice"):format(lab.quote(key)), "another key")
  end
  if not key:find("^[%w._-]+$") or #key > 253 then
    self.build:fail(line, ("%s is no key: letters, digits, -, _ and ."):format(lab.quote(key)), "a key")
  end
  if not utf8.len(value) then
    self.build:fail(line, ("the value of %s is no text, which is not rendered here"):format(key), "text")
  end
  self.values[key], self.lines[key] = value, line
end

local function unquoted(value)
  local quote, inside = value:match("^([\"'])(.*)%1$")
  return quote and inside or value
end

function Data:literal(text, line)
  local key, value = text:match("^([^=]+)=(.*)$")
  if not key then self.build:fail(line, ("%s is not KEY=VALUE"):format(lab.quote(text)), "KEY=VALUE") end
  self:add(key, unquoted(value), line)
end

function Data:file(text, line)
  local key, path = text:match("^([^=]*)=(.*)$")
  path = path or text
  self:add(key or lab.after_last("/", path), self.build:text(path, line), line)
end

function Data:env(path, line)
  for _, text in ipairs(lab.lines(self.build:text(path, line), path)) do
    text = text:gsub("^%s+", "")
    if text ~= "" and text:sub(1, 1) ~= "#" then
      local key, value = text:match("^([^=]+)=(.*)$")
      if not key then
        self.build:fail(line, ("%s holds a line that is not KEY=VALUE: %s"):format(path, lab.quote(text)), "KEY=VALUE")
      end
      self:add(key, value, line)
    end
  end
end

local sources = {{"literals", "literal"}, {"files", "file"}, {"envs", "env"}}

local function data_of(build, entry, lines)
  local data = setmetatable({build = build, values = {}, lines = {}}, Data)
  for _, source in ipairs(sources) do
    for i, text in ipairs(field(entry, source[1]) or {}) do data[source[2]](data, text, lines[2][source[1]][2][i]) end
  end
  if field(entry, "env") then data:env(entry.env, lines[2].env) end
  return data
end

-- ---- objects ----

--- Calls taken(value, lines) with an option of all the kustomization's generators, then with that of the entry.
local function each_option(entry, entry_lines, wanted, wanted_lines, name, taken)
  for _, one in ipairs {{wanted, wanted_lines, "generatorOptions"}, {entry, entry_lines, "options"}} do
    local options = field(one[1], one[3])
    if options and field(options, name) ~= nil then taken(options[name], one[2][2][one[3]][2][name]) end
  end
end

local function new_config_map(build, entry, lines, wanted, wanted_lines)
  local line, data = lines[1], data_of(build, entry, lines)
  local value = {apiVersion = "v1", kind = "ConfigMap", metadata = {name = entry.name}}
  local metadata_lines = {line, {name = lines[2].name}}
  local value_lines = {line, {apiVersion = line, kind = line, metadata = metadata_lines}}
  local namespace = field(entry, "namespace")
  if namespace then kustomize.set(value.metadata, metadata_lines, "namespace", namespace, lines[2].namespace) end
  if next(data.values) then kustomize.set(value, value_lines, "data", data.values, {line, data.lines}) end
  local function each(name, taken) each_option(entry, lines, wanted, wanted_lines, name, taken) end
  for _, name in ipairs {"labels", "annotations"} do
    each(name, function(fields, field_lines)
      local map, map_lines = kustomize.map_at(value.metadata, metadata_lines, name, line)
      kustomize.set_all(map, map_lines, fields, field_lines)
    end)
  end
  each("immutable", function(immutable, at) kustomize.set(value, value_lines, "immutable", immutable or nil, at) end)
  local hashed = true
  each("disableNameSuffixHash", function(disabled) hashed = hashed and not disabled end)
  return {value = value, lines = value_lines, identities = {}, affixes = "", hashed = hashed}
end

--- The object that is, or was, called as a new one.
local function find(objects, new)
  local wanted = kustomize.identity_of(new.value)
  for _, object in ipairs(objects) do
    if kustomize.was(object, function(identity) return kustomize.same(identity, wanted) end) then return object end
  end
end

--- Adds fields to the map under a key, which is made when there is none.
local function add_fields(build, value, lines, key, fields, field_lines)
  local own, own_lines = kustomize.map_at(value, lines, key, field_lines[1])
  if not kustomize.is_map(own) then build:fail(own_lines, key .. " must be a map", "a map") end
  kustomize.set_all(own, own_lines, fields, field_lines)
end

--- Adds the new one's data and labels to the old, or with `replaces` puts its data in their place.
local function change(build, object, new, replaces)
  if replaces then kustomize.set(object.value, object.lines, "data", nil, nil) end
  if new.value.data then add_fields(build, object.value, object.lines, "data", new.value.data, new.lines[2].data) end
  for _, name in ipairs {"labels", "annotations"} do
    local fields = new.value.metadata[name]
    if fields then
      add_fields(build, object.value.metadata, object.lines[2].metadata, name, fields, new.lines[2].metadata[2][name])
    end
  end
  kustomize.set(object.value, object.lines, "immutable", new.value.immutable, new.lines[2].immutable)
  object.hashed = object.hashed and new.hashed
end

--- Makes the config maps of a kustomization, or changes those that its resources brought.
function kustomize.generate(build, objects, wanted, lines)
  for i, entry in ipairs(field(wanted, "configMapGenerator") or {}) do
    local at = lines[2].configMapGenerator[2][i]
    local new, behavior = new_config_map(build, entry, at, wanted, lines), field(entry, "behavior") or "create"
    local object, quoted = find(objects, new), lab.quote(entry.name)
    if behavior == "create" then
      if object then build:fail(at, ("a second ConfigMap %s: behavior must be merge or replace"):format(quoted)) end
      build:add(objects, new)
    else
      if not object then build:fail(at, ("there is no ConfigMap %s to %s"):format(quoted, behavior), "its name") end
      change(build, object, new, behavior == "replace")
    end
  end
end

-- ---- hashes ----

--- JSON as Go writes it, which kustomize hashes: <, > and & are escapes too.
local function go_json(value)
  local escapes = {["<"] = "\\u003c", [">"] = "\\u003e", ["&"] = "\\u0026", ["\u{2028}"] = "\\u2028",
    ["\u{2029}"] = "\\u2029"}
  return (json.encode(value):gsub("[<>&]", escapes):gsub("\u{2028}", escapes):gsub("\u{2029}", escapes))
end

local letters = {["0"] = "g", ["1"] = "h", ["3"] = "k", a = "m", e = "t"}

--- Names that say what is in a config map, so that a pod with changed ones is started anew.
function kustomize.add_hashes(objects)
  for _, object in ipairs(objects) do
    if object.hashed then
      local value = object.value
      local text = go_json {kind = "ConfigMap", name = "", data = field(value, "data") or "",
        binaryData = field(value, "binaryData")}
      local name = value.metadata.name .. "-" .. hash.sha256(text):sub(1, 10):gsub(".", letters)
      kustomize.set(value.metadata, object.lines[2].metadata, "name", name, object.lines[1])
      kustomize.remember(object)
    end
  end
end
