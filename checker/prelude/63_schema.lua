-- schema(value, json_schema): JSON Schema, draft-07 (json-schema.org/draft-07). Answers true, or false and a list of
-- {path, message}. The schema itself is looked through first: what is wrong with it is the author's error. Keywords
-- that the standard does not know are ignored, as it says, unless they look like one that it knows.

local lab, regex = lab, regex
local part = lab.json_schema
local is_list, is_integer, sorted_keys, names_of = part.is_list, part.is_integer, part.sorted_keys, part.names_of
local keywords, formats = part.keywords, part.formats
local keyword_names = sorted_keys(keywords)

local SHORTEST_MISTAKE = 4 -- shorter words are near to something by chance

-- ---- checking a schema ----

--- " in /properties/x", or "" for the schema itself.
local function inside(at)
  return at == "" and "" or " in " .. at
end

local function wrong(at, name, what)
  lab.misuse("schema: '%s'%s must be %s", name, inside(at), what)
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
      if is_list(needs) then check_names(needs, at, name)
      else look_through(needs, ("%s/%s/%s"):format(at, name, key)) end
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
  types = function(value, at)
    for _, one in ipairs(names_of(value)) do
      if not is_type_name[one] then
        lab.misuse("schema: unknown type '%s'%s%s", tostring(one), inside(at),
          lab.nearest(tostring(one), type_names))
      end
    end
  end,
  format = function(value, at, name)
    if type(value) ~= "string" then wrong(at, name, "a text") end
    if formats[value] then return end
    local all = sorted_keys(formats)
    for _, other in ipairs(part.unchecked_formats) do
      if other == value then return end
      all[#all + 1] = other
    end
    local near = lab.nearest(value, all)
    if near ~= "" then lab.misuse("schema: unknown format '%s'%s%s", value, inside(at), near) end
  end,
}

function look_through(sub, at)
  if type(sub) == "boolean" then return end
  local here = at == "" and "the schema" or at
  if type(sub) ~= "table" or is_list(sub) then lab.misuse("schema: %s is no schema", here) end
  for _, name in ipairs(sorted_keys(sub)) do
    if type(name) ~= "string" then lab.misuse("schema: %s has items and names", here) end
    local word = keywords[name]
    if word then wants[word.wants](sub[name], at, name)
    else
      local near = lab.nearest(name, keyword_names)
      local mistake = near ~= "" and #name >= SHORTEST_MISTAKE
      if mistake then lab.misuse("schema: unknown keyword '%s'%s%s", name, inside(at), near) end
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
  local run = setmetatable({root = json_schema, problems = {}, hops = 0}, part.Run)
  run:check(value, json_schema, ".")
  if #run.problems == 0 then return true end
  return false, run.problems
end
