-- Parameters of PostgreSQL: a query with ? for each value, as SQLite takes it, with $1, $2, … instead.
-- https://www.postgresql.org/docs/15/sql-syntax-lexical.html

local Numbered = {}
Numbered.__index = Numbered

--- The end of a text in quotes that begins at `at`. Two quotes in it stand for one: they end here, and begin the next.
local function quoted_end(text, at, quote, escapes)
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" and escapes then i = i + 1 elseif c == quote then return i end
    i = i + 1
  end
  return #text
end

--- The end of a comment, which may hold others.
local function comment_end(text, at)
  local depth, i = 0, at
  repeat
    local from, _, mark = text:find("([/*][*/])", i)
    if not from then return #text end
    if mark == "/*" then depth = depth + 1 elseif mark == "*/" then depth = depth - 1 end
    i = (mark == "/*" or mark == "*/") and from + 2 or from + 1
  until depth == 0
  return i - 1
end

--- The end of what is not looked into at `at`: a text, a quoted name or a comment; nil when there is none.
local function opaque_end(text, at)
  local c = text:sub(at, at)
  local before = text:sub(math.max(at - 2, 1), at - 1)
  if c == "'" then return quoted_end(text, at, c, before:find("^[^%w_]?[eE]$") ~= nil) end
  if c == '"' then return quoted_end(text, at, c, false) end
  if text:find("^%-%-", at) then return (text:find("\n", at, true) or #text + 1) - 1 end
  if text:find("^/%*", at) then return comment_end(text, at) end
  local tag = text:match("^%$[%a_\x80-\xff][%w_\x80-\xff]*%$", at) or text:match("^%$%$", at)
  if not tag or text:sub(at - 1, at - 1):find("[%w_]") then return nil end
  local _, last = text:find(tag, at + #tag, true)
  return last or #text
end

--- A character of the numbered text as one of the text that the author wrote.
function Numbered:place(position)
  for i = #self.added, 1, -1 do
    local one = self.added[i]
    if position >= one.first then return math.max(position - one.sum, one.own) end
  end
  return position
end

local function has_numbers(text, at)
  while at <= #text do
    local stop = opaque_end(text, at)
    if not stop and text:find("^%$%d", at) then return true end
    at = (stop or at) + 1
  end
  return false
end

--- The text with its parameters numbered. One that has numbers, or no values, is left as it is: ? is an operator of
--- PostgreSQL, too.
function lab.number_parameters(text, count)
  local parts, added, from, at, number, sum, own = {}, {}, 1, 1, 0, 0, 0
  if count == 0 or has_numbers(text, 1) then return setmetatable({text = text, added = added}, Numbered) end
  while at <= #text do
    local stop = opaque_end(text, at)
    if not stop and text:sub(at, at) == "?" then
      number = number + 1
      parts[#parts + 1] = text:sub(from, at - 1) .. "$" .. number
      own = own + (utf8.len(text, from, at, true) or at - from + 1)
      sum, from = sum + #tostring(number), at + 1
      added[number] = {first = own + sum - #tostring(number), own = own, sum = sum}
    end
    at = (stop or at) + 1
  end
  return setmetatable({text = table.concat(parts) .. text:sub(from), added = added}, Numbered)
end
