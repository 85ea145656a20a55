-- JSON Schema, first part: how values are seen, compared and shown, and the formats of texts.

local json, lab, utf8 = json, lab, utf8
local null = json.null

local part = {} -- what the parts of JSON Schema share
lab.json_schema = part

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
part.sorted_keys = sorted_keys

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
  for number in (text .. "."):gmatch("([^.]*)%.") do
    count = count + 1
    if not number:find("^%d%d?%d?$") or tonumber(number) > 255 or number:find("^0%d") then return false end
  end
  return count == 4
end

--- Parts between single dots, none at the ends.
local function is_dotted(text)
  return not text:find("^%.") and not text:find("%.$") and not text:find("..", 1, true)
end

local function is_email(text)
  local name, host = text:match("^([^@%s]+)@([%w.-]+)$")
  return name ~= nil and is_dotted(name) and is_dotted(host) and not host:find("^%-") and not host:find("%-$")
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
local unchecked_formats = {"hostname", "idn-email", "idn-hostname", "ipv6", "iri", "iri-reference", "json-pointer",
  "regex", "relative-json-pointer", "uri-reference", "uri-template"}

part.is_list, part.type_of, part.has_type, part.is_integer = is_list, type_of, has_type, is_integer
part.canonical, part.shown, part.below, part.size_of = canonical, shown, below, size_of
part.formats, part.unchecked_formats = formats, unchecked_formats
