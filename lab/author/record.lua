-- The checker that lab author record runs on the solution. In front of it stand `asked`, which says what to run and
-- what to ask of it, and record_draft.lua. Two checks do the same and tell what came of it; the third makes a draft
-- of what was the same both times.

local LONGEST_LINE, LARGEST_FILE = drafts.LONGEST_LINE, 4 * 1024 * 1024
local MOST_KEYS, MOST_ITEMS, MOST_DEPTH = 24, 200, 2

-- ---- what a value looks like ----

local shape_of

local function shape_of_list(list, depth)
  local shape = {is = "list", length = #list}
  local kinds, counts = {}, {}
  for i = 1, math.min(#list, MOST_ITEMS) do
    local item = shape_of(list[i], depth + 1)
    kinds[item.is] = true
    for _, key in ipairs(item.keys or {}) do counts[key] = (counts[key] or 0) + 1 end
  end
  local kind = next(kinds)
  if not kind or next(kinds, kind) then return shape end
  shape.item, shape.item_keys = kind, {}
  for _, key in ipairs(drafts.sorted_keys(counts)) do
    if counts[key] == math.min(#list, MOST_ITEMS) then table.insert(shape.item_keys, key) end
  end
  return shape
end

--- {is, value} of a text, number or boolean; {is, length, item, item_keys} of a list; {is, keys, fields} of an object,
--- or {is, count} of one that is large.
function shape_of(value, depth)
  if value == json.null then return {is = "null"} end
  if type(value) ~= "table" then return {is = type(value), value = tostring(value)} end
  if drafts.is_list(value) then return shape_of_list(value, depth) end
  local keys = drafts.sorted_keys(value)
  if #keys > MOST_KEYS then return {is = "object", count = #keys} end
  local shape = {is = "object", keys = keys, fields = {}}
  for _, key in ipairs(keys) do
    if depth < MOST_DEPTH then shape.fields[key] = shape_of(value[key], depth + 1) end
  end
  return shape
end

-- ---- what the program did ----

local function json_shape(text)
  if not text:find("^%s*[%[{]") then return nil end
  local value = json.decode(text)
  return type(value) == "table" and shape_of(value, 0) or nil
end

local function facts_of_file(path)
  local found = {size = file(path):size()}
  if found.size > LARGEST_FILE then return found end
  if path:find("%.json$") then found.json = json_shape(file(path):text()) end
  local rows = path:find("%.csv$") and csv.decode(file(path):text())
  if rows and rows.header then found.header, found.rows = rows.header, #rows end
  return found
end

local function facts_of_files(before)
  local changes, count = tree_diff(before, tree()), 0
  local found = {made = {}, changed = {}, removed = changes.removed, left_out = 0}
  for word, paths in pairs {made = changes.added, changed = changes.changed} do
    for _, path in ipairs(paths) do
      count = count + 1
      if count > drafts.MOST_FILES then
        found.left_out = found.left_out + 1
      elseif file(path):kind() == "file" then
        found[word][path] = facts_of_file(path)
      end
    end
  end
  return found
end

local function run(t, hash_seed)
  local before, words = tree(), {env = {PYTHONHASHSEED = hash_seed}}
  for i, word in ipairs(asked.argv) do words[i] = word end
  local result = t:run(words)
  expect(result.signal, "the signal that ended it"):equals(nil)
  return {
    code = result.code, line = result:lines()[1] or "", json = json_shape(result.stdout),
    files = facts_of_files(before),
  }
end

-- ---- what the service answered ----

local function words_with_port(number)
  local words = {}
  for i, word in ipairs(asked.argv) do words[i] = word:gsub("{port}", ("%d"):format(number)) end
  return words
end

local function serve(t, hash_seed)
  local number = port()
  local words = words_with_port(number)
  words.env, words.port, words.ready = {PYTHONHASHSEED = hash_seed}, number, {tcp = true}
  local app, answers = t:service(words), {}
  for i, request in ipairs(asked.requests) do
    local is_get = request.method == "GET"
    local answer = is_get and app:get(request.path) or app:post(request.path, drafts.body_of(request))
    answers[i] = {
      status = answer.status, json = json_shape(answer.body), body = answer.body:sub(1, LONGEST_LINE + 1),
    }
  end
  return {answers = answers}
end

-- ---- the checks ----

local record = asked.service and serve or run

checks["first"] = function(t) return record(t, 0) end

checks["second"] = function(t) return record(t, 1) end

checks["draft"] = function(t)
  local a, b = t.needs.first, t.needs.second
  local text = drafts.check(a, b)
  expect(text, "the draft"):contains("checks[")
  return {text = text}
end
