-- The services of a compose file, each form of their parts made into one.

local engine, file_of, files, json, lab = engine, file, files, json, lab
local docker = lab.docker
local fault, scalar = docker.fault, docker.scalar
local map_of, list_of, is_null = docker.map_of, docker.list_of, docker.is_null

-- Files of variables of a service; variables of all of them, counted as often as they are used.
local ENV_FILES_MOST, VARIABLES_MOST = 100, 100000

local function set(text)
  local result = {}
  for word in text:gmatch("%S+") do result[word] = true end
  return result
end

local service_keys = set [[
  annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name
  cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec
  depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file
  environment expose extends external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation
  label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit models
  network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop privileged
  profiles provider pull_policy pull_refresh_after read_only restart runtime scale secrets security_opt shm_size
  stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts
  volumes volumes_from working_dir]]

local health_keys = set "test interval timeout retries start_period start_interval disable"
local switches = set "init oom_kill_disable privileged read_only stdin_open tty"
local conditions = set "service_started service_healthy service_completed_successfully"

-- ---- the forms of a service's parts: function(file, part, name of the service) ----

local forms = {}

--- A map, or a list of "name=value".
local function named_values(file, part, what)
  local result = {}
  if not part.list then
    for name, value in pairs(map_of(file, part, what)) do
      result[name] = is_null(value) and json.null or scalar(file, value, what .. "." .. name)
    end
    return result
  end
  for _, item in ipairs(part.list) do
    local name, value = scalar(file, item, what):match("^([^=]*)=?(.*)$")
    result[name] = item.value:find("=", 1, true) and value or json.null
  end
  return result
end

function forms.labels(file, part)
  local labels = named_values(file, part, "labels")
  for name, value in pairs(labels) do labels[name] = value == json.null and "" or value end
  return labels
end

--- A variable without a value has that of the one who calls compose.
function forms.environment(file, part)
  local result = named_values(file, part, "environment")
  for name, value in pairs(result) do
    if value == json.null then result[name] = file.variables[name] or json.null end
  end
  return result
end

local function texts(what, one)
  return function(file, part)
    local result = {}
    for i, item in ipairs(list_of(file, part, what, one)) do result[i] = scalar(file, item, what) end
    return engine.list(result)
  end
end

for _, name in ipairs {"cap_add", "cap_drop", "expose", "profiles", "security_opt"} do forms[name] = texts(name) end
for _, name in ipairs {"dns", "tmpfs"} do forms[name] = texts(name, true) end

--- A list as it is; a text split as a shell would, though no shell runs it.
local function argv(what)
  return function(file, part)
    if is_null(part) then return nil end
    if part.list then return texts(what)(file, part) end
    local words = docker.words(scalar(file, part, what), "\\")
    local inner = {path = file.path, escape = "\\", bytes = 0, steps = 0}
    for i, word in ipairs(words) do
      -- Variables are filled in already: a dollar sign that is left stands for itself.
      local plain = word:gsub("%$", "\0")
      words[i] = docker.expand(inner, part.line, plain, function() return nil end, {}):gsub("%z", "$")
    end
    return engine.list(words)
  end
end
forms.command, forms.entrypoint = argv("command"), argv("entrypoint")

function forms.build(file, part)
  if part.value ~= nil then return {context = scalar(file, part, "build")} end
  local build = {context = "."}
  for key, inner in pairs(map_of(file, part, "build")) do
    build[key] = key == "args" and forms.environment(file, inner) or docker.plain(inner)
  end
  return build
end

function forms.env_file(file, part)
  local result = {}
  for i, item in ipairs(list_of(file, part, "env_file", true)) do
    local entry = item.map and docker.plain(item) or {path = scalar(file, item, "env_file")}
    if type(entry.path) ~= "string" then fault(file.path, item.line, "env_file needs a path") end
    if entry.required == nil then entry.required = true end
    result[i] = entry
    if i > ENV_FILES_MOST then fault(file.path, item.line, "more than %d files of env_file", ENV_FILES_MOST) end
  end
  return engine.list(result)
end

-- ---- ports ----

--- "[::1]:80:80" -> "::1", "80", "80".
local function split_port(text)
  local host, rest = text:match("^%[([%x:.]+)%]:(.*)$")
  if not host then host, rest = text:match("^(%d+%.%d+%.%d+%.%d+):(.*)$") end
  local published, target = (rest or text):match("^([%d-]*):([%d-]+)$")
  if not target then published, target = "", (rest or text):match("^[%d-]+$") end
  if host and published == "" and not (rest or ""):find(":", 1, true) then return nil end
  return target, published, host
