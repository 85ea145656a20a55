-- docker.run{…} and docker.service{…}: containers, of an image that a check has built. None has a network beyond this
-- machine, nor any of the privileges that the engine gives by default.

local lab = lab

local ALIVE_SECONDS = 30

-- ---- what is asked ----

local run_options = {image = "string", env = "table", user = "any", read_only = "boolean", tmpfs = "table",
  memory = "any", entrypoint = "table", capabilities = "table", mounts = "table", network = "string",
  timeout = "number", may_time_out = "boolean", may_exceed = "boolean"}
local service_options = {port = "integer", ready = "table"}
for name, wanted in pairs(run_options) do service_options[name] = wanted end
service_options.timeout, service_options.may_time_out, service_options.may_exceed = nil, nil, nil

local function text_list(what, given, pattern, example)
  local list = {}
  for i, text in ipairs(given or {}) do
    lab.argument(("%s[%d]"):format(what, i), text, "string")
    if pattern and not text:find(pattern) then lab.misuse("%s: such as %s, got '%s'", what, example, text) end
    list[i] = text
  end
  return lab.list(list)
end

--- The positional items as words; none is the image's own command.
local function argv_of(what, given)
  return next(given) ~= nil and given[1] ~= nil and lab.words(what, given) or lab.list {}
end

