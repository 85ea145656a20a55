-- What each instruction of a Dockerfile does to its stage.

local lab = lab
local docker = lab.docker
local Builder, effects, copy = docker.Builder, docker.effects, docker.copy

local PORTS_MOST, ALL_PORTS_MOST = 1000, 70000 -- of one range, of a file

function effects.ARG(builder, instruction, state)
  for _, name in ipairs(instruction.names) do
    local value = builder.given[name] or instruction.values[name] or builder.args[name]
    state.args[name] = value or docker.automatic[name]
  end
end

function effects.ENV(_, instruction, state)
  for name, value in pairs(instruction.values) do state.env[name] = value end
end

function effects.LABEL(_, instruction, state)
  for name, value in pairs(instruction.values) do state.labels[name] = value end
end

function effects.USER(_, instruction, state)
  state.user = instruction.args[1]
end

--- An absolute path without "." and "..".
local function absolute(folder, path)
  local parts = {}
  for part in (path:sub(1, 1) == "/" and path or folder .. "/" .. path):gmatch("[^/]+") do
    if part == ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

function effects.WORKDIR(builder, instruction, state)
  if instruction.args[1] == "" then builder:fault(instruction, "WORKDIR names no folder: its variable has no value") end
  state.workdir = absolute(state.workdir, instruction.args[1])
end

--- Signals of Linux by the names that Docker knows: github.com/moby/sys, signal/signal_linux.go.
local signals = {SIGRTMIN = true, SIGRTMAX = true}
for name in ("ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS "
  .. "TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"):gmatch("%S+") do
  signals["SIG" .. name] = true
end
for i = 1, 15 do signals["SIGRTMIN+" .. i] = true end
for i = 1, 14 do signals["SIGRTMAX-" .. i] = true end

function effects.STOPSIGNAL(builder, instruction, state)
  local signal = instruction.args[1]
  local name, number = "SIG" .. signal:upper():gsub("^SIG", ""), tonumber(signal:match("^[+-]?%d+$"))
  if signal == "" then builder:fault(instruction, "STOPSIGNAL names no signal: its variable has no value") end
  if not signals[name] and (not number or number == 0) then
    builder:fault(instruction, "%s is no signal%s", lab.quote(signal),
      number and "" or lab.nearest(name, lab.sorted_keys(signals)))
  end
  state.stopsignal = signal
end

function effects.SHELL(_, instruction, state)
  state.shell = copy(instruction.args)
end

function effects.VOLUME(builder, instruction, state)
  for _, path in ipairs(instruction.args) do
    if path == "" then builder:fault(instruction, "VOLUME names no folder") end
    state.volumes[path] = true
  end
end

