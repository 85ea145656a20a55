-- What the instructions of a Dockerfile make of each stage: variables filled in, base images, users, commands.

local lab = lab
local docker = lab.docker

local DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
local DIGEST_LENGTH = 64 -- of sha256, in hexadecimal digits

--- What Docker sets by itself, as on the platform of most servers.
local automatic = {
  TARGETPLATFORM = "linux/amd64", TARGETOS = "linux", TARGETARCH = "amd64", TARGETVARIANT = "",
  BUILDPLATFORM = "linux/amd64", BUILDOS = "linux", BUILDARCH = "amd64", BUILDVARIANT = "",
}

local function copy(map)
  local result = {}
  for key, value in pairs(map) do result[key] = value end
  return result
end

--- What a stage starts with: nothing, or all that an earlier one ends with.
local function new_state(from)
  local state = {workdir = "/", shell = {"/bin/sh", "-c"}, onbuild = {}, env = {}, args = {}, labels = {}, exposed = {},
    volumes = {}}
  for key, value in pairs(from or {}) do
    state[key] = type(value) == "table" and copy(value) or value
  end
  state.sets_cmd = false
  return state
end

-- ---- filling in ----

local Builder = {} -- reads one file
Builder.__index = Builder

local effects = {} -- what an instruction does: name -> function(builder, instruction, state)
docker.Builder, docker.effects, docker.copy, docker.automatic = Builder, effects, copy, automatic

function Builder:fault(instruction, ...)
  docker.fault(self.path, instruction.line, ...)
end

--- The value that a stage knows by a name.
function docker.stage_variables(state)
  return function(name)
    local value = state.env[name] or state.args[name]
    return value or name == "PATH" and DEFAULT_PATH or nil
  end
end

function Builder:global_variables()
  return function(name) return self.args[name] or automatic[name] end
end

--- Fills in the first `count` arguments, or all.
function Builder:fill(instruction, variables, count)
  local undefined = {}
  for i = 1, count or #instruction.args do
    instruction.args[i] = docker.expand(self, instruction.line, instruction.args[i], variables, undefined)
  end
  for _, flag in ipairs {"chown", "chmod", "platform"} do
    if instruction.flags[flag] then
      instruction.flags[flag] = docker.expand(self, instruction.line, instruction.flags[flag], variables, undefined)
    end
  end
  instruction.undefined = lab.sorted_keys(undefined)
end

--- Names and values of name=value words; of ARG also names alone.
function Builder:split_pairs(instruction)
  instruction.names, instruction.values = {}, {}
  for i, word in ipairs(instruction.args) do
    local name, value = word:match("^([^=]*)=(.*)$")
    name = name or word
    if name == "" then self:fault(instruction, "%s: a name is missing before '='", instruction.name) end
    instruction.names[i], instruction.values[name] = name, value
  end
end

-- ---- images ----

--- {image, repository, tag, digest} of a reference, nil when it is none.
local function read_image(text)
  local rest, algorithm, digest = text:match("^([^@]+)@(%w+):(%x+)$")
  if algorithm == "sha256" and #digest ~= DIGEST_LENGTH then return nil end
  rest = rest or text
  local repository, tag = rest:match("^(.+):([%w_][%w_.-]*)$")
  repository = repository or rest
  local path = repository:match("^[^/]*[.:][^/]*/(.+)$") or repository:match("^localhost/(.+)$") or repository
  local is_path = path:find("^[%l%d][%l%d._/-]*$") and not path:find("//", 1, true)
  if #text > 512 or not is_path or repository:find("[^%w._/:-]") then return nil end
  return {image = text, repository = repository, tag = tag, digest = algorithm and algorithm .. ":" .. digest}
end

--- The earlier stage of that name; with `by_number` also by its number, counted from 0.
function Builder:find_stage(name, before, by_number)
  local found = self.by_name[name:lower()]
  for _, index in ipairs(found or {}) do
    if index < before then return index end
  end
  local number = by_number and name:match("^%d+$") and math.tointeger(tonumber(name))
  if number and number + 1 < before then return number + 1 end
  return nil
end

