-- The Lua text of a draft, for record.lua: from what came of two runs, a check that asks for what was the same.

local drafts = {LONGEST_LINE = 200, MOST_FILES = 40}

local WIDTH, LONGEST_LINE, MOST_NAMED = 116, drafts.LONGEST_LINE, 5

local function is_list(value)
  return value[1] ~= nil or json.encode(value) == "[]"
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- What a request sends: a value for JSON, else the text.
local function body_of(request)
  local value = request.body and json.decode(request.body)
  if type(value) == "table" then return value end
  return request.body
end

-- ---- Lua text ----

--- Bytes that are no UTF-8, and what steers a terminal or turns the direction of text.
local odd = {"[\xC2][\x80-\x9F]", "\xE2\x80[\x8E\x8F\xA8-\xAE]", "\xE2\x81[\xA6-\xA9]", "\xD8\x9C"}

local function is_odd(text)
  for _, pattern in ipairs(odd) do
    if text:find(pattern) then return true end
  end
  return not utf8.len(text)
end

local function quoted(text)
  local escaped = text:gsub('[%c"\\\x7f-\xff]', function(char)
    if char == '"' or char == "\\" then return "\\" .. char end
    if char == "\n" then return "\\n" end
    return char:byte() < 0x80 and ("\\%03d"):format(char:byte()) or nil
  end)
  if not is_odd(escaped) then return '"' .. escaped .. '"' end
  return '"' .. escaped:gsub("[\x80-\xff]", function(char) return ("\\%03d"):format(char:byte()) end) .. '"'
end

local keywords = {}
for _, word in ipairs {"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while"} do
  keywords[word] = true
end

local function is_name(text) return text:find("^[%a_][%w_]*$") and not keywords[text] end

local function field(of, key)
  return is_name(key) and of .. "." .. key or ("%s[%s]"):format(of, quoted(key))
end

local lines