--- The files of a folder of the work, for a volume.
local function mount_of(what, folder)
  lab.argument(what, folder, "string")
  local names, kinds = lab.list_folder(folder)
  local prefix, files = folder == "." and "" or folder:gsub("/+$", "") .. "/", {}
  for i, name in ipairs(names) do
    if kinds[i] ~= "directory" and kinds[i] ~= "other" then files[#files + 1] = name:sub(#prefix + 1) end
  end
  return {below = folder, files = lab.list(files)}
end

local function mounts_of(what, given)
  local mounts = {}
  for target, folder in pairs(given or {}) do
    if type(target) ~= "string" or not target:find("^/.") then
      lab.misuse("%s: mounts: {[\"/path/in/the/container\"] = \"folder of the work\"}", what)
    end
    mounts[target] = mount_of(("%s: mounts[%q]"):format(what, target), folder)
  end
  return mounts
end

local function user_of(what, user)
  if user == nil or type(user) == "string" then return user end
  if math.type(user) == "integer" then return tostring(user) end
  lab.misuse("%s: user must be a string or an integer, got %s", what, type(user))
end

local function variables_of(what, given)
  local env = lab.environment(what, given)
  for name, value in pairs(env) do
    if value == false then lab.misuse("%s: env.%s: a container's variable cannot be taken away", what, name) end
  end
  return env
end

local function request_of(op, what, given)
  if not given.image then lab.misuse("%s: which image? give image = docker.build{…}.image", what) end
  if given.network ~= nil and given.network ~= "none" then
    lab.misuse("%s: network is 'none', or left out; got '%s'", what, given.network)
  end
  if given.timeout and not (given.timeout > 0 and given.timeout <= 3600) then
    lab.misuse("%s: timeout must be above 0 and at most 3600 seconds", what)
  end
  return {
    op = op, image = given.image, argv = argv_of(what, given), env = variables_of(what, given.env),
    user = user_of(what, given.user), read_only = given.read_only or false,
    tmpfs = text_list(what .. ": tmpfs", given.tmpfs, "^/.", "/tmp"), memory = lab.bytes_of(what, given.memory),
    entrypoint = given.entrypoint and text_list(what .. ": entrypoint", given.entrypoint),
    capabilities = given.capabilities and
      text_list(what .. ": capabilities", given.capabilities, "^[A-Z_]+$", "NET_BIND_SERVICE"),
    mounts = mounts_of(what, given.mounts), timeout = given.timeout, port = given.port,
  }
end

--- The command line that does the same, for messages; the image is the one that was built.
local function command_of(request)
  local words = {"docker", "run"}
  if request.read_only then words[#words + 1] = "--read-only" end
  for _, path in ipairs(request.tmpfs) do table.move({"--tmpfs", path}, 1, 2, #words + 1, words) end
  if request.user then table.move({"--user", request.user}, 1, 2, #words + 1, words) end
  words[#words + 1] = "IMAGE"
  return lab.list(table.move(request.argv, 1, #request.argv, #words + 1, words))
end

local function not_started(command, why)
  local what = lab.short_command(command)
  lab.fail {what = what, expected = "a program that can be started",
    actual = why, message = ("%s: %s"):format(what, why)}
end

-- ---- docker.run ----

--- Runs a container to its end, without a network; a result as of t:run.
function docker.run(given)
  lab.enter("docker.run")
  lab.argument("docker.run: the options", given, "table")
  lab.options("docker.run", given, run_options)
  local request = request_of("docker_run", "docker.run", given)
  local command = command_of(request)
  local results = table.pack(lab.demand("docker.run", request))
  if results[1].not_found ~= lab.null then not_started(command, results[1].not_found) end
  local result = lab.result_of(command, table.unpack(results, 1, results.n))
  lab.judge_limit(result, given)
  return result
end

-- ---- docker.service ----

local Container = setmetatable({}, {__index = lab.methods.service})
lab.methods.container = Container

local function exec(self, what, argv, timeout)
  local request = {op = "container_exec", service = self.service, argv = argv, timeout = timeout}
  local results = table.pack(lab.demand(what, request))
  if results[1].not_found ~= lab.null then not_started(argv, results[1].not_found) end
  local result = lab.result_of(argv, table.unpack(results, 1, results.n))
  lab.judge_limit(result, {})
  return result
end

local exec_options = {timeout = "number"}

--- Runs a further program in the container, to its end; a result as of t:run.
function Container:exec(given)
  lab.enter("exec")
  lab.argument("exec: its argument", given, "table")
  lab.options("exec", given, exec_options)
  return exec(self, "exec", lab.words("exec", given), given.timeout or ALIVE_SECONDS)
end

--- The words that a HEALTHCHECK runs. Source: Docker Engine API, HealthConfig.Test.
local function health_words(config)
  local test = config.Healthcheck and config.Healthcheck.Test or {}
  if test[1] == "CMD" and test[2] then return lab.list {table.unpack(test, 2)} end
  if test[1] ~= "CMD-SHELL" or not test[2] then return nil end
  local words = {}
  for i, part in ipairs(config.Shell or {"/bin/sh", "-c"}) do words[i] = part end
  words[#words + 1] = test[2]
  return lab.list(words)
end

--- Runs the image's own health check, once; a result as of t:run. An image without one is a failure.
function Container:health()
  lab.enter("health")
  local image = docker.inspect(self.image)
  local words = image and health_words(image.Config or {})
  if not words then
    lab.fail {what = "the image", expected = "a HEALTHCHECK", actual = "none",
      message = "the image has no HEALTHCHECK, so nobody can ask whether it is ready"}
  end
  return exec(self, "health", words, ALIVE_SECONDS)
end

--- Starts a container that stays until the check ends, and waits until it is ready. `port` is where it listens;
--- requests reach it over the loopback.
function docker.service(given)
  lab.enter("docker.service")
  lab.argument("docker.service: the options", given, "table")
  lab.options("docker.service", given, service_options)
  local ready = given.ready
  if not ready then
    lab.misuse("docker.service: when is it ready? give ready = {http = path} or {log = pattern}")
  end
  lab.check_ready("docker.service", ready)
  if ready.tcp then lab.misuse("docker.service: the engine itself accepts connections; give ready = {http = path}") end
  if ready.http and not given.port then lab.misuse("docker.service: on which port does it listen? give port = 8000") end
  local request = request_of("container_start", "docker.service", given)
  local command = command_of(request)
  local answer = lab.demand("docker.service", request)
  if answer.not_found ~= lab.null then not_started(command, answer.not_found) end
  local port = answer.port > 0 and answer.port or nil
  local service = {kind = "container", service = answer.service, argv = command, port = port, image = given.image,
    elsewhere = answer.elsewhere == true}
  return lab.open_service(lab.service_handle(service, Container), ready)
end
