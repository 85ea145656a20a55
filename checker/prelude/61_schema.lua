-- schema(value, json_schema): JSON Schema, draft-07 (json-schema.org/draft-07). Answers true, or false and a list of
-- {path, message}. The schema itself is looked through first: what is wrong with it is the author's error. Keywords that the
-- standard does not know are ignored, as it says, unless they look like one that it knows.

local json, lab, regex, utf8 = json, lab, regex, utf8
local null = json.null

local PROBLEMS_MOST, HOPS_MOST = 100, 64
local SHORTEST_MISTAKE = 4 -- shorter words are near to something by chance

-- ---- values ----

local function is_list(value)
  return type(value) == "table" and (getmetatable(value) == "list" or rawget(value, 1) ~= nil)
end

local function type_of(value)
  if value == null or value == nil then return "null" end
  if type(value) == "table" then return is_list(value) and "array" or "object" end
  return type(value)
end

local function is_integer(value)
  return type(value) == "number" and math.tointeger(value) ~= nil
end

local function has_type(value, wanted)
  if wanted == "integer" then return is_integer(value) end
  return type_of(value) == wanted
end

local function sorted_keys(map)
  local keys = {}
  for key in next, map do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

--- A text that two values share exactly when JSON Schema calls them equal: 1 and 1.0 are, [] and {} are not.
local function canonical(value)
  local kind = type_of(value)
  if kind == "string" then return ("%q"):format(value) end
  if kind == "number" then return tostring(math.tointeger(value) or value) end
  if kind ~= "array" and kind ~= "object" then return kind == "null" and "null" or tostring(value) end
  local parts = {}
  if kind == "array" then
    for i = 1, #value do parts[i] = canonical(value[i]) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for i, key in ipairs(sorted_keys(value)) do parts[i] = ("%q:"):format(key) .. canonical(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local SHOWN_MOST = 60

--- A value as it stands in messages.
local function shown(value)
  local fine, text = pcall(json.encode, value)
  text = fine and text or tostring(value)
  if #text <= SHOWN_MOST then return text end
  local cut = utf8.offset(text, 0, SHOWN_MOST) or SHOWN_MOST
  return text:sub(1, cut - 1) .. "…"
end

local function size_of(object)
  local size = 0
  for _ in next, object do size = size + 1 end
  return size
end

local function below(path, key)
  if math.type(key) == "integer" then return ("%s[%d]"):format(path, key - 1) end
  local name = key:find("^[%a_][%w_-]*$") and key or json.encode(key)
  return (path == "." and "." or path .. ".") .. name
end

-- ---- formats ----

local month_days = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

local function is_date(text)
  local year, month, day = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)$")
  if not year then return false end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  return day >= 1 and day <= (month_days[month] or 0) and (leap or month ~= 2 or day < 29)
end

local function is_time(text)
  local hour, minute, second, rest = text:match("^(%d%d):(%d%d):(%d%d)(.*)$")
  if not hour then return false end
  rest = rest:gsub("^%.%d+", "")
  local away, past = rest:match("^[+-](%d%d):(%d%d)$")
  local zone = rest == "Z" or rest == "z" or (away ~= nil and tonumber(away) < 24 and tonumber(past) < 60)
  return zone and tonumber(hour) < 24 and tonumber(minute) < 60 and tonumber(second) <= 60
end

local function is_ipv4(text)
  local count = 0
  for part in (text .. "."):gmatch("([^.]*)%.") do
    count = count + 1
    if not part:find("^%d%d?%d?$") or tonumber(part) > 255 or part:find("^0%d") then return false end
  end
  return count == 4
end

local function is_email(text)
  local name, host = text:match("^([^@%s]+)@([^@%s]+)$")
  return name ~= nil and not name:find("^%.") and not name:find("%.$") and not name:find("..", 1, true)
    and host:find("^[%w.-]+$") ~= nil and not host:find("^[.-]") and not host:find("[.-]$") and not host:find("..", 1, true)
end

local formats = {
  date = is_date,
  time = is_time,
  ["date-time"] = function(text)
    local date, time = text:match("^([^Tt]+)[Tt](.+)$")
    return date ~= nil and is_date(date) and is_time(time)
  end,
  ipv4 = is_ipv4,
  email = is_email,
  uri = function(text)
    return text:find("^%a[%w+.-]*:[%w%-._~:/?#%[%]@!$&'()*+,;=%%]*$") ~= nil and not text:find("%%%X")
      and not text:find("%%%x?$") and not text:find("%%%x%X")
  end,
  uuid = function(text)
    local digits = text:gsub("%x", "0")
    return digits == "00000000-0000-0000-0000-000000000000"
  end,
}