local function add(indent, ...)
  lines[#lines + 1] = ("  "):rep(indent) .. string.format(...)
end

--- opening, items separated by commas, closing: on one line, or on as many as it takes.
local function add_list(indent, opening, items, closing)
  local whole = opening .. table.concat(items, ", ") .. closing
  if #whole + 2 * indent <= WIDTH then
    add(indent, "%s", whole)
    return
  end
  add(indent, "%s", opening)
  local line = ""
  for i, item in ipairs(items) do
    local piece = item .. (i < #items and "," or "")
    if line ~= "" and #line + 1 + #piece + 2 * (indent + 1) > WIDTH then
      add(indent + 1, "%s", line)
      line = ""
    end
    line = line == "" and piece or line .. " " .. piece
  end
  if line ~= "" then add(indent + 1, "%s", line) end
  add(indent, "%s", closing)
end

local function quoted_all(texts)
  local all = {}
  for i, text in ipairs(texts) do all[i] = quoted(text) end
  return all
end

--- A value as the text of a table.
local function literal(value)
  if value == json.null then return "json.null" end
  if type(value) == "string" then return quoted(value) end
  if math.type(value) == "float" then return ("%.17g"):format(value) end
  if type(value) ~= "table" then return tostring(value) end
  local items = {}
  if is_list(value) then
    for i, item in ipairs(value) do items[i] = literal(item) end
    return #items == 0 and "json.list({})" or "{" .. table.concat(items, ", ") .. "}"
  end
  for i, key in ipairs(sorted_keys(value)) do
    items[i] = (is_name(key) and key or "[" .. quoted(key) .. "]") .. " = " .. literal(value[key])
  end
  return "{" .. table.concat(items, ", ") .. "}"
end

-- ---- the draft: what was the same both times ----

local function same_list(a, b)
  if #a ~= #b then return false end
  for i, item in ipairs(a) do
    if item ~= b[i] then return false end
  end
  return true
end

--- Items of both lists, and those that are in one only.
local function common(a, b)
  local counts, both, one = {}, {}, {}
  for _, list in ipairs {a, b} do
    for _, item in ipairs(list) do counts[item] = (counts[item] or 0) + 1 end
  end
  for _, item in ipairs(sorted_keys(counts)) do
    table.insert(counts[item] == 2 and both or one, item)
  end
  return both, one
end

local function left_out(what)
  if is_odd(what) then what = what:gsub("[\x80-\xff]", "?") end
  add(1, "-- left out: %s, which differed between two runs", (what:gsub("%c", "?")))
end

--- What is judged, in words: "out/model.json: trees.depth".
local function label(of, path) return path == "" and of or of .. ": " .. path end

local function add_expect(at, what, matcher)
  local opening = ("expect(%s, %s)"):format(at, quoted(what))
  if #opening + #matcher + 2 <= WIDTH then
    add(1, "%s", opening .. matcher)
  else
    add(1, "%s", opening)
    add(2, "%s", matcher)
  end
end

local function draft_items(at, what, a, b)
  if not a.item or a.item ~= b.item or a.length == 0 or b.length == 0 then return end
  local keys = common(a.item_keys, b.item_keys)
  if a.item == "object" and #keys > 0 then
    add_expect(at, what, ":each(function(item)")
    add_list(2, ("expect(item, %s):has_keys("):format(quoted("an item of " .. what)), quoted_all(keys), ")")
    add(1, "end)")
  elseif a.item == "string" or a.item == "number" or a.item == "boolean" then
    add_expect(at, what, (":each(function(item) return type(item) == %s end)"):format(quoted(a.item)))
  end
end

local function draft_list(at, what, a, b)
  if a.length == b.length then
    add_expect(at, what, (":has_length(%d)"):format(a.length))
  else
    left_out("the length of " .. what)
  end
  draft_items(at, what, a, b)
end

local draft_shape

local function draft_object(at, of, path, a, b)
  local what = label(of, path)
  if not a.keys or not b.keys then
    if a.count and a.count == b.count then add_expect(at, what, (":has_length(%d)"):format(a.count)) end
    return
  end
  local keys, others = common(a.keys, b.keys)
  if #keys > 0 then add_list(1, ("expect(%s, %s):has_keys("):format(at, quoted(what)), quoted_all(keys), ")") end
  for _, key in ipairs(others) do left_out(("%s of %s"):format(key, what)) end
  for _, key in ipairs(keys) do
    local of_a, of_b = a.fields[key], b.fields[key]
    if of_a and of_b then draft_shape(field(at, key), of, path == "" and key or path .. "." .. key, of_a, of_b) end
  end
end

--- `at` is Lua for the value, `path` where it stands in `of`.
function draft_shape(at, of, path, a, b)
  local what = label(of, path)
  if a.is ~= b.is then
    left_out("the type of " .. what)
  elseif a.is == "object" then
    draft_object(at, of, path, a, b)
  elseif a.is == "list" then
    draft_list(at, what, a, b)
  elseif a.is == "null" then
    add_expect(at, what, ":equals(json.null)")
  else
    add_expect(("type(%s)"):format(at), "type of " .. what, (":equals(%s)"):format(quoted(a.is)))
    if a.value ~= b.value then left_out("the value of " .. what) end
  end
end

--- A name for what a file holds: out/model.json is model_json.
local function name_for(path, taken)
  local name = path:match("[^/]*$"):gsub("[^%w]", "_"):gsub("^(%d)", "_%1")
  local unique, count = name, 1
  while taken[unique] or not is_name(unique) do
    count = count + 1
    unique = name .. "_" .. count
  end
  taken[unique] = true
  return unique
end

local function amount(bytes)
  return bytes < 1024 and ("%d byte%s"):format(bytes, bytes == 1 and "" or "s") or ("%.1f KiB"):format(bytes / 1024)
end

local function draft_csv(path, name, a, b)
  add(1, "local %s = file(%s):csv()", name, quoted(path))
  if same_list(a.header, b.header) then
    local opening = ("expect(%s.header, %s):equals({"):format(name, quoted("columns of " .. path))
    add_list(1, opening, quoted_all(a.header), "})")
  else
    left_out("the columns of " .. path)
  end
  if a.rows == b.rows then
    add(1, "expect(#%s, %s):equals(%d)", name, quoted("rows of " .. path), a.rows)
  else
    left_out("the number of rows of " .. path)
  end
end

local function draft_file(path, word, a, b, taken)
  add(1, "expect.file(%s):exists() -- %s, %s", quoted(path), word, amount(a.size))
  if a.header and b.header then
    draft_csv(path, name_for(path, taken), a, b)
  elseif a.json and b.json then
    local name = name_for(path, taken)
    add(1, "local %s = file(%s):json()", name, quoted(path))
    draft_shape(name, path, "", a.json, b.json)
  end
end

local function draft_files(a, b)
  local taken = {result = true, t = true}
  for _, word in ipairs {"made", "changed"} do
    local paths, others = common(sorted_keys(a[word]), sorted_keys(b[word]))
    for _, path in ipairs(paths) do draft_file(path, word, a[word][path], b[word][path], taken) end
    for i, path in ipairs(others) do
      if i <= MOST_NAMED then left_out(("the file %s"):format(path)) end
    end
    if #others > MOST_NAMED then left_out(("%d more files"):format(#others - MOST_NAMED)) end
  end
  for _, path in ipairs(common(a.removed, b.removed)) do
    add(1, "expect.file(%s):not_exists() -- it was removed", quoted(path))
  end
  if a.left_out > 0 then add(1, "-- left out: %d files beyond the first %d", a.left_out, drafts.MOST_FILES) end
end

local function draft_output(a, b)
  if a.json and b.json then
    add(1, "local said = result:json()")
    draft_shape("said", "its output", "", a.json, b.json)
  elseif a.line ~= b.line then
    left_out("the first line of its output")
  elseif #a.line > LONGEST_LINE then
    add(1, "-- left out: the first line of its output, which is long")
  elseif a.line ~= "" then
    add(1, "expect(result:lines()[1], \"first line of its output\"):equals(%s)", quoted(a.line))
  end
end

local function draft_run(a, b)
  local way = a.code == 0 and "}:ok()" or ("}:fails(%d)"):format(a.code)
  if a.code ~= b.code then
    left_out("the exit code")
    way = "}"
  end
  local says = a.json and b.json or (a.line == b.line and a.line ~= "" and #a.line <= LONGEST_LINE)
  add_list(1, (says and "local result = " or "") .. "t:run{", quoted_all(asked.argv), way)
  draft_output(a, b)
  draft_files(a.files, b.files)
end

-- ---- of a service ----

local function word_with_port(word)
  local parts, start = {}, 1
  while true do
    local from, to = word:find("{port}", start, true)
    local text = word:sub(start, (from or 0) - 1)
    if text ~= "" then parts[#parts + 1] = quoted(text) end
    if not from then return table.concat(parts, " .. ") end
    parts[#parts + 1] = "listens"
    start = to + 1
  end
end

local function draft_answer(number, request, a, b)
  local name, what = "answer" .. (number > 1 and "_" .. number or ""), request.method .. " " .. request.path
  if request.method == "GET" then
    add(1, "local %s = app:get(%s)", name, quoted(request.path))
  else
    local body = body_of(request)
    add_list(1, ("local %s = app:post("):format(name), {quoted(request.path), literal(body == nil and "" or body)}, ")")
  end
  if a.status ~= b.status then
    left_out("the status of " .. what)
    add(1, "expect(%s.status, %s):between(100, 599)", name, quoted("status of " .. what))
  else
    add(1, "expect(%s.status, %s):equals(%d)", name, quoted("status of " .. what), a.status)
  end
  if a.json and b.json then
    add(1, "local %s_json = %s:json()", name, name)
    draft_shape(name .. "_json", "answer to " .. what, "", a.json, b.json)
  elseif a.body ~= b.body then
    left_out("the answer to " .. what)
  elseif #a.body <= LONGEST_LINE and a.body ~= "" then
    add(1, "expect(%s.body, %s):equals(%s)", name, quoted("answer to " .. what), quoted(a.body))
  end
end

local function ready_way(a, b)
  for i, request in ipairs(asked.requests) do
    local fine = a.answers[i].status // 100 == 2 and b.answers[i].status // 100 == 2
    if request.method == "GET" and fine then return ("ready = {http = %s}"):format(quoted(request.path)) end
  end
  return "ready = {tcp = true}"
end

local function draft_service(a, b)
  local words = {}
  for i, word in ipairs(asked.argv) do words[i] = word == "" and '""' or word_with_port(word) end
  words[#words + 1] = "port = listens"
  words[#words + 1] = ready_way(a, b)
  add(1, "local listens = port()")
  add_list(1, "local app = t:service{", words, "}")
  for i, request in ipairs(asked.requests) do draft_answer(i, request, a.answers[i], b.answers[i]) end
end

--- The whole check, as text.
function drafts.check(a, b)
  lines = {
    "-- Drafted by lab author record from what the solution did. Tighten it: ask for what the task asks, and no more.",
    ("checks[%s] = function(t)"):format(quoted(asked.id)),
  }
  if asked.service then draft_service(a, b) else draft_run(a, b) end
  add(0, "end")
  return table.concat(lines, "\n") .. "\n"
end

drafts.is_list, drafts.sorted_keys, drafts.body_of = is_list, sorted_keys, body_of
