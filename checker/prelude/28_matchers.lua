-- The matchers of expect(…), a row each:
--
-- check(arguments…)           raises when the author misuses it
-- test(actual, arguments…)    whether it holds; a second result is its detail: {difference, path, actual}
-- say(detail, arguments…)     what is expected, in words
-- deny(arguments…)            the same for not_…, where a "not" before it would not do
-- lacks(actual, arguments…)   whether not_… holds, where that is more than the opposite

local state = lab.state
local render = lab.render

local matchers = {}
lab.matchers = matchers

local function want(kind)
  return function(name, ...) lab.argument(name, (...), kind) end
end

local function nothing() end

local function anything(name, ...)
  if select("#", ...) == 0 then lab.misuse("%s needs a value to compare with", name) end
end

local function compare(actual, expected, tolerance)
  local found = lab.difference(actual, expected, tolerance)
  if not found then return true end
  return false, {path = found.path, difference = lab.difference_text(found, actual, expected, tolerance)}
end

matchers.equals = {
  check = anything,
  test = compare,
  say = function(detail, expected) return render(expected, detail and detail.path) end,
  deny = function(expected) return "anything but " .. render(expected) end,
}

matchers.near = {
  check = function(name, expected, tolerance)
    if type(expected) ~= "table" then lab.argument(name .. ": the value", expected, "number") end
    lab.argument(name .. ": the tolerance", tolerance, "number")
    if tolerance < 0 or tolerance ~= tolerance then lab.misuse("%s: the tolerance must not be negative", name) end
  end,
  test = compare,
  say = function(detail, expected, tolerance)
    return ("%s ± %s"):format(render(expected, detail and detail.path), lab.number(tolerance))
  end,
}

--- Whether every entry of `part` is in `whole`, deeply.
local function is_part(whole, part)
  for key, value in pairs(part) do
    if lab.difference(whole[key], value) then return false end
  end
  return true
end

local function contains(actual, part)
  if type(actual) == "string" then return type(part) == "string" and actual:find(part, 1, true) ~= nil end
  if type(actual) ~= "table" then return false end
  if type(part) == "table" and not lab.is_list(actual) then return is_part(actual, part) end
  for _, value in pairs(actual) do
    if not lab.difference(value, part) then return true end
  end
  return false
end

matchers.contains = {
  check = anything,
  test = contains,
  say = function(_, part) return "something that contains " .. render(part) end,
  deny = function(part) return "nothing that contains " .. render(part) end,
}

matchers.matches = {
  check = function(name, pattern)
    lab.argument(name .. ": the pattern", pattern, "string")
    local fine, message = pcall(string.find, "", pattern)
    if not fine then lab.misuse("%s: %s", name, message) end
  end,
  test = function(actual, pattern) return type(actual) == "string" and actual:find(pattern) ~= nil end,
  say = function(_, pattern) return "text that matches " .. lab.quote(pattern) end,
  deny = function(pattern) return "text that does not match " .. lab.quote(pattern) end,
}

local function is_number(value) return type(value) == "number" end

matchers.at_least = {
  check = want "number",
  test = function(actual, least) return is_number(actual) and actual >= least end,
  say = function(_, least) return "at least " .. lab.number(least) end,
}

matchers.at_most = {
  check = want "number",
  test = function(actual, most) return is_number(actual) and actual <= most end,
  say = function(_, most) return "at most " .. lab.number(most) end,
}

matchers.between = {
  check = function(name, least, most)
    lab.argument(name .. ": the least", least, "number")
    lab.argument(name .. ": the most", most, "number")
  end,
  test = function(actual, least, most) return is_number(actual) and actual >= least and actual <= most end,
  say = function(_, least, most) return ("between %s and %s"):format(lab.number(least), lab.number(most)) end,
}

matchers.one_of = {
  check = want "table",
  test = function(actual, choices)
    for _, choice in ipairs(choices) do
      if not lab.difference(actual, choice) then return true end
    end
    return false
  end,
  say = function(_, choices) return "one of " .. render(choices) end,
}

