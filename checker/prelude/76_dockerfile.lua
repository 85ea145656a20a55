-- dockerfile(path): a Dockerfile as Docker understands it.

local engine, lab = engine, lab
local docker = lab.docker

local TEXT_MOST = 1 << 20

local Dockerfile, Stage = {}, {}
lab.methods.dockerfile, lab.methods.stage = Dockerfile, Stage

-- What checkers do not see: of a stage its end {state, of}, of a file what was read.
local hidden = setmetatable({}, {__mode = "k"})

-- ---- a stage ----

local function state_of(stage)
  return hidden[stage].state
end

local function selected(what, instructions, ...)
  local names = {}
  for i, name in ipairs {...} do names[lab.argument(what .. ": name " .. i, name, "string"):upper()] = true end
  if not next(names) then lab.misuse("%s: needs a name, such as \"RUN\"", what) end
  local found = {}
  for _, instruction in ipairs(instructions) do
    if names[instruction.name] then found[#found + 1] = instruction end
  end
  return engine.list(found)
end

--- Its instructions of the given names, in order.
function Stage:select(...)
  return selected("stage:select", self.instructions, ...)
end

--- Its COPY and ADD instructions.
function Stage:copies()
  return selected("stage:copies", self.instructions, "COPY", "ADD")
end

function Stage:user() return state_of(self).user end
function Stage:workdir() return state_of(self).workdir end
function Stage:stopsignal() return state_of(self).stopsignal end
function Stage:entrypoint() return state_of(self).entrypoint end
function Stage:cmd() return state_of(self).cmd end
function Stage:healthcheck() return state_of(self).healthcheck end
function Stage:env() return docker.copy(state_of(self).env) end
function Stage:args() return docker.copy(state_of(self).args) end
function Stage:labels() return docker.copy(state_of(self).labels) end
function Stage:volumes() return engine.list(lab.sorted_keys(state_of(self).volumes)) end

--- Ports that it exposes, its own and those of the stages it is built on.
function Stage:exposed()
  local ports = {}
  for _, port in pairs(state_of(self).exposed) do ports[#ports + 1] = port end
  table.sort(ports, function(a, b)
    if a.port ~= b.port then return a.port < b.port end
    return a.protocol < b.protocol
  end)
  return engine.list(ports)
end

--- The stages that must be built before it: those it is built on or takes files from, and theirs.
function Stage:needs()
  local of, wanted = hidden[self].of, {[self.index] = true}
  for index = self.index, 1, -1 do
    for _, used in ipairs(wanted[index] and of.uses[index] or {}) do wanted[used] = true end
  end
  local found = {}
  for index = 1, self.index - 1 do
    if wanted[index] then found[#found + 1] = of.stages[index] end
  end
  return engine.list(found)
end

-- ---- a file ----

--- All stages, in order.
function Dockerfile:stages()
  return engine.list(table.move(hidden[self].stages, 1, #hidden[self].stages, 1, {}))
end

--- The stage that is built when none is named: the last.
function Dockerfile:final()
  return hidden[self].stages[#hidden[self].stages]
end

local function stage_names(stages)
  local names = {}
  for _, stage in ipairs(stages) do names[#names + 1] = stage.name or "stage " .. stage.index end
  return table.concat(names, ", ")
end

--- A stage by its name or number; that there is none is a failure.
function Dockerfile:stage(key)
  local stages = hidden[self].stages
  local by_number = math.type(key) == "integer"
  if not by_number then lab.argument("dockerfile:stage: the name", key, "string") end
  for i = #stages, 1, -1 do
    if by_number and i == key or not by_number and stages[i].name == key:lower() then return stages[i] end
  end
  local wanted = by_number and ("a stage %d"):format(key) or ("a stage named %s"):format(lab.quote(key))
  lab.fail {
    what = self.path, expected = wanted, actual = stage_names(stages), where = {file = self.path},
  }
end

--- Instructions of all stages by their names, in order.
function Dockerfile:select(...)
  return selected("dockerfile:select", self.instructions, ...)
end

-- ---- reading ----

local dockerfile_options = {args = "table"}

local function check_arguments(given)
  local result = {}
  for name, value in pairs(given or {}) do
    if type(name) ~= "string" or type(value) ~= "string" and type(value) ~= "number" then
      lab.misuse("dockerfile: args must be texts and numbers by name")
    end
    result[name] = tostring(value)
  end
  return result
end

--- The text of a file of the learner's that is not too large to be judged.
function docker.text_of(source)
  if source:size() > TEXT_MOST then docker.fault(source.path, 1, "the file is larger than 1 MiB") end
  return source:text()
end

--- Reads a Dockerfile of the work; what Docker would not build from is a failure that names the line.
function dockerfile(path, options)
  lab.enter("dockerfile")
  options = lab.argument("dockerfile: the options", options or {}, "table")
  lab.options("dockerfile", options, dockerfile_options)
  local given, source = check_arguments(options.args), file(path == nil and "Dockerfile" or path)
  local read = lab.fitting(source.path, docker.text_of(source), function(text)
    return docker.read_file(source.path, text, given)
  end)
  local self = {path = source.path, directives = read.directives, instructions = engine.list(read.instructions),
    args = read.args}
  for i, stage in ipairs(read.stages) do
    engine.list(stage.instructions)
    hidden[stage] = {state = read.states[i], of = read}
    setmetatable(stage, {__index = Stage, __metatable = false})
  end
  hidden[self] = read
  return setmetatable(self, {__index = Dockerfile, __metatable = false})
end
