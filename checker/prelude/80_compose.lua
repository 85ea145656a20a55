-- compose(path): a compose file as `docker compose` understands it.

local engine, file_of, files, lab = engine, file, files, lab
local docker = lab.docker
local fault, map_of = docker.fault, docker.map_of

local SERVICES_MOST = 1000

local top_keys = docker.word_set "version name services networks volumes secrets configs include models"

-- ---- the object ----

local Compose = {}
lab.methods.compose = Compose

local hidden = setmetatable({}, {__mode = "k"}) -- the order in which services start

--- A service by its name; that there is none is a failure.
function Compose:service(name)
  lab.argument("compose:service: the name", name, "string")
  local service = rawget(self.services, name)
  if service then return service end
  lab.fail {
    what = self.path, expected = "a service named " .. lab.quote(name),
    actual = table.concat(lab.sorted_keys(self.services), ", "), where = {file = self.path},
  }
end

--- Names of the services, each behind those that it depends on.
function Compose:order()
  return engine.list(table.move(hidden[self], 1, #hidden[self], 1, {}))
end

--- Depth first; a service that is met while it is still being visited depends on itself.
local function start_order(file, services)
  local order, visited = {}, {}
  local function visit(name, service)
    if visited[name] == "now" then
      fault(file.path, service.line, "the service %s depends on itself, by depends_on of others or its own", name)
    elseif visited[name] then
      return
    end
    visited[name] = "now"
    for _, needed in ipairs(lab.sorted_keys(service.depends_on or {})) do
      if services[needed] then visit(needed, services[needed]) end
    end
    visited[name] = "done"
    order[#order + 1] = name
  end
  for _, name in ipairs(lab.sorted_keys(services)) do visit(name, services[name]) end
  return order
end

local function read_compose(file, text)
  local root = docker.read_compose(file, text)
  docker.check_keys(file, root.map, top_keys, "a compose file")
  local self = {path = file.path, name = root.map.name and docker.scalar(file, root.map.name, "name"), services = {}}
  file.declared = {services = map_of(file, root.map.services, "services")}
  for _, kind in ipairs {"networks", "volumes", "secrets", "configs"} do
    file.declared[kind] = map_of(file, root.map[kind], kind)
    self[kind] = root.map[kind] and docker.named_maps(file, root.map[kind], kind) or {}
  end
  if not next(file.declared.services) then fault(file.path, 1, "there are no services") end
  local names = lab.sorted_keys(file.declared.services)
  if #names > SERVICES_MOST then fault(file.path, 1, "more than %d services", SERVICES_MOST) end
  for _, name in ipairs(names) do
    self.services[name] = docker.read_service(file, name, file.declared.services[name])
  end
  self.undefined = engine.list(lab.sorted_keys(file.undefined))
  return self, start_order(file, self.services)
end

-- ---- which file ----

local usual = {"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}

local function find_file()
  for _, name in ipairs(usual) do
    if files.stat("scratch", name) then return name end
  end
  return usual[1]
end

--- Variables: those of the check, and below them those of the file .env beside the compose file.
local function read_variables(folder, given)
  local variables = {}
  local info = files.inside(folder .. ".env") and files.stat("scratch", folder .. ".env")
  if info then variables = file_of(folder .. ".env"):dotenv() end
  for name, value in pairs(given) do
    if type(name) ~= "string" or type(value) ~= "string" and type(value) ~= "number" then
      lab.misuse("compose: env must be texts and numbers by name")
    end
    variables[name] = tostring(value)
  end
  return variables
end

local compose_options = {env = "table"}

--- Reads a compose file of the work; what docker compose would refuse is a failure that names the line.
function compose(path, options)
  lab.enter("compose")
  options = lab.argument("compose: the options", options or {}, "table")
  lab.options("compose", options, compose_options)
  local source = file_of(path == nil and find_file() or path)
  local folder = source.path:match("^(.*/)") or ""
  local about = {path = source.path, folder = folder, variables = read_variables(folder, options.env or {}),
    undefined = {}, bytes = 0, env_files = {}, env_values = 0}
  local text = docker.text_of(source)
  local self, order = lab.fitting(source.path, text, function() return read_compose(about, text) end)
  hidden[self] = order
  return setmetatable(self, {__index = Compose, __metatable = false})
end
