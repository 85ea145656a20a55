-- What an instruction of a Dockerfile may hold: its flags and its arguments, before anything is filled in.

local csv, lab = csv, lab
local docker = lab.docker

--- Flags of each instruction, and what their values are.
local flags_of = {
  FROM = {platform = "text"},
  COPY = {from = "text", chown = "text", chmod = "text", link = "switch", parents = "switch", exclude = "list"},
  ADD = {chown = "text", chmod = "text", checksum = "text", link = "switch", ["keep-git-dir"] = "switch",
    unpack = "switch", exclude = "list"},
  RUN = {mount = "list", network = "text", security = "text", device = "list"},
  HEALTHCHECK = {interval = "text", timeout = "text", ["start-period"] = "text", ["start-interval"] = "text",
    retries = "text"},
}

local function take_switch(file, instruction, name, value)
  if value ~= nil and value ~= "true" and value ~= "false" then
    docker.fault(file.path, instruction.line, "--%s takes true or false, not %s", name, lab.quote(value))
  end
  return value ~= "false"
end

local function read_flags(file, instruction)
  local allowed, flags = flags_of[instruction.name] or {}, {}
  for _, word in ipairs(instruction.flag_words) do
    local name, value = word:match("^%-%-([^=]*)=(.*)$")
    name = name or word:sub(3)
    local kind = allowed[name]
    if not kind then
      docker.fault(file.path, instruction.line, "%s has no flag --%s%s", instruction.name, name,
        lab.nearest(name, lab.sorted_keys(allowed)))
    elseif kind ~= "list" and flags[name] ~= nil then
      docker.fault(file.path, instruction.line, "--%s is given twice", name)
    elseif kind == "switch" then
      flags[name] = take_switch(file, instruction, name, value)
    elseif value == nil then
      docker.fault(file.path, instruction.line, "--%s needs a value: --%s=…", name, name)
    elseif kind == "list" then
      flags[name] = flags[name] or {}
      table.insert(flags[name], value)
    else
      flags[name] = value
    end
  end
  return flags
end

-- ---- arguments ----

local function take_json(file, instruction)
  local list, wrong = docker.json_list(instruction.rest)
  if wrong then
    docker.fault(file.path, instruction.line, "item %d of the JSON list is no text in double quotes", wrong)
  end
  instruction.json = list ~= nil
  return list
end

