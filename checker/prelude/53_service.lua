-- t:service{…}: programs that stay, until the check ends. Ready is what answers, never what has slept long enough.

local state = lab.state

local FIRST_PAUSE, LONGEST_PAUSE, READY_SECONDS, REACH_SECONDS, LOG_LINES = 0.02, 0.25, 20, 3, 12

local service_options = {cwd = "string", env = "table", memory = "any", port = "integer", ready = "table"}
local ready_options = {http = "string", tcp = "boolean", log = "string", port = "integer", within = "number"}

-- ---- ports ----

--- A TCP port of the loopback that nobody listens on now.
function port()
  lab.enter("port")
  local free, message = host.free_port()
  if not free then lab.blocked("port: %s", message) end
  state.ports = state.ports or {}
  state.ports[free] = true
  return free
end

--- The port that a service's words name, if port() gave it.
local function port_in(words)
  for _, text in ipairs(words) do
    local digits = tonumber(text:match("(%d+)$"))
    if digits and state.ports and state.ports[digits] then return digits end
  end
end

-- ---- the handle ----

local Service = {}
lab.methods.service = Service

--- `kind` is "service" for a program in the box, "container" for one that the engine runs.
local function ask(self, verb)
  return lab.demand(self.kind, {op = self.kind .. "_" .. verb, service = self.service})
end

local function is_alive(self)
  return state.services[self] ~= nil and ask(self, "alive").alive
end

--- Whether it still runs.
function Service:alive()
  lab.enter("alive")
  return is_alive(self)
end

local function log_of(result)
  local gap = result.stdout ~= "" and result.stdout:sub(-1) ~= "\n" and "\n" or ""
  return result.stdout .. gap .. result.stderr
end

--- What it has written so far, both streams, errors last.
function Service:logs()
  lab.enter("logs")
  if not state.services[self] then return self.last_log end
  local answer, out_head, out_tail, err_head, err_tail = ask(self, "logs")
  return log_of(lab.result_of(self.argv, answer, out_head, out_tail, err_head, err_tail))
end

--- Sends a signal, by its name: "TERM", "SIGHUP".
function Service:signal(name)
  lab.enter("signal")
  lab.argument("signal: the name", name, "string")
  local what, sent = lab.short_command(self.argv), nil
  if is_alive(self) then
    local request = {op = self.kind .. "_signal", service = self.service}
    request.signal = name:find("^SIG") and name or "SIG" .. name
    sent = lab.ask("signal", request)
  end
  if not sent then
    lab.fail {what = what, expected = "a service that runs, to be sent " .. name, actual = "it has ended",
      evidence = lab.last_lines(self:logs(), LOG_LINES)}
  end
end

--- Ends it, without asking whether that is allowed now.
local function stop(self)
  state.services[self] = nil
  local results = table.pack(ask(self, "stop"))
  if results[1].not_found ~= lab.null then lab.judge_missing(self.argv, results[1]) end
  local result = lab.result_of(self.argv, table.unpack(results, 1, results.n))
  self.last_log = log_of(result)
  return result
end

--- Ends it; its result as of t:run.
function Service:stop()
  lab.enter("stop")
  if not state.services[self] then lab.misuse("the service was stopped already") end
  return stop(self)
end

--- The last lines of its log, for failures.
local function log_tail(self)
  return lab.last_lines(self:logs(), LOG_LINES)
end

-- ---- talking to it ----

--- Of a container: where the engine opened its port. Elsewhere, nobody listening here says nothing about the image.
local function demand_reach(self)
  if not self.elsewhere or host.listens(self.port) then return end
  local where = "docker.service: the engine runs in a network of its own"
  lab.blocked("%s, where it opened port %d, which does not lead here", where, self.port)
end

local function no_answer(self, what, message)
  local why = message:gsub("^%u+ %S+: ", "")
  if not is_alive(self) then
    why = "the service has ended"
  elseif not host.listens(self.port) then
    demand_reach(self)
    why = ("nobody listens on port %d"):format(self.port)
  end
  lab.fail {
    what = what, expected = "an answer", actual = why, evidence = log_tail(self),
    message = ("%s: no answer: %s"):format(what, why),
  }
end

--- The options of http.request, without url and port, which are the service's.
local function checked(what, given)
  lab.argument(what .. ": the options", given, "table")
  if given.url or given.port then lab.misuse("%s: the service has its own port; give a path", what) end
  local copy = {}
  for key, value in pairs(given) do copy[key] = value end
  copy.path = lab.argument(what .. ": path", given.path, "string")
  return copy
end

--- As http.request, to this service. No answer is a failure, unless `may_fail`, then nil and a message.
function Service:request(given)
  lab.enter("request")
  local options = checked("request", given)
  local may_fail = options.may_fail
  options.port, options.may_fail = self.port, nil
  local what = ("%s %s"):format(options.method or "GET", options.path)
  local answer, message = http.request(options)
  if answer then
    answer.what = what
    return answer
  end
  if may_fail then return nil, message end
  no_answer(self, what, message)
