-- JSON Schema, second part: the keywords, each with what its own value must be, the kind of values that it is about,
-- and its check.

local lab, regex, utf8 = lab, regex, utf8
local part = lab.json_schema
local is_list, type_of, has_type, is_integer = part.is_list, part.type_of, part.has_type, part.is_integer
local canonical, shown, below, size_of = part.canonical, part.shown, part.below, part.size_of
local sorted_keys = part.sorted_keys
local formats = part.formats

local PROBLEMS_MOST, HOPS_MOST = 100, 64

-- ---- a run ----

local Run = {} -- {root, problems, hops}
Run.__index = Run

function Run:note(path, message, ...)
  if #self.problems < PROBLEMS_MOST then
    self.problems[#self.problems + 1] = {path = path, message = message:format(...)}
  end
end

--- Whether the value fits the schema, without noting why not; the first reason comes second.
function Run:try(value, sub, path)
  local trial = setmetatable({root = self.root, problems = {}, hops = self.hops}, Run)
  trial:check(value, sub, path)
  return #trial.problems == 0, trial.problems[1]
end

--- The schema that a local reference names.
local function resolve(root, ref)
  local pointer = ref:match("^#(.*)$")
  if not pointer then lab.misuse("schema: $ref '%s': only references within the schema, '#/…', are followed", ref) end
  local at = root
  for step in pointer:gmatch("/([^/]*)") do
    local name = step:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end)
    name = name:gsub("~1", "/"):gsub("~0", "~")
    local index = is_list(at) and math.tointeger(tonumber(name))
    if type(at) == "table" then at = index and at[index + 1] or at[name] else at = nil end
  end
  if type(at) ~= "table" and type(at) ~= "boolean" or (pointer ~= "" and pointer:sub(1, 1) ~= "/") then
    lab.misuse("schema: $ref '%s' leads nowhere", ref)
  end
  return at
end

-- ---- keywords ----

-- Each keyword: what its value must be, the type of the values that it is about (nil: all), and its check.
local keywords = {}

local function keyword(name, wants, about, check)
  keywords[name] = {wants = wants, about = about, check = check}
end

local function names_of(types)
  return type(types) == "table" and types or {types}
end

keyword("type", "types", nil, function(run, value, types, path)
  for _, wanted in ipairs(names_of(types)) do
    if has_type(value, wanted) then return end
  end
  local is = type_of(value) == "null" and "null" or ("%s (%s)"):format(type_of(value), shown(value))
  run:note(path, "is %s, expected %s", is, table.concat(names_of(types), " or "))
end)

keyword("enum", "list", nil, function(run, value, choices, path)
  local wanted, texts = canonical(value), {}
  for i, choice in ipairs(choices) do
    if canonical(choice) == wanted then return end
    texts[i] = shown(choice)
  end
  run:note(path, "is %s, expected one of %s", shown(value), table.concat(texts, ", "))
end)

keyword("const", "any", nil, function(run, value, wanted, path)
  if canonical(value) ~= canonical(wanted) then run:note(path, "is %s, expected %s", shown(value), shown(wanted)) end
end)

keyword("multipleOf", "positive", "number", function(run, value, step, path)
  local whole = is_integer(value) and is_integer(step)
  local fits
  if whole then fits = math.tointeger(value) % math.tointeger(step) == 0
  else
    local times = value / step
    fits = math.abs(times - math.floor(times + 0.5)) <= 1e-9 * math.max(1, math.abs(times))
  end
  if not fits then run:note(path, "is %s, which is no multiple of %s", shown(value), shown(step)) end
end)

--- A keyword that compares a measure of the value with its limit.
local function limit(name, wants, about, measure, holds, text)
  keyword(name, wants, about, function(run, value, most, path)
    local measured = measure(value)
    if not holds(measured, most) then run:note(path, text, shown(measured), shown(most)) end
  end)
end

