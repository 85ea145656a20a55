-- Structure: documents that the learner wrote, judged field by field. What is wrong is a problem with file and line.
--
-- A schema is a table, or the name of a scalar:
--   "text" "integer" "number" "boolean" "scalar" "any"      a value of that kind
--   {choice = {…}}                                           one of these texts
--   {test = function(value) → message or nil, say = "…"}     any scalar rule; `say` is what is expected. With
--                                                            `text = true` the value is a text
--   {list = schema}      {map = schema, key = test}          of such items; a map with free names
--   {fields = {name = schema}, required = {…}, one = {…}, also = function(judge, value, lines, path)}
--                                                            a map with these names; exactly one of `one`
-- `lines` are those of lab.decode_places: a number, or {number, lines of what is inside}; of a word or number that not
-- every reader takes for one {number, {}, text}. A null counts as absent. Of a document that is put together from
-- several files, the numbers say which file too: structure.line_in.

local lab = lab

local PROBLEMS_MOST, SHOWN_MOST, NAME_MOST = 20, 8, 64
local LINES_OF_A_FILE = 1 << 32

local structure = {}
lab.structure = structure

-- ---- places ----

function structure.line(lines)
  return type(lines) == "table" and lines[1] or lines
end

--- The lines of what stands under a key or an index.
function structure.inside(lines, key)
  return type(lines) == "table" and lines[2][key] or structure.line(lines)
end

--- A line of the file judge.files[number].
function structure.line_in(number, line)
  return number * LINES_OF_A_FILE + line
end

function structure.line_of(line)
  return line % LINES_OF_A_FILE
end

--- "spec.containers[0].image" of a path {up, key}; "the document" of none.
local function path_text(path)
  local parts = {}
  while path do
    local key = path.key
    table.insert(parts, 1, math.type(key) == "integer" and ("[%d]"):format(key - 1) or "." .. key:sub(1, NAME_MOST))
    path = path.up
  end
  local text = table.concat(parts):gsub("^%.", "")
  return text == "" and "the document" or text
end
structure.path_text = path_text

local function kind_text(value)
  if value == nil or value == lab.null then return "nothing" end
  if type(value) == "table" then return lab.is_list(value) and "a list" or "a map" end
  if type(value) == "string" then return lab.quote(value) end
  return type(value) == "number" and lab.number(value) or tostring(value)
end
structure.kind_text = kind_text

function structure.is_absent(value)
  return value == nil or value == lab.null
end
local is_absent = structure.is_absent

--- ", did you mean …?", for names that are not too long to be meant.
function structure.near(name, names)
  if type(name) ~= "string" or #name > NAME_MOST then return "" end
  return lab.nearest(name, names)
end

-- ---- a judge ----

local Judge = {}
Judge.__index = Judge

--- What collects the problems of one file or several.
function structure.judge()
  return setmetatable({problems = {}}, Judge)
end

