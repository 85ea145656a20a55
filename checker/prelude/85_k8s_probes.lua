-- k8s.probes: what the kubelet would do with a container whose program loads, serves and perhaps hangs. Source:
-- Kubernetes' documentation, "Configure Liveness, Readiness and Startup Probes". Time is simulated: a probe is asked
-- first when its initial delay is over, then once a period. The first restart is at once, later ones wait 10, 20 …
-- 300 seconds.

local lab, k8s = lab, k8s
local part = lab.k8s
local map, field = part.map, part.field

local SECONDS_MOST, SECONDS, LONGEST_WAIT = 7200, 600, 300

local probes_options = {load = "number", hang = "number", seconds = "number", container = "string", port = "integer",
  paths = "table", stop = "number"}

-- ---- the story ----

local function check_story(story)
  lab.argument("k8s.probes: the story", story, "table")
  lab.options("k8s.probes", story, probes_options)
  for _, name in ipairs {"load", "hang", "seconds", "stop"} do
    local value = story[name]
    if value and not (value >= 0 and value <= SECONDS_MOST) then
      lab.misuse("k8s.probes: %s must be 0 to %d seconds", name, SECONDS_MOST)
    end
  end
  for path, from in pairs(story.paths or {}) do
    if type(path) ~= "string" or type(from) ~= "number" then lab.misuse("k8s.probes: paths are {path = seconds}") end
  end
end

local function find_container(spec, name)
  local names = {}
  for _, container in ipairs(map(spec, "containers")) do
    if not name or container.name == name then return container end
    names[#names + 1] = container.name
  end
  lab.fail {
    what = "the pod", expected = "a container named " .. name, actual = "there are: " .. table.concat(names, ", "),
    message = ("the pod has no container named %s"):format(name),
  }
end

-- ---- one probe ----

--- Whether a probe asks where the program listens, and from which second after its start that is answered; nil: never.
local function answers_from(container, probe, story)
  local handler = field(probe, "httpGet") or field(probe, "tcpSocket") or field(probe, "grpc")
  local port = handler and handler.port
  if type(port) == "string" then port = part.named_port({containers = {container}}, port, "TCP") end
  if handler and (not port or story.port and port ~= story.port) then return nil end
  if field(probe, "httpGet") and story.paths then return story.paths[field(probe.httpGet, "path") or "/"] end
  return story.load or 0
end

--- A probe as it stands in the container, with the defaults of Kubernetes; nil when there is none.
local function probe_of(container, name, story)
  local probe = field(container, name)
  if not probe then return nil end
  local function number(key, default) return field(probe, key) or default end
  return {
    delay = number("initialDelaySeconds", 0), period = number("periodSeconds", 10),
    timeout = number("timeoutSeconds", 1), failures = number("failureThreshold", 3),
    successes = number("successThreshold", 1),
    from = answers_from(container, probe, story),
  }
end

--- Begins to count anew; the next question is at `at`.
local function start_probe(probe, at)
  probe.at, probe.good, probe.bad = at, 0, 0
end

--- Asks at probe.at; true, false, or nil when neither threshold is reached. Answers when that is known, too.
local function ask(probe, started, hung)
  local alive = not (hung and probe.at >= hung)
  local good = alive and probe.from ~= nil and probe.at - started >= probe.from
  local known = alive and probe.at or probe.at + probe.timeout -- what hangs is known when the time is over
  probe.good, probe.bad = good and probe.good + 1 or 0, good and 0 or probe.bad + 1
  probe.at = math.max(probe.at + probe.period, known)
  if probe.good >= probe.successes then return true, known end
  if probe.bad >= probe.failures then return false, known end
  return nil, known
end

-- ---- the life of a container ----

--- From one start to the restart or the end of the story. Answers the time and the probe that ended it, or nil.
local function live(life, started, hung)
  local startup, liveness, readiness = life.startup, life.liveness, life.readiness
  local function begin_others(at)
    life.started_up = true
    for _, probe in ipairs {liveness or false, readiness or false} do
      if probe then start_probe(probe, math.max(at, started + probe.delay)) end
    end
    if not readiness then life:set_ready(at, true) end
  end
  life.started_up = false
  if startup then start_probe(startup, started + startup.delay) else begin_others(started) end
  while true do
    local next_probe, name
    for _, one in ipairs(life.started_up and {"liveness", "readiness"} or {"startup"}) do
      local probe = life[one]
      if probe and (not next_probe or probe.at < next_probe.at) then next_probe, name = probe, one end
    end
    if not next_probe or next_probe.at > life.seconds then return nil end
    local good, known = ask(next_probe, started, hung)
    if name == "startup" and good then begin_others(known)
    elseif name == "readiness" and good ~= nil then life:set_ready(known, good)
    elseif name ~= "readiness" and good == false then return known, name
    end
  end
end

local Life = {}
Life.__index = Life

function Life:set_ready(at, ready)
  if self.ready == ready or at > self.seconds then return end
  self.ready = ready
  if ready then self.result.ready_at = self.result.ready_at or at end
  table.insert(self.result.changes, {at = at, ready = ready})
end

--- Seconds before the start that follows so many restarts.
local function wait_of(restarts)
  return restarts < 2 and 0 or math.min(LONGEST_WAIT, 10 * 2 ^ math.min(restarts - 2, 10)) // 1 | 0
end

function k8s.probes(pod, story)
  lab.enter("k8s.probes")
  check_story(story)
  part.pod_labels("k8s.probes: the pod", pod)
  local spec = part.template_of(pod).spec
  local container = find_container(spec, story.container)
  local stop = math.min(story.stop or 0, field(spec, "terminationGracePeriodSeconds") or 30)
  local life = setmetatable({seconds = story.seconds or SECONDS, ready = false,
    result = {restarts = lab.list {}, changes = lab.list {}}}, Life)
  for name, key in pairs {startup = "startupProbe", liveness = "livenessProbe", readiness = "readinessProbe"} do
    life[name] = probe_of(container, key, story)
  end
  local started, hung = 0, story.hang
  while started <= life.seconds do
    local at, why = live(life, started, hung)
    if not at or at > life.seconds then break end
    life:set_ready(at, false)
    table.insert(life.result.restarts, {at = at, probe = why})
    if hung and hung <= at then hung = nil end -- a new program does not hang
    started = at + stop + wait_of(#life.result.restarts)
  end
  life.result.ready = life.ready
  return life.result
end
