-- Words of a Dockerfile with their quotes taken out and their variables filled in, as Docker does it.
--
--   $x  ${x}                       the value, nothing when there is none
--   ${x:-w} ${x:+w} ${x:?w}        w when x is empty or has no value; w when it has one; an error. Without the colon an
--                                  empty value counts as one
--   ${x#p} ${x##p} ${x%p} ${x%%p}  the value without the shortest or longest beginning, or end, that p matches
--   ${x/p/w} ${x//p/w}             the first, or every, part that p matches replaced by w

local lab = lab
local docker = lab.docker

-- Nested ${…}; bytes of one word and of all words of a file; steps of all patterns.
local DEPTH_MOST, WORD_MOST, BYTES_MOST, STEPS_MOST = 32, 64 << 10, 16 << 20, 1000000

-- ---- patterns: * and ?, and a backslash before what stands for itself ----

local function tokens_of(pattern)
  local tokens, at = {}, 1
  while at <= #pattern do
    local c = pattern:sub(at, at)
    if c == "\\" and at < #pattern then
      at = at + 1
      c = "\\" .. pattern:sub(at, at)
    end
    tokens[#tokens + 1] = #c == 2 and c:sub(2) or c == "*" and "many" or c == "?" and "one" or c
    at = at + 1
  end
  return tokens
end

local function reversed(list)
  local result = {}
  for i = #list, 1, -1 do result[#result + 1] = list[i] end
  return result
end

--- The places that one byte leads to, and whether the pattern may end there.
local function advance(tokens, places, byte)
  local next_places, any = {}, false
  local function reach(place)
    next_places[place], any = true, true
    if tokens[place] == "many" and not next_places[place + 1] then reach(place + 1) end
  end
  for place in pairs(places) do
    local token = tokens[place]
    if token == "many" then
      reach(place)
    elseif token == "one" or token == byte then
      reach(place + 1)
    end
  end
  return next_places, any
end

local Expander = {}
Expander.__index = Expander

--- Notes that text was made, of which a file may not make too much.
function Expander:count(bytes)
  self.file.bytes = self.file.bytes + bytes
  if self.file.bytes > BYTES_MOST then self:fault("variables that grow too large") end
end

--- Lengths of the shortest and the longest part from `first` on that matches, nil when none does.
function Expander:match(value, first, tokens)
  local places, place = {[1] = true}, 1
  while tokens[place] == "many" do
    place = place + 1
    places[place] = true
  end
  local finish = #tokens + 1
  local shortest = places[finish] and 0 or nil
  local longest = shortest
  for at = first, #value do
    local any
    places, any = advance(tokens, places, value:sub(at, at))
    self.file.steps = self.file.steps + #tokens + 1
    if self.file.steps > STEPS_MOST then self:fault("patterns of variables that take too long") end
    if not any then break end
    if places[finish] then
      shortest, longest = shortest or at - first + 1, at - first + 1
    end
  end
  return shortest, longest
end

function Expander:without_affix(value, operator, pattern)
  local tokens, is_end = tokens_of(pattern), operator:sub(1, 1) == "%"
  if is_end then tokens, value = reversed(tokens), value:reverse() end
  local shortest, longest = self:match(value, 1, tokens)
  local rest = value:sub((#operator == 2 and longest or shortest or 0) + 1)
  return is_end and rest:reverse() or rest
end

function Expander:replaced(value, pattern, replacement, all)
  local tokens, parts, at = tokens_of(pattern), {}, 1
  while at <= #value do
    local _, longest = self:match(value, at, tokens)
    if longest and longest > 0 then
      parts[#parts + 1] = replacement
      self:count(#replacement)
      at = at + longest
      if not all then break end
    else
      parts[#parts + 1] = value:sub(at, at)
      at = at + 1
    end
  end
  return table.concat(parts) .. value:sub(at)
end

-- ---- reading ----

function Expander:fault(...)
  docker.fault(self.file.path, self.line, ...)
end

--- The value of a variable; nil, and a note of its name, when it has none.
function Expander:look(name)
  local value = self.variables(name)
  if value == nil and name:find("^[%a_]") then self.undefined[name] = true end
  return value
end

function Expander:peek()
  return self.text:sub(self.at, self.at)
end

function Expander:take(pattern)
  local found = self.text:match("^" .. pattern, self.at)
  if found then self.at = self.at + #found end
  return found
end

function Expander:name()
  return self:take("[%a_][%w_]*") or self:take("%d+") or self:take("[@*#?$!%-]") or ""
end

function Expander:single_quoted()
  local stop = self.text:find("'", self.at + 1, true)
  if not stop then self:fault("a ' that is never closed") end
  local inner = self.text:sub(self.at + 1, stop - 1)
  self.at = stop + 1
  return inner
end

function Expander:double_quoted()
  local parts, stops = {}, '["$%' .. self.file.escape .. "]"
  self.at = self.at + 1
  while true do
    local at = self.text:find(stops, self.at)
    if not at then self:fault('a " that is never closed') end
    parts[#parts + 1] = self.text:sub(self.at, at - 1)
    self.at = at
    local c = self:peek()
    if c == "$" then
      parts[#parts + 1] = self:variable()
    else
      self.at = at + 1
      if c == '"' then return table.concat(parts) end
      local escaped = self:take('["$%' .. self.file.escape .. "]")
      parts[#parts + 1] = escaped or c
    end
  end
end

local substitutions = {}

substitutions["-"] = function(_, _, value, is_set, word) return is_set and value or word end
substitutions["+"] = function(_, _, _, is_set, word) return is_set and word or "" end
substitutions["?"] = function(self, name, value, is_set, word)
  if not is_set then self:fault("%s: %s", name, word ~= "" and word or "has no value") end
  return value
end

function Expander:closed_word(stop, raw)
  local word = self:up_to(stop, raw)
  if self:peek() ~= stop then self:fault("a ${ that is never closed") end
  self.at = self.at + 1
  return word
end

--- ${…}, from behind the brace.
function Expander:braced()
  if self:take("[{}:]") then self:fault("a ${ without a name") end
  local name = self:name()
  if self:take("}") then return self:look(name) or "" end
  local operator = self:take(":[%-+?]") or self:take("[%-+?]")
  if operator then
    local word, value = self:closed_word("}"), self:look(name)
    local is_set = value ~= nil and not (#operator == 2 and value == "")
    return substitutions[operator:sub(-1)](self, name, value, is_set, word)
  end
  operator = self:take("##?") or self:take("%%%%?")
  if operator then
    return self:without_affix(self:look(name) or "", operator, self:closed_word("}", true))
  end
  operator = self:take("//?")
  if not operator then
    self:fault(self.at > #self.text and "a ${ that is never closed" or "${%s%s…}: no such form", name, self:peek())
  end
  local pattern = self:closed_word("/", true)
  return self:replaced(self:look(name) or "", pattern, self:closed_word("}"), operator == "//")
end

function Expander:variable()
  self.at = self.at + 1
  if not self:take("{") then
    local name = self:name()
    local value = name == "" and "$" or self:look(name) or ""
    self:count(#value)
    return value
  end
  self.depth = self.depth + 1
  if self.depth > DEPTH_MOST then self:fault("variables nested deeper than %d levels", DEPTH_MOST) end
  local value = self:braced()
  self.depth = self.depth - 1
  return value
end

--- The text up to `stop`, or to the end; with `raw` escapes stay in it.
function Expander:up_to(stop, raw)
  local parts, size, stops = {}, 0, "['\"$%" .. self.file.escape .. (stop and "%" .. stop or "") .. "]"
  while true do
    local at = self.text:find(stops, self.at) or #self.text + 1
    local part = self.text:sub(self.at, at - 1)
    self.at = at
    local c = self:peek()
    local is_end = c == "" or c == stop
    if c == "'" then
      part = part .. self:single_quoted()
    elseif c == '"' then
      part = part .. self:double_quoted()
    elseif c == "$" then
      part = part .. self:variable()
    elseif not is_end then
      part = part .. (raw and self.text:sub(at, at + 1) or self.text:sub(at + 1, at + 1))
      self.at = at + 2
    end
    parts[#parts + 1], size = part, size + #part
    self:count(#part)
    if size > WORD_MOST then self:fault("variables that grow too large") end
    if is_end then return table.concat(parts) end
  end
end

--- A word with its quotes and variables resolved. `file` is {path, escape, bytes, steps}, of which the last two are
--- counted up; variables(name) answers a text or nil; names without a value are noted in `undefined`.
function docker.expand(file, line, text, variables, undefined)
  if not text:find("['\"$" .. "%" .. file.escape .. "]") then return text end
  local expander = setmetatable({file = file, line = line, text = text, at = 1, depth = 0, variables = variables,
    undefined = undefined}, Expander)
  return expander:up_to(nil)
end