local function itself(value) return value end
local function characters(text) return utf8.len(text) or #text end
local function items(list) return #list end
local function at_most(a, b) return a <= b end
local function at_least(a, b) return a >= b end

limit("maximum", "number", "number", itself, at_most, "is %s, more than %s")
limit("minimum", "number", "number", itself, at_least, "is %s, less than %s")
limit("exclusiveMaximum", "number", "number", itself, function(a, b) return a < b end, "is %s, not less than %s")
limit("exclusiveMinimum", "number", "number", itself, function(a, b) return a > b end, "is %s, not more than %s")
limit("maxLength", "count", "string", characters, at_most, "has %s characters, more than %s")
limit("minLength", "count", "string", characters, at_least, "has %s characters, fewer than %s")
limit("maxItems", "count", "array", items, at_most, "has %s items, more than %s")
limit("minItems", "count", "array", items, at_least, "has %s items, fewer than %s")
limit("maxProperties", "count", "object", size_of, at_most, "has %s fields, more than %s")
limit("minProperties", "count", "object", size_of, at_least, "has %s fields, fewer than %s")

keyword("pattern", "pattern", "string", function(run, value, pattern, path)
  local found, message = regex.match(value, pattern)
  if not found then run:note(path, "is %s, %s", shown(value), message or "which does not match " .. pattern) end
end)

keyword("format", "format", "string", function(run, value, format, path)
  local check = formats[format]
  if check and not check(value) then run:note(path, "is %s, which is no %s", shown(value), format) end
end)

-- ---- of lists ----