-- Formats of the standard that are not looked at.
local unchecked_formats = {"hostname", "idn-email", "idn-hostname", "ipv6", "iri", "iri-reference", "json-pointer", "regex",
  "relative-json-pointer", "uri-reference", "uri-template"}

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
  for part in pointer:gmatch("/([^/]*)") do
    part = part:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end):gsub("~1", "/"):gsub("~0", "~")
    local index = is_list(at) and math.tointeger(tonumber(part))
    if type(at) == "table" then at = index and at[index + 1] or at[part] else at = nil end
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
  run:note(path, "is %s, expected %s", type_of(value) == "null" and "null" or ("%s (%s)"):format(type_of(value), shown(value)),
    table.concat(names_of(types), " or "))
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
      run:note(path, "has the field '%s', which is not allowed%s", name, lab.nearest(name, sorted_keys(all.properties or {})))
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
    else reasons[#reasons + 1] = ("(%d) %s %s"):format(i, problem.path == path and "it" or problem.path, problem.message) end
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
for _, name in ipairs {"title", "description", "default", "examples", "$schema", "$id", "$comment", "readOnly", "writeOnly",
  "contentEncoding", "contentMediaType", "id", "example", "nullable", "deprecated"} do keyword(name, "any") end
keyword("$ref", "string")
keyword("definitions", "schema map")
keyword("$defs", "schema map")

local keyword_names = sorted_keys(keywords)

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

-- ---- checking a schema ----

local function wrong(at, name, what)
  lab.misuse("schema: '%s'%s must be %s", name, at == "" and "" or " in " .. at, what)
end

local look_through

local function look_through_map(map, at, name)
  if type(map) ~= "table" then wrong(at, name, "a table of schemas by name") end
  for _, key in ipairs(sorted_keys(map)) do look_through(map[key], ("%s/%s/%s"):format(at, name, key)) end
end

local function look_through_list(list, at, name)
  if not is_list(list) then wrong(at, name, "a list of schemas") end
  for i, sub in ipairs(list) do look_through(sub, ("%s/%s/%d"):format(at, name, i - 1)) end
end

local function check_names(names, at, name)
  if type(names) ~= "table" or (next(names) ~= nil and not is_list(names)) then wrong(at, name, "a list of names") end
  for _, one in ipairs(names) do
    if type(one) ~= "string" then wrong(at, name, "a list of names") end
  end
end

local function check_pattern(pattern, at, name)
  if type(pattern) ~= "string" then wrong(at, name, "a pattern") end
  local _, message = regex.match("", pattern)
  if message then lab.misuse("schema: the pattern %s in %s/%s: %s", pattern, at, name, message) end
end

local type_names = {"array", "boolean", "integer", "null", "number", "object", "string"}
local is_type_name = {}
for _, name in ipairs(type_names) do is_type_name[name] = true end

local wants = {
  any = function() end,
  schema = function(sub, at, name) look_through(sub, at .. "/" .. name) end,
  ["schema map"] = look_through_map,
  ["schema list"] = look_through_list,
  ["schemas or list"] = function(sub, at, name)
    if is_list(sub) then look_through_list(sub, at, name) else look_through(sub, at .. "/" .. name) end
  end,
  ["pattern map"] = function(map, at, name)
    look_through_map(map, at, name)
    for pattern in pairs(map) do check_pattern(pattern, at, name) end
  end,
  dependencies = function(map, at, name)
    if type(map) ~= "table" then wrong(at, name, "a table by name") end
    for key, needs in pairs(map) do
      if is_list(needs) then check_names(needs, at, name) else look_through(needs, ("%s/%s/%s"):format(at, name, key)) end
    end
  end,
  names = check_names,
  pattern = check_pattern,
  string = function(value, at, name) if type(value) ~= "string" then wrong(at, name, "a text") end end,
  boolean = function(value, at, name) if type(value) ~= "boolean" then wrong(at, name, "true or false") end end,
  number = function(value, at, name) if type(value) ~= "number" then wrong(at, name, "a number") end end,
  positive = function(value, at, name)
    if type(value) ~= "number" or value <= 0 then wrong(at, name, "a number above 0") end
  end,
  count = function(value, at, name)
    if not is_integer(value) or value < 0 then wrong(at, name, "a whole number") end
  end,
  list = function(value, at, name) if not is_list(value) then wrong(at, name, "a list") end end,
  types = function(value, at, name)
    for _, one in ipairs(names_of(value)) do
      if not is_type_name[one] then
        lab.misuse("schema: unknown type '%s'%s%s", tostring(one), at == "" and "" or " in " .. at,
          lab.nearest(tostring(one), type_names))
      end
    end
  end,
  format = function(value, at, name)
    if type(value) ~= "string" then wrong(at, name, "a text") end
    if formats[value] then return end
    local all = sorted_keys(formats)
    for _, other in ipairs(unchecked_formats) do
      if other == value then return end
      all[#all + 1] = other
    end
    local near = lab.nearest(value, all)
    if near ~= "" then lab.misuse("schema: unknown format '%s'%s%s", value, at == "" and "" or " in " .. at, near) end
  end,
}

function look_through(sub, at)
  if type(sub) == "boolean" then return end
  if type(sub) ~= "table" or is_list(sub) then lab.misuse("schema: %s is no schema", at == "" and "the schema" or at) end
  for _, name in ipairs(sorted_keys(sub)) do
    if type(name) ~= "string" then lab.misuse("schema: %s has items and names", at == "" and "the schema" or at) end
    local word = keywords[name]
    if word then wants[word.wants](sub[name], at, name)
    else
      local near = lab.nearest(name, keyword_names)
      if near ~= "" and #name >= SHORTEST_MISTAKE then lab.misuse("schema: unknown keyword '%s'%s%s", name, at == "" and "" or " in " .. at, near) end
    end
  end
end

local looked_through = setmetatable({}, {__mode = "k"})

function schema(value, json_schema)
  if type(json_schema) ~= "boolean" then
    lab.argument("schema: the schema", json_schema, "table")
    if not looked_through[json_schema] then look_through(json_schema, "") end
    looked_through[json_schema] = true
  end
  local run = setmetatable({root = json_schema, problems = {}, hops = 0}, Run)
  run:check(value, json_schema, ".")
  if #run.problems == 0 then return true end
  return false, run.problems
end
