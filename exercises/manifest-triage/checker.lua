-- manifest-triage: the manifests are read as the cluster would read them, and their lives are simulated. What contract.md
-- fixes stands here once more.

local NAME, NAMESPACE, PORT = "late-scorer", "parcels", 8080
local LABELS = {["app.kubernetes.io/name"] = NAME, ["app.kubernetes.io/part-of"] = NAMESPACE}
local LOAD, HANG_ENDS, STOPS = 90, 60, 5
local MEMORY = 1200 -- MiB
local VERSIONS = {
  ["registry.tidewater.example/late-scorer"] = "1.4.2",
  ["registry.tidewater.example/fetch-model"] = "0.9.0",
}
local LEAKED = {"tw-9f31c7d2a8e04b55", "dHctOWYzMWM3ZDJhOGUwNGI1NQ"} -- as it is, and in base64

-- ---- what is there ----

local function given()
  local all = k8s.load("k8s")
  return {
    all = all,
    app = all:one{kind = "Deployment"},
    service = all:one{kind = "Service"},
    budget = all:one{kind = "PodDisruptionBudget"},
  }
end

-- A field of a field …, nil where one of them is absent or null.
local function at(value, ...)
  for _, name in ipairs{...} do
    if type(value) ~= "table" then return nil end
    value = value[name]
    if value == json.null then return nil end
  end
  return value
end