keyword("items", "schemas or list", "array", function(run, value, sub, path, all)
  local tuple = is_list(sub)
  for i = 1, #value do
    local of_item = sub
    if tuple then of_item = sub[i] end
    if of_item == nil then of_item = all.additionalItems end
    if of_item == false and tuple and i > #sub then
      run:note(below(path, i), "is one item too many, %d are allowed", #sub)
    elseif of_item ~= nil then run:descend(value[i], of_item, below(path, i)) end
  end
end)
keyword("additionalItems", "schema", nil, nil) -- by items

keyword("contains", "schema", "array", function(run, value, sub, path)
  for i = 1, #value do
    if run:try(value[i], sub, below(path, i)) then return end
  end
  run:note(path, "contains no item that fits")
end)

keyword("uniqueItems", "boolean", "array", function(run, value, wanted, path)
  if not wanted then return end
  local seen = {}
  for i = 1, #value do
    local key = canonical(value[i])
    if seen[key] then run:note(below(path, i), "is %s again, as item %d", shown(value[i]), seen[key] - 1) end
    seen[key] = seen[key] or i
  end
end)

-- ---- of objects ----

keyword("required", "names", "object", function(run, value, names, path)
  for _, name in ipairs(names) do
    if rawget(value, name) == nil then run:note(path, "lacks the field '%s'", name) end
  end
end)

--- Properties, patternProperties and additionalProperties are one question about each field.
local function check_fields(run, value, path, all)
  for _, name in ipairs(sorted_keys(value)) do
    local covered = false
    local here = below(path, name)
    if all.properties and all.properties[name] ~= nil then
      covered = true
      run:descend(value[name], all.properties[name], here)
    end
    for _, pattern in ipairs(sorted_keys(all.patternProperties or {})) do
      if regex.match(name, pattern) then
        covered = true
        run:descend(value[name], all.patternProperties[pattern], here)
      end
    end
    if not covered and all.additionalProperties == false then
      local near = lab.nearest(name, sorted_keys(all.properties or {}))
      run:note(path, "has the field '%s', which is not allowed%s", name, near)
    elseif not covered and all.additionalProperties ~= nil then
      run:descend(value[name], all.additionalProperties, here)
    end
  end
end
keyword("properties", "schema map", nil, nil)
keyword("patternProperties", "pattern map", nil, nil)
keyword("additionalProperties", "schema", nil, nil)

keyword("propertyNames", "schema", "object", function(run, value, sub, path)
  for _, name in ipairs(sorted_keys(value)) do
    local fits, problem = run:try(name, sub, path)
    if not fits then run:note(path, "has the field '%s', whose name %s", name, problem.message) end
  end
end)

keyword("dependencies", "dependencies", "object", function(run, value, map, path)
  for _, name in ipairs(sorted_keys(map)) do
    local needs = map[name]
    if rawget(value, name) ~= nil and is_list(needs) then
      for _, needed in ipairs(needs) do
        if rawget(value, needed) == nil then run:note(path, "has '%s' and so needs the field '%s'", name, needed) end
      end
    elseif rawget(value, name) ~= nil then run:check(value, needs, path) end
  end
end)

-- ---- of schemas ----

keyword("allOf", "schema list", nil, function(run, value, subs, path)
  for _, sub in ipairs(subs) do run:check(value, sub, path) end
end)

--- How many of the schemas fit, and why the others do not.
local function count_fits(run, value, subs, path)
  local count, reasons = 0, {}
  for i, sub in ipairs(subs) do
    local fits, problem = run:try(value, sub, path)
    if fits then count = count + 1
    else
      local where = problem.path == path and "it" or problem.path
      reasons[#reasons + 1] = ("(%d) %s %s"):format(i, where, problem.message)
    end
  end
  return count, table.concat(reasons, "; ")
end

keyword("anyOf", "schema list", nil, function(run, value, subs, path)
  local count, reasons = count_fits(run, value, subs, path)
  if count == 0 then run:note(path, "fits none of %d alternatives: %s", #subs, reasons) end
end)

keyword("oneOf", "schema list", nil, function(run, value, subs, path)
  local count, reasons = count_fits(run, value, subs, path)
  if count == 0 then run:note(path, "fits none of %d alternatives: %s", #subs, reasons) end
  if count > 1 then run:note(path, "fits %d of %d alternatives, where exactly one must fit", count, #subs) end
end)

keyword("not", "schema", nil, function(run, value, sub, path)
  if run:try(value, sub, path) then run:note(path, "is %s, which is what it must not be", shown(value)) end
end)

keyword("if", "schema", nil, function(run, value, sub, path, all)
  local branch = all["else"]
  if run:try(value, sub, path) then branch = all["then"] end
  if branch ~= nil then run:check(value, branch, path) end
end)
keyword("then", "schema", nil, nil)
keyword("else", "schema", nil, nil)

-- Words that say nothing about values here, some of them from earlier drafts and OpenAPI.
for _, name in ipairs {
  "title", "description", "default", "examples", "$schema", "$id", "$comment", "readOnly", "writeOnly",
  "contentEncoding", "contentMediaType", "id", "example", "nullable", "deprecated",
} do keyword(name, "any") end
keyword("$ref", "string")
keyword("definitions", "schema map")
keyword("$defs", "schema map")

-- ---- checking a value ----

--- The value itself against the schema.
function Run:check(value, sub, path)
  if sub == true then return end
  if sub == false then return self:note(path, "is not allowed") end
  if sub["$ref"] then -- whose neighbours count for nothing
    self.hops = self.hops + 1
    if self.hops > HOPS_MOST then lab.misuse("schema: $ref '%s' goes round in a circle", sub["$ref"]) end
    self:check(value, resolve(self.root, sub["$ref"]), path)
    self.hops = self.hops - 1
    return
  end
  for _, name in ipairs(sorted_keys(sub)) do
    local word = keywords[name]
    if word and word.check and (not word.about or word.about == type_of(value)) then
      word.check(self, value, sub[name], path, sub)
    end
  end
  if type_of(value) == "object" then check_fields(self, value, path, sub) end
end

--- A part of the value: references begin anew.
function Run:descend(value, sub, path)
  local hops = self.hops
  self.hops = 0
  self:check(value, sub, path)
  self.hops = hops
end

part.keywords, part.names_of, part.Run = keywords, names_of, Run