function effects.ONBUILD(_, instruction, state)
  state.onbuild[#state.onbuild + 1] = instruction.onbuild
end

local protocols = {[""] = "tcp", tcp = "tcp", udp = "udp", sctp = "sctp"}

--- First and last port and the protocol of "8000-8010/udp"; nil when it is none.
local function read_ports(word)
  local first, last, protocol = word:match("^(%d+)%-?(%d*)/?(%a*)$")
  first, last = tonumber(first), tonumber(last ~= "" and last or first)
  protocol = protocols[(protocol or "-"):lower()]
  if not first or first > last or last > 65535 then return nil end
  return first, last, protocol
end

function effects.EXPOSE(builder, instruction, state)
  for _, argument in ipairs(instruction.args) do
    for word in argument:gmatch("%S+") do
      local first, last, protocol = read_ports(word)
      if not protocol then
        builder:fault(instruction, "%s is no port: 8080, 8080/udp or 8000-8010", lab.quote(word))
      elseif last - first >= PORTS_MOST then
        builder:fault(instruction, "a range of more than %d ports", PORTS_MOST)
      end
      builder.ports = builder.ports + last - first + 1
      if builder.ports > ALL_PORTS_MOST then builder:fault(instruction, "more than %d ports", ALL_PORTS_MOST) end
      for port = first, last do state.exposed[port .. "/" .. protocol] = {port = port, protocol = protocol} end
    end
  end
end

--- The command as the container runs it.
local function add_command(instruction, state)
  local heredoc = instruction.heredocs[1]
  if instruction.form == "exec" then
    instruction.argv = instruction.args
  else
    instruction.text = instruction.args[1]
    if heredoc and instruction.text:find("^%d*<<%S+$") then instruction.text = heredoc.text end
    instruction.argv = copy(state.shell)
    table.insert(instruction.argv, instruction.text)
  end
end

function effects.CMD(_, instruction, state)
  add_command(instruction, state)
  state.cmd, state.sets_cmd = instruction, true
end

--- A new entry point makes the command of an earlier stage void.
function effects.ENTRYPOINT(_, instruction, state)
  add_command(instruction, state)
  state.entrypoint = instruction
  if not state.sets_cmd then state.cmd = nil end
end

function effects.HEALTHCHECK(builder, instruction, state)
  local flags = instruction.flags
  if instruction.form ~= "none" then add_command(instruction, state) end
  for flag, field in pairs {interval = "interval", timeout = "timeout", ["start-period"] = "start_period",
    ["start-interval"] = "start_interval"} do
    instruction[field] = flags[flag] and docker.seconds(flags[flag])
    if flags[flag] and not instruction[field] then
      builder:fault(instruction, "--%s=%s is no time, such as 30s or 1m30s", flag, flags[flag])
    end
  end
  instruction.retries = flags.retries and math.tointeger(tonumber(flags.retries))
  if flags.retries and not (instruction.retries and instruction.retries >= 0) then
    builder:fault(instruction, "--retries=%s is no number", flags.retries)
  end
  state.healthcheck = instruction
end

--- The earlier stage that from= names, noted as used; nil when it names an image, which check_images judges.
function Builder:use_stage(instruction, name)
  if name:find("%$.") then
    self:fault(instruction, "from=%s: no variables are filled in here; begin a stage with FROM %s AS a-name, its ARG "
      .. "before the first FROM, and take from that", name, name)
  end
  local stage = #self.stages
  local index = self:find_stage(name, stage, true)
  if index then table.insert(self.uses[stage], index)
  else table.insert(self.images, {instruction = instruction, name = name, stage = stage})
  end
  return index
end

--- Once all stages are known: refuses names that were taken for images, and are none to BuildKit (frontend/dockerfile's
--- dockerfile2llb/convert.go, toCommand and dispatch).
function Builder:check_images()
  for _, image in ipairs(self.images) do
    local stage = self:find_stage(image.name, #self.stages + 1, true)
    if stage == image.stage then
      self:fault(image.instruction, "from=%s names the stage that it stands in", image.name)
    elseif stage then
      self:fault(image.instruction, "from=%s names a stage that begins later, on line %d: move it before this one",
        image.name, self.stages[stage].line)
    elseif image.name:find("^[+-]?%d+$") then
      self:fault(image.instruction, "from=%s: there is no such stage; they count from 0, and the last is %d",
        image.name, #self.stages - 1)
    end
  end
end

function effects.RUN(builder, instruction, state)
  add_command(instruction, state)
  instruction.user, instruction.workdir, instruction.mounts = state.user, state.workdir, {}
  local variables = docker.stage_variables(state)
  for i, value in ipairs(instruction.flags.mount or {}) do
    local mount = docker.read_mount(builder, instruction, value)
    for _, key in ipairs {"source", "target", "id"} do
      if type(mount[key]) == "string" then
        mount[key] = docker.expand(builder, instruction.line, mount[key], variables, {})
      end
    end
    if type(mount.from) == "string" then mount.stage = builder:use_stage(instruction, mount.from) end
    instruction.mounts[i] = mount
  end
end

--- ADD and COPY: sources, to, path, from, stage.
local function take_copy(builder, instruction, state)
  local args, sources = instruction.args, {}
  for i = 1, #args - 1 do
    if not args[i]:find("^%d*<<%-?[^<]+$") or #instruction.heredocs == 0 then sources[#sources + 1] = args[i] end
  end
  instruction.sources, instruction.to = sources, args[#args]
  if instruction.to == "" then builder:fault(instruction, "%s has no destination", instruction.name) end
  local path = absolute(state.workdir, instruction.to)
  instruction.path = instruction.to:sub(-1) == "/" and path ~= "/" and path .. "/" or path
  instruction.user, instruction.workdir, instruction.from = state.user, state.workdir, instruction.flags.from
  if instruction.from == "" then builder:fault(instruction, "from= names no stage and no image") end
  if instruction.from then instruction.stage = builder:use_stage(instruction, instruction.from) end
end
effects.ADD, effects.COPY = take_copy, take_copy