-- All containers of the pods, those that run before the others too.
local function containers_of(app)
  local found, spec = {}, k8s.pod_spec(app)
  for _, list in ipairs{"initContainers", "containers"} do
    for _, container in ipairs(at(spec, list) or {}) do found[#found + 1] = container end
  end
  return found
end

local function container_named(app, name)
  for _, container in ipairs(containers_of(app)) do
    if container.name == name then return container end
  end
end

-- ---- documents ----

checks["parses"] = function()
  local it = given()
  expect(#it.all, "objects in k8s/"):at_least(3)
end

-- ---- the way to the pods ----

checks["selects"] = function()
  local it = given()
  expect(k8s.selects(it.app, it.app), "the Deployment's selector takes its own pods"):equals(true):because("selector")
  expect(k8s.selects(it.service, it.app), "the Service's selector takes the pods"):equals(true):because("selector")
  local port, why = k8s.target_port(it.service, it.app, 80)
  expect(port or why, "port of the pods that the Service leads to"):equals(PORT):because("port-name")
end

-- ---- its life ----

local function live(app, story)
  story.container, story.port, story.stop = "server", PORT, STOPS
  story.paths = {["/healthz"] = LOAD, ["/readyz"] = LOAD}
  story.load = LOAD
  return k8s.probes(app, story)
end

checks["probes"] = function()
  local app = given().app
  local calm = live(app, {seconds = 900})
  local first = calm.restarts[1]
  expect(first and ("second %d, by the %s probe"):format(first.at, first.probe) or "none",
    "restart of a pod that loads for 90 s and is well"):equals("none"):because("restarts")
  expect(calm.ready_at or math.huge, "second at which the pod is ready"):between(LOAD, LOAD + 60):because("ready")

  local hang = 240 + random(240)
  local hung = live(app, {seconds = hang + 400, hang = hang})
  local restart = hung.restarts[1]
  expect(restart and restart.at - hang or math.huge, "seconds from a hang to the restart"):at_most(HANG_ENDS):because("hang")
  expect(hung.restarts, "restarts after one hang"):has_length(1):because("restarts")
  expect(hung.ready, "ready again after the restart"):equals(true):because("ready")
end

-- ---- resources ----

-- The quantity of a resource; where a request is absent, the API takes the limit of that resource as the request.
local function amount(container, kind, name, unit)
  local text = at(container, "resources", kind, name)
  if text == nil and kind == "requests" then text = at(container, "resources", "limits", name) end
  return k8s.quantity(text, unit)
end

checks["resources"] = function()
  local app = given().app
  for _, container in ipairs(containers_of(app)) do
    for _, one in ipairs{{"requests", "cpu"}, {"requests", "memory"}, {"limits", "memory"}} do
      local value = amount(container, one[1], one[2]) or 0
      expect(value > 0 and "set" or "missing", ("%s.%s of %s"):format(one[1], one[2], container.name))
        :equals("set")
        :because("missing")
    end
    for _, name in ipairs{"cpu", "memory"} do
      local most = amount(container, "limits", name)
      if most then
        expect(amount(container, "requests", name), ("requests.%s of %s"):format(name, container.name))
          :at_most(most)
          :because("order")
      end
    end
    if container.name == "server" then
      for _, kind in ipairs{"requests", "limits"} do
        expect(amount(container, kind, "memory", "Mi"), kind .. ".memory of server, in MiB")
          :at_least(MEMORY)
          :because("memory")
      end
    end
  end
end

-- ---- the Pod Security Standard "restricted" ----

local VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
local PROFILES = {RuntimeDefault = true, Localhost = true}

-- Notes a fault when something does not hold; what was found is shown as the manifest has it.
local function demand(holds, what, wanted, actual, reason)
  if holds then return end
  if actual == nil then actual = "not set" end
  expect.soft(actual, what):equals(wanted):because(reason or "pod")
end

local function judge_pod(spec)
  for _, name in ipairs{"hostNetwork", "hostPID", "hostIPC"} do
    demand(not at(spec, name), name .. " of the pod", "not set", at(spec, name))
  end
  for _, volume in ipairs(at(spec, "volumes") or {}) do
    local allowed = false
    for _, kind in ipairs(VOLUMES) do allowed = allowed or at(volume, kind) ~= nil end
    demand(allowed, "kind of the volume " .. volume.name, "one that restricted allows", "another")
  end
  demand(#(at(spec, "securityContext", "sysctls") or {}) == 0, "sysctls of the pod", "not set", "set")
end

local function drops_all(capabilities)
  local drops = false
  for _, name in ipairs(at(capabilities, "drop") or {}) do drops = drops or name == "ALL" end
  for _, name in ipairs(at(capabilities, "add") or {}) do drops = drops and name == "NET_BIND_SERVICE" end
  return drops
end

-- Judges a container. What it does not say itself, the pod says.
local function judge_container(spec, container, reason)
  local own, pod = at(container, "securityContext"), at(spec, "securityContext")
  local function either(...)
    local value = at(own, ...)
    if value == nil then value = at(pod, ...) end
    return value
  end
  local function of(name) return name .. " of " .. container.name end
  demand(not at(own, "privileged"), of "privileged", "not set", at(own, "privileged"), reason)
  demand(either("runAsNonRoot") == true, of "runAsNonRoot", true, either("runAsNonRoot"), reason)
  demand(either("runAsUser") ~= 0, of "runAsUser", "not 0", 0, reason)
  local escalates = at(own, "allowPrivilegeEscalation")
  demand(escalates == false, of "allowPrivilegeEscalation", false, escalates, reason)
  local capabilities = at(own, "capabilities")
  demand(drops_all(capabilities), of "capabilities", {drop = {"ALL"}}, capabilities, reason)
  local profile = either("seccompProfile", "type")
  demand(PROFILES[profile], of "seccompProfile.type", "RuntimeDefault", profile, reason)
  local mount = at(own, "procMount")
  demand(mount == nil or mount == "Default", of "procMount", "Default", mount, reason)
  local root = at(own, "readOnlyRootFilesystem")
  demand(root == true, of "readOnlyRootFilesystem", true, root, reason)
  for _, port in ipairs(at(container, "ports") or {}) do
    demand(at(port, "hostPort") == nil, of "hostPort", "not set", at(port, "hostPort"), reason)
  end
end

-- Whether a container can write to a path: the deepest volume that covers it is mounted for writing.
local function writes_to(container, path)
  local deepest, writable = -1, false
  for _, mount in ipairs(at(container, "volumeMounts") or {}) do
    local covers = (path .. "/"):sub(1, #mount.mountPath + 1) == mount.mountPath:gsub("/$", "") .. "/"
    if covers and #mount.mountPath > deepest then
      deepest, writable = #mount.mountPath, not at(mount, "readOnly")
    end
  end
  return writable
end

checks["restricted"] = function()
  local app = given().app
  local spec = k8s.pod_spec(app)
  judge_pod(spec)
  for _, container in ipairs(containers_of(app)) do
    judge_container(spec, container, container.name ~= "server" and "init" or nil)
  end
  for _, one in ipairs{{"server", "/tmp"}, {"fetch-model", "/models"}} do
    local container = container_named(app, one[1])
    if container then
      expect(writes_to(container, one[2]), ("%s can write to %s"):format(one[1], one[2])):equals(true):because("tmp")
    end
  end
end

-- ---- images ----

-- name -> digest -> version
local function listing()
  local found = {}
  local index = file("registry/index.json"):json()
  for _, repository in ipairs(index.repositories) do
    local digests = {}
    for _, image in ipairs(repository.images) do digests[image.digest] = image.tag end
    found[index.registry .. "/" .. repository.name] = digests
  end
  return found
end

checks["image-digest"] = function()
  local listed = listing()
  for _, container in ipairs(containers_of(given().app)) do
    local image, what = at(container, "image") or "none", "image of " .. container.name
    expect(image:find("@sha256:%x+$") and "by digest" or image, what):equals("by digest"):because("tag")
    local rest, digest = image:match("^(.-)@(.*)$")
    local name, tag = rest:match("^(.*):([^:/]*)$")
    name = name or rest
    local version = listed[name] and listed[name][digest]
    expect(version or "a digest that is not listed", what .. ": version in registry/index.json")
      :satisfies(function() return version ~= nil, "the listing has no such digest" end)
      :because("unlisted")
    expect(version, what .. ": version of this digest"):equals(VERSIONS[name]):because("version")
    expect(tag or version, what .. ": tag beside the digest"):equals(version):because("version")
  end
end

-- ---- drains ----

checks["drain"] = function()
  local it = given()
  for _, packed in ipairs{false, true} do
    local where = packed and "all pods on one node" or "the pods spread over two nodes"
    local result = k8s.drain(it.all, it.app, {nodes = 2, packed = packed})
    expect(result.why or "drained", "draining with " .. where):equals("drained"):because("budget")
    expect(result.least_ready, "fewest ready pods while draining with " .. where):at_least(1):because("all-at-once")
  end
end

-- ---- secrets ----

-- Whether Kubernetes puts a token of the service account into the pods.
local function mounts_token(all, app)
  local spec = k8s.pod_spec(app)
  local own = at(spec, "automountServiceAccountToken")
  if own ~= nil then return own end
  local name = at(spec, "serviceAccountName") or at(spec, "serviceAccount") or "default"
  local accounts = all:select{kind = "ServiceAccount", name = name, namespace = at(app, "metadata", "namespace") or "default"}
  return #accounts == 0 or at(accounts[1], "automountServiceAccountToken") ~= false
end

local function files_with_token()
  local found = {}
  for _, path in ipairs(glob("k8s/**")) do
    local text = file(path):text()
    for _, token in ipairs(LEAKED) do
      if text:find(token, 1, true) then found[#found + 1] = path end
    end
  end
  return found
end

checks["secret-ref"] = function()
  local it = given()
  local variable
  for _, one in ipairs(at(container_named(it.app, "fetch-model"), "env") or {}) do
    if one.name == "MODEL_TOKEN" then variable = one end
  end
  local reference = at(variable, "valueFrom", "secretKeyRef") or {}
  expect({name = reference.name, key = reference.key}, "Secret and key of MODEL_TOKEN in fetch-model")
    :equals{name = "model-store", key = "token"}
    :because("reference")
  expect(files_with_token(), "files that hold the old token"):is_empty():because("leaked")
  expect(mounts_token(it.all, it.app), "a token of the service account is mounted"):equals(false):because("account-token")
end

-- ---- the contract ----

local function has_port(ports, field, number)
  for _, port in ipairs(ports or {}) do
    if port.name == "http" and port[field] == number then return true end
  end
  return false
end

checks["contract-kept"] = function()
  local it = given()
  for _, object in ipairs{it.app, it.service, it.budget} do
    expect({name = object.metadata.name, namespace = at(object, "metadata", "namespace")}, "name of the " .. object.kind)
      :equals{name = NAME, namespace = NAMESPACE}
      :because("names")
  end
  expect(at(it.app, "spec", "template", "metadata", "labels") or {}, "labels of the pods"):contains(LABELS):because("labels")
  expect(has_port(at(it.service, "spec", "ports"), "port", 80), "the Service has port 80, named http"):equals(true):because("ports")
  local server = container_named(it.app, "server")
  expect(server ~= nil, "there is a container named server"):equals(true):because("names")
  expect(container_named(it.app, "fetch-model") ~= nil, "there is a container named fetch-model"):equals(true):because("names")
  expect(has_port(at(server, "ports"), "containerPort", PORT), "server has port 8080, named http"):equals(true):because("ports")
end