end

--- A copy of a table (or of none) in which these fields stand.
function lab.with(given, fields)
  local copy = {}
  for key, value in pairs(given or {}) do copy[key] = value end
  for key, value in pairs(fields) do copy[key] = value end
  return copy
end

--- Gives a class with `request` the shorter ways to ask; a table is sent as JSON, a text as it is.
function lab.add_verbs(class)
  function class:get(path, options)
    return self:request(lab.with(options, {method = "GET", path = path}))
  end

  function class:post(path, body, options)
    local is_text = type(body) == "string"
    local fields = {method = "POST", path = path}
    if is_text then fields.body = body else fields.json = body end
    return self:request(lab.with(options, fields))
  end
end

lab.add_verbs(Service)

--- As http.load, to this service.
function Service:load(given)
  lab.enter("load")
  local options = checked("load", given)
  options.port = self.port
  local figures, message = http.load(options)
  if not figures then no_answer(self, "load on " .. options.path, message) end
  return figures
end

-- ---- readiness ----

local function is_ready(self, ready)
  if ready.log then return self:logs():find(ready.log) ~= nil end
  if ready.http then
    local answer = http.request {port = self.port, path = ready.http, timeout = 2}
    return answer ~= nil and answer.status >= 200 and answer.status < 300
  end
  return host.listens(self.port)
end

local function not_ready(self, actual, within, text)
  lab.fail {
    what = lab.short_command(self.argv), expected = ("ready within %s s"):format(lab.number(within)), actual = actual,
    evidence = lab.last_lines(text, LOG_LINES), where = lab.python_frame(text),
    message = ("%s: %s"):format(lab.short_command(self.argv), actual),
  }
end

local function ended_early(self, within)
  local result = stop(self)
  not_ready(self, ("it %s before it was ready"):format(lab.ending(result)), within, result.stdout .. result.stderr)
end

local function wait_until_ready(self, ready)
  local within, began, pause = ready.within or READY_SECONDS, clock.now(), FIRST_PAUSE
  while true do
    local waited = clock.now() - began
    if not is_alive(self) then ended_early(self, within) end
    if is_ready(self, ready) then return end
    if ready.http and waited >= math.min(REACH_SECONDS, within) then demand_reach(self) end
    if waited >= within then not_ready(self, "it did not become ready", within, self:logs()) end
    clock.sleep(pause)
    pause = math.min(pause * 1.5, LONGEST_PAUSE)
  end
end

function lab.check_ready(what, ready)
  lab.options(what .. ": ready", ready, ready_options)
  local ways = (ready.http and 1 or 0) + (ready.tcp and 1 or 0) + (ready.log and 1 or 0)
  if ways ~= 1 then lab.misuse("%s: ready needs one of http = path, tcp = true, log = pattern", what) end
  if ready.http and ready.http:sub(1, 1) ~= "/" then
    lab.misuse("%s: ready: http is a path that begins with /", what)
  end
end

--- The handle of what was started: {kind, service, argv, port}.
function lab.service_handle(service, class)
  service.url = service.port and "http://127.0.0.1:" .. service.port
  setmetatable(service, {__index = class, __metatable = false})
  state.services[service] = true
  return service
end

--- Waits until it is ready, which is an assertion.
function lab.open_service(service, ready)
  lab.count_assertion()
  wait_until_ready(service, ready)
  return service
end

-- ---- t:service ----

--- Starts the program of a request; its handle, and the number of the run.
function lab.start_service(what, request, number)
  local answer = lab.demand(what, request)
  local service = {kind = "service", service = answer.service, argv = request.argv, port = number}
  return lab.service_handle(service, Service), answer.run
end

function lab.Check:service(given)
  lab.enter("t:service")
  lab.argument("t:service: its argument", given, "table")
  lab.options("t:service", given, service_options)
  local ready = given.ready
  if not ready then
    lab.misuse("t:service: when is it ready? give ready = {http = path}, {tcp = true} or {log = pattern}")
  end
  lab.check_ready("t:service", ready)
  local request = lab.program_request("service_start", "t:service", given)
  local number = given.port or ready.port or port_in(request.argv)
  if not number and not ready.log then
    lab.misuse("t:service: on which port? use port() among its arguments, or give port = …")
  end
  if number and host.listens(number) then -- another's answers would be taken for this one's
    lab.misuse("t:service: port %d is taken; give each service one of its own by port()", number)
  end
  local service, run = lab.start_service("t:service", request, number)
  state.last_run = run or state.last_run
  return lab.open_service(service, ready)
end

--- Ends what still runs. The supervisor does so too, whatever happens here.
function lab.stop_services()
  for service in pairs(state.services) do
    state.services[service] = nil
    ask(service, "stop")
  end
end