end

local function range(text)
  local first, last = text:match("^(%d+)%-?(%d*)$")
  first, last = tonumber(first), tonumber(last ~= "" and last or first)
  if not first or first > last or last > 65535 or last - first >= 1000 then return nil end
  return first, last
end

local function add_short_port(file, item, ports)
  local text = scalar(file, item, "a port")
  local body, protocol = text:match("^([^/]*)/?(%a*)$")
  local target, published, host = split_port(body or "")
  local first, last = range(target or "")
  local from, to = range(published or "")
  local count = first and last - first + 1
  if not first or published ~= "" and not from or from and count > 1 and to - from + 1 ~= count then
    fault(file.path, item.line, "%s is no port: 8000, 8000:80, 127.0.0.1:8000:80/tcp, 8000-8005:80-85", lab.quote(text))
  end
  for i = 0, count - 1 do
    local is_range = from and count == 1 and to > from
    ports[#ports + 1] = {target = first + i, published = is_range and published or from and from + i, host = host,
      protocol = protocol == "" and "tcp" or protocol:lower()}
  end
end

function forms.ports(file, part)
  local ports = {}
  for _, item in ipairs(list_of(file, part, "ports")) do
    if item.map then
      local port = docker.plain(item)
      local target, published = math.tointeger(tonumber(port.target)), port.published
      if not target then fault(file.path, item.line, "a port needs a target") end
      ports[#ports + 1] = {target = target, published = math.tointeger(tonumber(published)) or published,
        host = port.host_ip, protocol = port.protocol or "tcp", mode = port.mode, name = port.name}
    else
      add_short_port(file, item, ports)
    end
  end
  return engine.list(ports)
end

-- ---- volumes and what else is declared at the top ----

local function demand_declared(file, item, kind, name)
  if not file.declared[kind][name] then
    fault(file.path, item.line, "'%s' is not declared under '%s'%s", name, kind,
      lab.nearest(name, lab.sorted_keys(file.declared[kind])))
  end
end

local function short_volume(file, item)
  local text = scalar(file, item, "a volume")
  local source, target, mode = text:match("^([^:]+):([^:]+):?([^:]*)$")
  if not target then source, target, mode = nil, text:match("^/[^:]*$"), "" end
  if not target then
    fault(file.path, item.line, "%s is no volume: source:/target or source:/target:ro", lab.quote(text))
  end
  local volume = {type = source and source:find("^[./~]") and "bind" or "volume", source = source, target = target}
  volume.read_only = ("," .. mode .. ","):find(",ro,", 1, true) ~= nil
  return volume
end

function forms.volumes(file, part)
  local volumes = {}
  for i, item in ipairs(list_of(file, part, "volumes")) do
    local volume = item.map and docker.plain(item) or short_volume(file, item)
    if type(volume.type) ~= "string" or volume.type ~= "tmpfs" and type(volume.target) ~= "string" then
      fault(file.path, item.line, "a volume needs a type and a target")
    end
    volume.read_only = volume.read_only == true or volume.read_only == "true"
    if volume.type == "volume" and volume.source then demand_declared(file, item, "volumes", volume.source) end
    volumes[i] = volume
  end
  return engine.list(volumes)
end

--- A list of names, or of maps with a `source`.
local function sources(kind)
  return function(file, part)
    local result = {}
    for i, item in ipairs(list_of(file, part, kind)) do
      local entry = item.map and docker.plain(item) or {source = scalar(file, item, kind)}
      demand_declared(file, item, kind, tostring(entry.source))
      result[i] = entry
    end
    return engine.list(result)
  end
end
forms.secrets, forms.configs = sources("secrets"), sources("configs")

--- A list of names, or a map from names: always a map of maps.
local function named_maps(file, part, what)
  local result, lines = {}, {}
  if part.list then
    for _, item in ipairs(part.list) do
      local name = scalar(file, item, what)
      result[name], lines[name] = {}, item
    end
    return result, lines
  end
  for name, inner in pairs(map_of(file, part, what)) do
    result[name], lines[name] = is_null(inner) and {} or docker.plain(inner), inner
    map_of(file, inner, what .. "." .. name)
  end
  return result, lines
end

