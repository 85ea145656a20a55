-- Values as a learner reads them: short, cut around what matters, with nothing invisible.

lab.list, lab.null = engine.list, json.null

local TEXT_MOST, LINE_MOST, DEPTH_MOST = 72, 72, 6

-- ---- text ----

local escapes = {["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r"}

--- Characters that one does not see, or takes for others: no-break and other spaces, soft hyphen, zero width,
--- directions, byte order mark.
local invisible = {{0x7F, 0xA0}, {0xAD, 0xAD}, {0x180E, 0x180E}, {0x2000, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x2064},
  {0x3000, 0x3000}, {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}}

local function is_invisible(code)
  for _, range in ipairs(invisible) do
    if code >= range[1] and code <= range[2] then return true end
  end
  return false
end

local function show_byte(byte)
  return escapes[byte] or ("\\x%02x"):format(byte:byte())
end

local function show_character(character)
  local code = utf8.codepoint(character)
  return is_invisible(code) and ("\\u{%x}"):format(code) or character
end

--- The text in which every byte that cannot be seen is written out.
function lab.visible(text)
  if engine.utf8_valid(text) then
    return (text:gsub("%c", show_byte):gsub("[\xC2-\xF4][\x80-\xBF]+", show_character))
  end
  return (text:gsub("[%c\x80-\xFF]", show_byte))
end

--- Moves a position back to the start of its character.
local function character_start(text, at)
  while at > 1 and text:find("^[\x80-\xBF]", at) do at = at - 1 end
  return at
end

local function between_quotes(text)
  return '"' .. lab.visible(text:gsub('["\\]', "\\%0")) .. '"'
end

--- The text in quotation marks, cut around byte `focus`.
function lab.quote(text, focus, most)
  most = most or TEXT_MOST
  if #text <= most then return between_quotes(text) end
  local first = character_start(text, math.max(1, math.min((focus or 1) - most // 3, #text - most + 1)))
  local last = math.min(#text, first + most - 1)
  if last < #text then last = character_start(text, last + 1) - 1 end
  local before, after = first > 1 and "…" or "", last < #text and "…" or ""
  return before .. between_quotes(text:sub(first, last)) .. after
end

-- ---- numbers ----

--- The shortest text that reads back as the same number. Whole floats keep their ".0".
function lab.number(value)
  if math.type(value) == "integer" then return ("%d"):format(value) end
  if value ~= value then return "nan" end
  if value == math.huge or value == -math.huge then return value > 0 and "inf" or "-inf" end
  for _, format in ipairs {"%.15g", "%.16g", "%.17g"} do
    local text = format:format(value)
    if tonumber(text) == value then return text:find("^-?%d+$") and text .. ".0" or text end
  end
end

-- ---- tables ----

--- True for json.list{} and for tables whose keys are 1..n.
function lab.is_list(value)
  if getmetatable(value) == "list" then return true end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count > 0 and count == #value
end

local render

--- Joins items, each made by item(i), from `first` to `count`, as far as there is room; the item in focus is always
--- shown.
local function join(open, close, first, count, focus, room, item)
  local parts = {}
  if first > 1 then parts[1] = "…" end
  for i = first, count do
    local text = item(i)
    if room - #text < 0 and i > (focus or first) then
      parts[#parts + 1] = "…"
      break
    end
    room = room - #text - 2
    parts[#parts + 1] = text
  end
  return open .. table.concat(parts, ", ") .. close
end

local NEAR_START = 8

--- As join, from the first item where the focus lies near enough to it to be seen, else from just before the focus.
local function join_around(open, close, count, focus, room, item)
  if not focus or focus <= NEAR_START then
    local text = join(open, close, 1, count, focus, room, item)
    if not focus or focus <= 3 or #text <= room + room // 2 then return text end
  end
  return join(open, close, math.min(focus - 1, count), count, focus, room, item)
end

local function render_list(list, path, step, room)
  local focus = path and math.type(path[step]) == "integer" and path[step] or nil
  return join_around("[", "]", #list, focus, room, function(i)
    return render(list[i], i == focus and path or nil, step + 1, room // 2)
  end)
end

local function render_map(map, path, step, room)
  local keys, focus = lab.sorted_keys(map), nil
  for i, key in ipairs(keys) do
    if path and key == path[step] then focus = i end
  end
  return join_around("{", "}", #keys, focus, room, function(i)
    local key = keys[i]
    local name = type(key) == "string" and lab.quote(key) or "[" .. tostring(key) .. "]"
    return name .. ": " .. render(map[key], i == focus and path or nil, step + 1, room // 2)
  end)
end

function render(value, path, step, room)
  local kind = type(value)
  if kind == "string" then return lab.quote(value, path and path.byte, math.max(room, 24)) end
  if kind == "number" then return lab.number(value) end
  if kind == "nil" then return "nothing" end
  if kind == "boolean" then return tostring(value) end
  if kind == "userdata" and value == lab.null then return "null" end
  if kind ~= "table" then return "a " .. kind end
  if next(value) == nil then return lab.is_list(value) and "[]" or "{}" end
  if step > DEPTH_MOST then return lab.is_list(value) and "[…]" or "{…}" end
  return (lab.is_list(value) and render_list or render_map)(value, path, step, room)
end

--- The value on one line; `path` leads to what must be seen: {key, key, …, byte = place in a text}.
function lab.render(value, path)
  return render(value, path, 1, LINE_MOST)
end

--- The text with paths of the scratch copy as the learner knows them, relative to the work.
local function relative(text)
  local base = lab.task.scratch_path
  return base and (text:gsub(base:gsub("%p", "%%%0") .. "/", "")) or text
end

--- The last lines of a program's output that say something; nil when none does.
function lab.last_lines(text, most)
  local lines = {}
  text = relative(text)
  for line in text:gmatch("[^\n]+") do
    if line:find("%S") then lines[#lines + 1] = line:sub(1, 400) end
  end
  if #lines == 0 then return nil end
  return table.concat(lines, "\n", math.max(1, #lines - most + 1))
end
