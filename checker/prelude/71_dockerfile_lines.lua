-- The lines of a Dockerfile made into instructions: directives, comments, continuations, flags, heredocs.
--
-- What follows here is told by the Dockerfile reference and by how Docker's own parser behaves. What an instruction
-- means is in the files behind this one.

local json, lab = json, lab

local INSTRUCTIONS_MOST = 2000

local docker = {}
lab.docker = docker -- what the files about Docker share

--- Ends the check: the learner's file is wrong at that line.
function docker.fault(path, line, what, ...)
  what = what:format(...)
  local where = ("%s:%d"):format(path, line)
  lab.fail {
    what = where, expected = "what Docker can read", actual = what, where = {file = path, line = line},
    message = ("%s: %s"):format(where, what),
  }
end

--- These take time that grows as the text does, whatever it holds.
function docker.trim(text)
  return text:match("^%s*(.*)$"):match("^(.*%S)") or ""
end

local function without_returns(line)
  return line:match("^(.*[^\r])") or ""
end

-- ---- words ----

--- What ends a run of plain characters in words, by the escape character.
local specials = {["\\"] = "[%s'\"\\]", ["`"] = "[%s'\"`]"}
local quote_ends = {['"\\'] = '["\\]', ['"`'] = '["`]', ["'\\"] = "'", ["'`"] = "'"}

--- The position behind the quoted text that begins at `at`, or behind the end when nothing closes it.
local function skip_quoted(text, at, escape)
  local quote = text:sub(at, at)
  local stops = quote_ends[quote .. escape]
  at = at + 1
  while true do
    at = text:find(stops, at)
    if not at then return #text + 1 end
    if text:sub(at, at) == quote then return at + 1 end
    at = at + 2
  end
end