function forms.networks(file, part)
  local networks, lines = named_maps(file, part, "networks")
  for name in pairs(networks) do
    if name ~= "default" then demand_declared(file, lines[name], "networks", name) end
  end
  return networks
end

function forms.depends_on(file, part)
  local needed, lines = named_maps(file, part, "depends_on")
  for name, entry in pairs(needed) do
    entry.condition = entry.condition or "service_started"
    if entry.required == nil then entry.required = true end
    if not conditions[entry.condition] then
      fault(file.path, lines[name].line, "%s is no condition%s", lab.quote(tostring(entry.condition)),
        lab.nearest(tostring(entry.condition), lab.sorted_keys(conditions)))
    end
    if entry.required then demand_declared(file, lines[name], "services", name) end
  end
  return needed
end

-- ---- health ----

local function health_test(file, part, health)
  if part.value ~= nil then
    health.form, health.text = "shell", scalar(file, part, "test")
    return {"CMD-SHELL", health.text}
  end
  local test = texts("test")(file, part)
  if test[1] == "CMD" and test[2] then
    health.form, health.argv = "exec", engine.list(table.move(test, 2, #test, 1, {}))
  elseif test[1] == "CMD-SHELL" and #test == 2 then
    health.form, health.text = "shell", test[2]
  elseif test[1] == "NONE" then
    health.form = "none"
  else
    fault(file.path, part.line, "the test begins with CMD, CMD-SHELL or NONE, and a command follows")
  end
  return test
end

function forms.healthcheck(file, part)
  local map, health = map_of(file, part, "healthcheck"), {}
  docker.check_keys(file, map, health_keys, "healthcheck")
  if map.test then health.test = health_test(file, map.test, health) end
  for _, key in ipairs {"interval", "timeout", "start_period", "start_interval"} do
    if map[key] then
      local text = scalar(file, map[key], key)
      health[key] = docker.seconds(text) or
        fault(file.path, map[key].line, "%s: %s is no time, such as 30s or 1m30s", key, lab.quote(text))
    end
  end
  if map.retries then
    health.retries = math.tointeger(tonumber(scalar(file, map.retries, "retries"))) or
      fault(file.path, map.retries.line, "retries must be a number")
  end
  if map.disable and scalar(file, map.disable, "disable") == "true" then health.form = "none" end
  return health
end

-- ---- a service ----

local function read_parts(file, name, part)
  local map = map_of(file, part, "services." .. name)
  docker.check_keys(file, map, service_keys, "the service " .. name)
  local service = {name = name, line = part.line, where = ("%s:%d"):format(file.path, part.line)}
  for key, inner in pairs(map) do
    if forms[key] and (not is_null(inner) or key == "healthcheck") then
      service[key] = forms[key](file, inner)
    elseif not is_null(inner) then
      service[key] = docker.plain(inner)
    end
    if switches[key] and type(service[key]) == "string" then service[key] = service[key] == "true" end
  end
  if not service.image and not service.build and not service.extends and not service.provider then
    fault(file.path, part.line, "the service %s has neither an image nor a build", name)
  end
  return service
end

--- The variables of a file, read once. Each use of them counts, since many services may name one large file.
local function env_file_values(file, service, path)
  file.env_files[path] = file.env_files[path] or file_of(path):dotenv()
  for _ in pairs(file.env_files[path]) do file.env_values = file.env_values + 1 end
  if file.env_values > VARIABLES_MOST then
    fault(file.path, service.line, "the files of env_file hold more than %d variables", VARIABLES_MOST)
  end
  return file.env_files[path]
end

--- Variables of its env_file, below those of `environment`; of two files the later one wins.
local function add_env_files(file, service)
  local environment = service.environment or {}
  for i = #(service.env_file or {}), 1, -1 do
    local entry = service.env_file[i]
    local path = file.folder .. entry.path:gsub("^%./", "")
    if files.inside(path) and files.stat("scratch", path) then
      for key, value in pairs(env_file_values(file, service, path)) do environment[key] = environment[key] or value end
    elseif files.inside(path) and entry.required then
      fault(file.path, service.line, "the env_file %s of %s is not there", entry.path, service.name)
    end
  end
  service.environment = environment
end

--- A service of the file. `file` is that of docker.read_compose, with its `folder` and, by kind, what is `declared`.
function docker.read_service(file, name, part)
  local service = read_parts(file, name, part)
  add_env_files(file, service)
  return service
end

docker.named_maps, docker.word_set = named_maps, set