--- The file and line of a place: of judge.files when the line says so, else of the file that is being judged.
function Judge:place(lines)
  local line = structure.line(lines)
  if line < LINES_OF_A_FILE then return self.file, line end
  return self.files[line // LINES_OF_A_FILE], structure.line_of(line)
end

--- Notes a problem.
function Judge:note(lines, actual, expected)
  if #self.problems == PROBLEMS_MOST then return end
  local name, line = self:place(lines)
  self.problems[#self.problems + 1] = {file = name, line = line, actual = actual,
    expected = expected or "a valid document", order = #self.problems}
end

local function note_kind(judge, value, lines, path, expected)
  judge:note(lines, ("%s must be %s, got %s"):format(path_text(path), expected, kind_text(value)), expected)
end

local function is_integer(value)
  return type(value) == "number" and math.tointeger(value) ~= nil
end

local scalars = {
  text = {"text", function(value) return type(value) == "string" end},
  integer = {"a whole number", is_integer},
  number = {"a number", function(value) return type(value) == "number" end},
  boolean = {"true or false", function(value) return type(value) == "boolean" end},
  scalar = {"text", function(value) return type(value) ~= "table" end},
  any = {"anything", function() return true end},
}

local function judge_text(judge, value, lines, path)
  if type(value) == "table" then return note_kind(judge, value, lines, path, "text") end
  local written, actual = type(lines) == "table" and lines[3], kind_text(value)
  if written then
    actual = ('%s, which is what %s means here: write "%s" in quotes'):format(actual, written, written)
  end
  judge:note(lines, ("%s must be text in quotes, got %s"):format(path_text(path), actual), "text in quotes")
end

local function judge_scalar(judge, value, lines, path, name)
  local scalar = scalars[name]
  if scalar[2](value) then return end
  if name == "text" then return judge_text(judge, value, lines, path) end
  note_kind(judge, value, lines, path, scalar[1])
end

local function judge_choice(judge, value, lines, path, choices)
  for _, choice in ipairs(choices) do
    if value == choice then return end
  end
  note_kind(judge, value, lines, path, "one of " .. table.concat(choices, ", "))
end

local function judge_test(judge, value, lines, path, schema)
  if schema.text and type(value) ~= "string" then return judge_text(judge, value, lines, path) end
  local message = schema.test(value)
  if not message then return end
  judge:note(lines, ("%s: %s"):format(path_text(path), message), schema.say)
end

local check

local function judge_list(judge, value, lines, path, schema)
  if type(value) ~= "table" or not lab.is_list(value) then return note_kind(judge, value, lines, path, "a list") end
  for i, item in ipairs(value) do
    local at, below = structure.inside(lines, i), {up = path, key = i}
    if is_absent(item) then judge:note(at, path_text(below) .. " is empty", "an item")
    else check(judge, item, at, schema.list, below)
    end
  end
end

local function is_map(value)
  return type(value) == "table" and getmetatable(value) ~= "list"
end

local function judge_map(judge, value, lines, path, schema)
  if not is_map(value) then return note_kind(judge, value, lines, path, "a map") end
  for _, key in ipairs(lab.sorted_keys(value)) do
    local at = structure.inside(lines, key)
    local message = schema.key and schema.key(key)
    if message then judge:note(at, ("%s: %s"):format(path_text(path), message), "a name that is allowed") end
    if value[key] ~= lab.null then check(judge, value[key], at, schema.map, {up = path, key = key})
    elseif schema.map ~= "any" then note_kind(judge, value[key], at, {up = path, key = key}, "a value")
    end
  end
end

local function judge_one(judge, value, lines, path, names)
  local found = {}
  for _, name in ipairs(names) do
    if not is_absent(value[name]) then found[#found + 1] = name end
  end
  local expected = "exactly one of " .. table.concat(names, ", ")
  if #found == 1 then return end
  local got = #found == 0 and "none" or table.concat(found, " and ")
  judge:note(lines, ("%s needs %s, got %s"):format(path_text(path), expected, got), expected)
end

local function judge_fields(judge, value, lines, path, schema)
  if not is_map(value) then return note_kind(judge, value, lines, path, "a map") end
  schema.names = schema.names or lab.sorted_keys(schema.fields)
  for _, name in ipairs(lab.sorted_keys(value)) do
    local field, at = schema.fields[name], structure.inside(lines, name)
    if not field then
      judge:note(at, ("unknown field '%s' in %s%s"):format(lab.visible(tostring(name):sub(1, NAME_MOST)),
        path_text(path), structure.near(name, schema.names)), "a field of " .. path_text(path))
    elseif not is_absent(value[name]) then check(judge, value[name], at, field, {up = path, key = name})
    end
  end
  for _, name in ipairs(schema.required or {}) do
    if is_absent(value[name]) then
      judge:note(lines, ("%s lacks '%s'"):format(path_text(path), name), ("'%s'"):format(name))
    end
  end
  if schema.one then judge_one(judge, value, lines, path, schema.one) end
  if schema.also then schema.also(judge, value, lines, path) end
end

function check(judge, value, lines, schema, path)
  if type(schema) == "string" then return judge_scalar(judge, value, lines, path, schema) end
  if schema.fields then return judge_fields(judge, value, lines, path, schema) end
  if schema.list then return judge_list(judge, value, lines, path, schema) end
  if schema.map then return judge_map(judge, value, lines, path, schema) end
  if schema.choice then return judge_choice(judge, value, lines, path, schema.choice) end
  judge_test(judge, value, lines, path, schema)
end

--- Judges a value; `path` is where it stands in its document, or nil.
function Judge:check(value, lines, schema, path)
  check(self, value, lines, schema, path)
end

--- Ends the check when there are problems: the first of them is the failure, the others stand below it.
function Judge:finish()
  local problems = self.problems
  if #problems == 0 then return end
  table.sort(problems, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    return a.line < b.line or a.line == b.line and a.order < b.order
  end)
  local function told(problem) return ("%s:%d: %s"):format(problem.file, problem.line, problem.actual) end
  local more = {}
  for i = 2, math.min(#problems, SHOWN_MOST) do more[#more + 1] = told(problems[i]) end
  if #problems > SHOWN_MOST then more[#more + 1] = "…" end
  local first = problems[1]
  lab.fail {
    what = first.file, expected = first.expected, actual = first.actual,
    where = {file = first.file, line = first.line},
    evidence = #more > 0 and table.concat(more, "\n") or nil, message = told(first),
  }
end