--- Words between blanks, quotes and escapes left in them; blanks within quotes and behind an escape are of the word.
function docker.words(text, escape)
  local words, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return words end
    local start = at
    while true do
      at = text:find(specials[escape], at) or #text + 1
      local found = text:sub(at, at)
      if found == escape then
        at = at + 2
      elseif found == "'" or found == '"' then
        at = skip_quoted(text, at, escape)
      else
        break
      end
    end
    words[#words + 1] = text:sub(start, at - 1)
  end
end

-- ---- flags ----

--- One word of flags with its quotes and backslashes taken out, and where it ends.
local function flag_word(text, at)
  local parts, quote = {}, nil
  while at <= #text do
    local c = text:sub(at, at)
    if c == "\\" then
      at = at + 1
      parts[#parts + 1] = text:sub(at, at)
    elseif c == quote then
      quote = nil
    elseif not quote and (c == "'" or c == '"') then
      quote = c
    elseif not quote and c:find("%s") then
      break
    else
      parts[#parts + 1] = c
    end
    at = at + 1
  end
  return table.concat(parts), at
end

--- The words that begin with "--", and what stands behind them.
local function split_flags(rest)
  local flags, at = {}, 1
  while true do
    at = rest:find("%S", at)
    if not at then return flags, "" end
    if rest:sub(at, at + 1) ~= "--" then return flags, rest:sub(at) end
    local word
    word, at = flag_word(rest, at)
    if word == "--" then return flags, rest:sub(at):match("^%s*(.*)$") end
    flags[#flags + 1] = word
  end
end

-- ---- heredocs ----

local takes_heredocs = {ADD = true, COPY = true, RUN = true}

--- The heredoc that a word begins, or nil: "<<EOF", "<<-'EOF'", "3<<EOF".
local function heredoc_of(word)
  local descriptor, dash, rest = word:match("^(%d*)<<(%-?)([^<]+)$")
  if not rest or #docker.words(rest, "\\") ~= 1 then return nil end
  local name = rest:gsub("['\"\\]", "")
  if name == "" then return nil end
  return {name = name, expand = name == rest, chomp = dash ~= "", descriptor = tonumber(descriptor), text = ""}
end

-- ---- reading ----

local Reader = {}
Reader.__index = Reader

function Reader:fault(line, ...)
  docker.fault(self.path, line, ...)
end

local directive_names = {escape = true, syntax = true, check = true}

--- Comments such as `# escape=` count while nothing else has come before them.
function Reader:directive(line)
  local name, value = line:match("^#%s*(%a%w*)%s*=(.*)$")
  name, value = name and name:lower(), docker.trim(value or "")
  if not directive_names[name] or value == "" then
    self.directives_end = true
    return
  end
  if self.directives[name] then self:fault(self.at, "a second '%s' directive", name) end
  if name == "escape" and value ~= "\\" and value ~= "`" then
    self:fault(self.at, "the escape character is '\\' or '`', not %s", lab.quote(value))
  end
  self.directives[name] = value
  if name == "escape" then self.escape = value end
end

--- The next line without its end; nil behind the last one.
function Reader:next()
  if self.start > #self.text then return nil end
  local stop = self.text:find("\n", self.start, true) or #self.text + 1
  local line = self.text:sub(self.start, stop - 1)
  self.start, self.at = stop + 1, self.at + 1
  return line
end

--- The line without a continuation at its end, and whether it goes on.
function Reader:continued(line)
  local body = line:match("^(.*[^ \t])") or ""
  if body:sub(-1) ~= self.escape or body:sub(-2, -2) == self.escape then return line, false end
  return body:sub(1, -2), true
end

--- Lines up to one that does not go on; comments and empty lines between them do not count.
function Reader:logical_line(line)
  local first, goes_on = self:continued(line)
  local parts = {first}
  while goes_on do
    line = self:next()
    if not line then break end
    line = without_returns(line)
    if line:find("%S") and not line:find("^%s*#") then
      parts[#parts + 1], goes_on = self:continued(line)
    end
  end
  return table.concat(parts)
end

--- Reads on to the line that ends the heredoc.
function Reader:fill_heredoc(heredoc, first)
  local lines = {}
  while true do
    local line = self:next()
    if not line then
      self:fault(first, "the heredoc '%s' is never ended by a line that holds %s alone", heredoc.name, heredoc.name)
    end
    if heredoc.chomp then line = line:match("^\t*(.*)$") end
    if without_returns(line) == heredoc.name then break end
    lines[#lines + 1] = line .. "\n"
  end
  heredoc.text = table.concat(lines)
end

--- Name, flags and what follows of one instruction; `rest` for an ONBUILD is again one.
function Reader:split(text, line)
  text = docker.trim(text)
  local name, rest = text:match("^(%S+)%s*(.*)$")
  local flags, arguments = split_flags(rest)
  local instruction = {
    name = name:upper(), line = line, flag_words = flags, rest = arguments, raw = text,
    where = ("%s:%d"):format(self.path, line), heredocs = {},
  }
  if instruction.name == "ONBUILD" and arguments ~= "" then instruction.onbuild = self:split(arguments, line) end
  return instruction
end

function Reader:read_heredocs(instruction)
  local owner = instruction.onbuild or instruction
  if not takes_heredocs[owner.name] or not owner.rest:find("<<", 1, true) then return end
  if docker.json_list(owner.rest) then return end
  for _, word in ipairs(docker.words(owner.rest, "\\")) do
    local heredoc = heredoc_of(word)
    if heredoc then
      self:fill_heredoc(heredoc, instruction.line)
      owner.heredocs[#owner.heredocs + 1] = heredoc
    end
  end
end

function Reader:take(line)
  local first = self.at
  local instruction = self:split(self:logical_line(line), first)
  self:read_heredocs(instruction)
  instruction.last_line = self.at
  self.instructions[#self.instructions + 1] = instruction
  if #self.instructions > INSTRUCTIONS_MOST then self:fault(first, "more than %d instructions", INSTRUCTIONS_MOST) end
end

--- Instructions {name, flag_words, rest, raw, line, last_line, where, heredocs, onbuild}, directives by name, and the
--- escape character.
function docker.read_lines(path, text)
  local reader = setmetatable({path = path, text = text:gsub("^\xEF\xBB\xBF", ""), start = 1, at = 0, escape = "\\",
    directives = {}, instructions = {}}, Reader)
  for line in reader.next, reader do
    line = without_returns(line:match("^%s*(.*)$"))
    if not reader.directives_end then reader:directive(line) end
    local is_content = line:find("%S") and line:sub(1, 1) ~= "#"
    if is_content and reader:continued(line):find("%S") then
      reader:take(line)
    end
  end
  if #reader.instructions == 0 then reader:fault(1, "the file has no instructions") end
  return reader.instructions, reader.directives, reader.escape
end

--- The texts of a JSON list, nil when it is none; an item that is no text is an error, named by the second value.
function docker.json_list(rest)
  if not rest:find("^%s*%[") then return nil end
  local list = json.decode(rest)
  if not list then return nil end
  for i = 1, #list do
    if type(list[i]) ~= "string" then return nil, i end
  end
  return list
end