function Builder:read_base(instruction, index, raw)
  local image = instruction.args[1]
  if image == "" then
    self:fault(instruction, "FROM %s names no image: its variable has no value", raw)
  end
  local stage = self:find_stage(image, index, false)
  local base = stage and {image = image} or read_image(image)
  if not base then
    self:fault(instruction, "%s is no image: a name in lower case, with a tag or digest", lab.quote(image))
  end
  base.raw, base.stage = raw, stage
  return base
end

--- The name behind AS.
function Builder:stage_name(instruction)
  local args = instruction.args
  if #args ~= 1 and not (#args == 3 and args[2]:lower() == "as") then
    self:fault(instruction, "FROM takes an image, or an image, AS and a name")
  end
  local name = args[3] and args[3]:lower()
  if name and not name:find("^%l[%l%d._-]*$") then
    self:fault(instruction, "%s is no name of a stage: a letter, then letters, digits, '.', '_', '-'",
      lab.quote(args[3]))
  end
  return name
end

--- What the stage below has put off: ONBUILD.
function Builder:run_triggers(triggers)
  for _, trigger in ipairs(triggers) do
    local instruction = copy(trigger)
    instruction.args, instruction.flags = copy(trigger.args), copy(trigger.flags)
    self:take_in_stage(instruction)
  end
end

function Builder:begin_stage(instruction)
  local index, raw = #self.stages + 1, instruction.args[1]
  local name = self:stage_name(instruction)
  self:fill(instruction, self:global_variables(), 1)
  local base = self:read_base(instruction, index, raw)
  local below = base.stage and self.states[base.stage]
  self.stages[index] = {name = name, index = index, line = instruction.line, where = instruction.where, base = base,
    platform = instruction.flags.platform, instructions = {}}
  self.states[index], self.uses[index] = new_state(below), {base.stage}
  if name then
    self.by_name[name] = self.by_name[name] or {}
    table.insert(self.by_name[name], 1, index) -- the latest first
  end
  if below then
    self.states[index].onbuild = {}
    self:run_triggers(below.onbuild)
  end
end

-- ---- the whole file ----

local has_pairs = {ARG = true, ENV = true, LABEL = true}

--- ARG before the first FROM: each value may use those before it.
function Builder:take_global(instruction)
  if instruction.name ~= "ARG" then
    self:fault(instruction, "%s stands before the first FROM, where only ARG may", instruction.name)
  end
  local undefined = {}
  for i, word in ipairs(instruction.args) do
    local name = word:match("^[^=]*")
    instruction.args[i] = docker.expand(self, instruction.line, word, self:global_variables(), undefined)
    self.args[name] = self.given[name] or instruction.args[i]:match("^[^=]*=(.*)$")
  end
  instruction.undefined = lab.sorted_keys(undefined)
  self:split_pairs(instruction)
end

function Builder:take_in_stage(instruction)
  local state = self.states[#self.stages]
  instruction.undefined = {}
  if docker.is_filled(instruction.name) then self:fill(instruction, docker.stage_variables(state)) end
  if has_pairs[instruction.name] then self:split_pairs(instruction) end
  local effect = effects[instruction.name]
  if effect then effect(self, instruction, state) end
end

function Builder:take(instruction)
  docker.read_parts(self, instruction)
  if instruction.name == "FROM" then
    self:begin_stage(instruction)
  elseif #self.stages == 0 then
    return self:take_global(instruction)
  else
    self:take_in_stage(instruction)
  end
  local stage = self.stages[#self.stages]
  table.insert(stage.instructions, instruction)
end

--- {instructions, directives, stages, states, uses, args} of a Dockerfile. `given` are the build's own arguments.
function docker.read_file(path, text, given)
  local instructions, directives, escape = docker.read_lines(path, text)
  local builder = setmetatable({path = path, escape = escape, given = given, bytes = 0, steps = 0, ports = 0, args = {},
    stages = {}, states = {}, uses = {}, images = {}, by_name = {}, instructions = instructions,
    directives = directives}, Builder)
  for number, instruction in ipairs(instructions) do
    instruction.number = number
    builder:take(instruction)
    instruction.rest, instruction.flag_words = nil, nil
    if instruction.onbuild then instruction.onbuild.rest, instruction.onbuild.flag_words = nil, nil end
  end
  if #builder.stages == 0 then builder:fault(instructions[#instructions], "the file has no FROM") end
  builder:check_images()
  return builder
end