local function plain_words(text)
  local words = {}
  for word in text:gmatch("%S+") do words[#words + 1] = word end
  return words
end

local function list_or_words(file, instruction)
  return take_json(file, instruction) or plain_words(instruction.rest)
end

--- A command: a JSON list is run as it is ("exec"), anything else by a shell ("shell").
local function command(file, instruction)
  local list = take_json(file, instruction)
  instruction.form = list and "exec" or "shell"
  return list or {instruction.rest}
end

local function text(_, instruction)
  return instruction.rest ~= "" and {instruction.rest} or {}
end

local function words(_, instruction)
  return plain_words(instruction.rest)
end

local function quoted_words(file, instruction)
  return docker.words(instruction.rest, file.escape)
end

--- name=value …, or in its old form one `name value`.
local function pairs_of(file, instruction)
  local found = quoted_words(file, instruction)
  if not found[1] then return found end
  if not found[1]:find("=", 1, true) then
    local name, value = instruction.rest:match("^(%S+)%s+(.*)$")
    if not name then docker.fault(file.path, instruction.line, "%s needs a value", instruction.name) end
    return {name .. "=" .. value}
  end
  for _, word in ipairs(found) do
    if not word:find("=", 1, true) then
      docker.fault(file.path, instruction.line, "%s has no '=': %s needs name=value", lab.quote(word), instruction.name)
    end
  end
  return found
end

local function health(file, instruction)
  local kind, rest = instruction.rest:match("^(%S+)%s*(.*)$")
  kind = (kind or ""):upper()
  if kind == "NONE" and rest == "" then
    instruction.form = "none"
    return {"NONE"}
  end
  if kind ~= "CMD" or rest == "" then
    docker.fault(file.path, instruction.line, "HEALTHCHECK needs CMD and a command, or NONE alone")
  end
  local inner = {rest = rest, line = instruction.line}
  local arguments = command(file, inner)
  instruction.form, instruction.json = inner.form, inner.json
  return arguments
end

--- For each instruction: how its arguments are read, how many it needs at least and at most, and whether Docker fills
--- variables in.
local grammar = {
  ADD = {list_or_words, least = 2, filled = true}, ARG = {quoted_words, least = 1, filled = true},
  CMD = {command, least = 0}, COPY = {list_or_words, least = 2, filled = true},
  ENTRYPOINT = {command, least = 0}, ENV = {pairs_of, least = 1, filled = true},
  EXPOSE = {words, least = 1, filled = true}, FROM = {words, least = 1, filled = true},
  HEALTHCHECK = {health, least = 1}, LABEL = {pairs_of, least = 1, filled = true}, MAINTAINER = {text, least = 1},
  ONBUILD = {text, least = 1}, RUN = {command, least = 0}, SHELL = {command, least = 1},
  STOPSIGNAL = {text, least = 1, filled = true}, USER = {text, least = 1, filled = true},
  VOLUME = {list_or_words, least = 1, filled = true}, WORKDIR = {text, least = 1, filled = true},
}

local never_later = {FROM = true, MAINTAINER = true, ONBUILD = true}

local function check_onbuild(file, instruction)
  local inner = instruction.onbuild
  if inner and never_later[inner.name] then
    docker.fault(file.path, instruction.line, "ONBUILD may not hold %s", inner.name)
  end
  if inner then docker.read_parts(file, inner) end
end

--- Whether Docker fills variables in where this instruction stands.
function docker.is_filled(name)
  return grammar[name].filled or false
end

--- Adds to an instruction of docker.read_lines its flags, args, form and json.
function docker.read_parts(file, instruction)
  local rule = grammar[instruction.name]
  if not rule then
    docker.fault(file.path, instruction.line, "unknown instruction '%s'%s", instruction.name,
      lab.nearest(instruction.name, lab.sorted_keys(grammar)))
  end
  instruction.flags = read_flags(file, instruction)
  instruction.args = rule[1](file, instruction)
  instruction.json = instruction.json or false
  if #instruction.args < rule.least then
    local needed = rule.least == 1 and "an argument" or rule.least .. " arguments"
    docker.fault(file.path, instruction.line, "%s needs at least %s", instruction.name, needed)
  end
  if instruction.name == "SHELL" and instruction.form ~= "exec" then
    docker.fault(file.path, instruction.line, 'SHELL needs a JSON list, such as ["/bin/bash", "-c"]')
  end
  check_onbuild(file, instruction)
end

-- ---- values within arguments ----

--- {type, source, target, from, …} of a --mount; a key without a value is true.
function docker.read_mount(file, instruction, value)
  local rows = csv.decode(value, {header = false})
  local mount = {type = "bind"}
  local names = {dst = "target", destination = "target", src = "source", ro = "readonly"}
  for _, field in ipairs(rows and rows[1] or {}) do
    local key, text_value = field:match("^%s*([^=]*)=(.*)$")
    key = (key or field):lower()
    mount[names[key] or key] = text_value or true
  end
  if not rows or #rows ~= 1 then
    docker.fault(file.path, instruction.line, "--mount=%s is no list of key=value", value)
  end
  return mount
end

local units = {h = 3600, m = 60, s = 1, ms = 1e-3, us = 1e-6, ["µs"] = 1e-6, ns = 1e-9}

--- Seconds of "1m30s"; nil when it is none.
function docker.seconds(value)
  if value == "0" then return 0.0 end
  local total, at = 0.0, 1
  repeat
    local number, unit, stop = value:match("^(%d*%.?%d*)([a-zµ]+)()", at)
    number = tonumber(number)
    if not number or not units[unit] then return nil end
    total, at = total + number * units[unit], stop
  until at > #value
  return total
end