local function missing_keys(actual, keys)
  local missing = {}
  for _, key in ipairs(keys) do
    if type(actual) ~= "table" or actual[key] == nil then missing[#missing + 1] = key end
  end
  return missing
end

matchers.has_keys = {
  check = function(name, ...)
    anything(name, ...)
    for i = 1, select("#", ...) do
      local key = select(i, ...)
      if type(key) ~= "number" then lab.argument(name .. ": a key", key, "string") end
    end
  end,
  test = function(actual, ...)
    local missing = missing_keys(actual, {...})
    if #missing == 0 then return true end
    return false, type(actual) == "table" and {difference = "missing: " .. table.concat(missing, ", ")} or nil
  end,
  say = function(_, ...) return "the keys " .. table.concat({...}, ", ") end,
  deny = function(...) return "none of the keys " .. table.concat({...}, ", ") end,
  lacks = function(actual, ...) return #missing_keys(actual, {...}) == select("#", ...) end,
}

--- Bytes of a text, items of a list, entries of a map; nil for anything else.
local function length(value)
  if type(value) == "string" then return #value end
  if type(value) ~= "table" then return nil end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  return count
end

matchers.has_length = {
  check = want "integer",
  test = function(actual, count)
    local found = length(actual)
    if found == count then return true end
    return false, found and {difference = ("its length is %d"):format(found)} or nil
  end,
  say = function(_, count) return "length " .. count end,
}

matchers.is_empty = {
  check = nothing,
  test = function(actual) return length(actual) == 0 end,
  say = function() return "empty" end,
}

--- Calls the author's function on a value. It answers true or false (and why), or it makes expectations of its own.
local function holds_for(name, ask, ...)
  local before = state.assertions
  local answer, why = ask(...)
  if answer == nil and state.assertions == before then
    lab.misuse("%s: the function neither returned true or false nor expected anything", name)
  end
  return answer == nil or answer ~= false, why
end

--- The first item for which the function answers `wanted`: key, value, why.
local function find_item(name, actual, ask, wanted)
  for _, key in ipairs(lab.item_keys(actual)) do
    local fine, why = holds_for(name, ask, actual[key], key)
    if fine == wanted then return key, actual[key], why end
  end
end

function lab.item_keys(value)
  if not lab.is_list(value) then return lab.sorted_keys(value) end
  local keys = {}
  for i = 1, #value do keys[i] = i end
  return keys
end

local function item_detail(key, value, why)
  local name = math.type(key) == "integer" and ("row %d"):format(key) or lab.quote(tostring(key))
  return {path = {key}, difference = ("%s: %s"):format(name, why or render(value))}
end

matchers.each = {
  check = want "function",
  test = function(actual, ask)
    if type(actual) ~= "table" then return false end
    local key, value, why = find_item("each", actual, ask, false)
    if key == nil then return true end
    return false, item_detail(key, value, why)
  end,
  say = function() return "every item as described" end,
  deny = function() return "an item that is not as described" end,
}

matchers.any = {
  check = want "function",
  test = function(actual, ask) return type(actual) == "table" and find_item("any", actual, ask, true) ~= nil end,
  say = function() return "an item as described" end,
  deny = function() return "no item as described" end,
}

matchers.none = {
  check = want "function",
  test = function(actual, ask)
    if type(actual) ~= "table" then return false end
    local key, value, why = find_item("none", actual, ask, true)
    if key == nil then return true end
    return false, item_detail(key, value, why)
  end,
  say = function() return "no item as described" end,
  deny = function() return "an item as described" end,
}

matchers.satisfies = {
  check = function(name, ask, description)
    lab.argument(name .. ": the function", ask, "function")
    if description ~= nil then lab.argument(name .. ": the description", description, "string") end
  end,
  test = function(actual, ask)
    local fine, why = holds_for("satisfies", ask, actual)
    return fine, why and {difference = tostring(why)} or nil
  end,
  say = function(_, _, description) return type(description) == "string" and description or "a value as described" end,
}
