-- Where two values differ first: the path to it, and how many rows of a list differ.

local DEPTH_MOST = 200

local function is_number(value) return type(value) == "number" end

--- Equality of what is not two tables. With a tolerance numbers may differ by it; nothing is near to nan.
local function same_scalar(actual, expected, tolerance)
  if tolerance and is_number(actual) and is_number(expected) then
    return actual == expected or math.abs(actual - expected) <= tolerance
  end
  return actual == expected
end

--- The first byte at which two texts differ.
local function first_byte(a, b)
  for i = 1, math.min(#a, #b) do
    if a:byte(i) ~= b:byte(i) then return i end
  end
  return math.min(#a, #b) + 1
end

local difference

--- Keys of both, lists in their order, else sorted as text; each once.
local function all_keys(actual, expected)
  if lab.is_list(actual) and lab.is_list(expected) then
    local keys = {}
    for i = 1, math.max(#actual, #expected) do keys[i] = i end
    return keys
  end
  local both = {}
  for key in pairs(actual) do both[key] = true end
  for key in pairs(expected) do both[key] = true end
  return lab.sorted_keys(both)
end

local function table_difference(actual, expected, tolerance, depth)
  if depth > DEPTH_MOST then lab.misuse("a value nested deeper than %d levels cannot be compared", DEPTH_MOST) end
  for _, key in ipairs(all_keys(actual, expected)) do
    local found = difference(actual[key], expected[key], tolerance, depth + 1)
    if found then
      table.insert(found.path, 1, key)
      return found
    end
  end
end

--- nil when equal, else {path = {key, …, byte = n}, actual, expected}.
function difference(actual, expected, tolerance, depth)
  if type(actual) == "table" and type(expected) == "table" then
    return rawequal(actual, expected) and nil or table_difference(actual, expected, tolerance, depth)
  end
  if same_scalar(actual, expected, tolerance) then return nil end
  local byte = type(actual) == "string" and type(expected) == "string" and first_byte(actual, expected) or nil
  return {path = {byte = byte}, actual = actual, expected = expected}
end

function lab.difference(actual, expected, tolerance)
  return difference(actual, expected, tolerance, 1)
end

-- ---- in words ----

--- A path as jq writes it: .a[2].b, positions from 0.
local function path_text(path, from)
  local parts = {}
  for i = from, #path do
    local key = path[i]
    if math.type(key) == "integer" then
      parts[#parts + 1] = ("[%d]"):format(key - 1)
    elseif type(key) == "string" and key:find("^[%a_][%w_]*$") then
      parts[#parts + 1] = "." .. key
    else
      parts[#parts + 1] = "." .. lab.quote(tostring(key))
    end
  end
  return table.concat(parts)
end

local function count_differing(actual, expected, tolerance)
  local count = 0
  for i = 1, #expected do
    if difference(actual[i], expected[i], tolerance, 2) then count = count + 1 end
  end
  return count
end

local function row_text(found, actual, expected, tolerance)
  local row, rest = found.path[1], path_text(found.path, 2)
  local text = ("first difference at row %d"):format(row) .. (rest ~= "" and ", " .. rest or "")
  if #actual ~= #expected then return text .. (" (%d rows, expected %d)"):format(#actual, #expected) end
  if #expected < 3 then return text end
  return text .. (" (%d of %d rows differ)"):format(count_differing(actual, expected, tolerance), #expected)
end

local function text_place(actual, byte)
  local before = actual:sub(1, byte - 1)
  local _, newlines = before:gsub("\n", "")
  local column = #lab.after_last("\n", before) + 1
  if not actual:find("\n", 1, true) then return ("first difference at byte %d"):format(byte) end
  return ("first difference at line %d, byte %d"):format(newlines + 1, column)
end

--- One line about where a difference is; nil when the values themselves say it all.
function lab.difference_text(found, actual, expected, tolerance)
  local path = found.path
  if #path == 0 then return path.byte and path.byte > 1 and text_place(actual, path.byte) or nil end
  if lab.is_list(actual) and lab.is_list(expected) then return row_text(found, actual, expected, tolerance) end
  local focus = path.byte and path
  return ("first difference at %s: expected %s, got %s"):format(path_text(path, 1), lab.render(found.expected, focus),
    lab.render(found.actual, focus))
end
