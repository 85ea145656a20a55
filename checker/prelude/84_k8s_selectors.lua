-- k8s, fifth part: which pods an object makes, what selects them, and where a Service's port leads.

local lab, k8s = lab, k8s
local part = lab.k8s
local map, field = part.map, part.field

-- ---- pods ----

--- The template of the pods that an object makes; of a pod itself the pod; nil for others.
function part.template_of(object)
  local spec = field(object, "spec")
  if object.kind == "Pod" then return object end
  if object.kind == "CronJob" then return field(map(spec, "jobTemplate", "spec"), "template") end
  local has_template = object.kind == "Deployment" or object.kind == "StatefulSet" or object.kind == "DaemonSet"
    or object.kind == "ReplicaSet" or object.kind == "Job"
  return has_template and field(spec, "template") or nil
end

function k8s.pod_spec(object)
  lab.enter("k8s.pod_spec")
  local template = part.template_of(part.demand_object("k8s.pod_spec: the object", object))
  return template and field(template, "spec")
end

-- ---- selectors ----

local operators = {
  In = function(value, values) return value ~= nil and values[value] == true end,
  NotIn = function(value, values) return value == nil or not values[value] end,
  Exists = function(value) return value ~= nil end,
  DoesNotExist = function(value) return value == nil end,
}

--- Whether labels are what matchLabels and matchExpressions ask for. An empty selector takes everything.
function part.selector_matches(selector, labels)
  for name, value in pairs(map(selector, "matchLabels")) do
    if labels[name] ~= value then return false end
  end
  for _, one in ipairs(map(selector, "matchExpressions")) do
    local values = {}
    for _, value in ipairs(map(one, "values")) do values[value] = true end
    if not operators[one.operator](labels[one.key], values) then return false end
  end
  return true
end

--- The labels of the pods that an object makes.
function part.pod_labels(what, object)
  local template = part.template_of(part.demand_object(what, object))
  if not template then lab.misuse("%s: a %s has no pods", what, object.kind) end
  return map(template, "metadata", "labels")
end

--- Whether a selector's owner takes the pods of an object: a Service by its plain labels, a policy, a budget or a
--- workload by its selector. Both must be in one namespace.
function k8s.selects(owner, pod)
  lab.enter("k8s.selects")
  part.demand_object("k8s.selects: what selects", owner)
  local labels = part.pod_labels("k8s.selects: the pod", pod)
  if part.namespace_of(owner) ~= part.namespace_of(pod) then return false end
  if owner.kind == "Service" then
    local wanted = map(owner, "spec", "selector")
    return next(wanted) ~= nil and part.selector_matches({matchLabels = wanted}, labels)
  end
  if owner.kind == "NetworkPolicy" then return part.selector_matches(map(owner, "spec", "podSelector"), labels) end
  local selector = field(owner.spec, "selector")
  return selector ~= nil and part.selector_matches(selector, labels)
end

-- ---- ports ----

--- The number of a port in a list of containers by its name and protocol; nil when none of them has it.
local function port_in(containers, name, protocol)
  for _, container in ipairs(containers) do
    for _, port in ipairs(map(container, "ports")) do
      if port.name == name and (field(port, "protocol") or "TCP") == protocol then return port.containerPort end
    end
  end
  return nil
end

--- The same of a pod. Of its init containers those count that stay beside the others: whatever else they listened on is
--- gone once the pod serves (FindPort in Kubernetes' pkg/api/v1/pod/util.go).
function part.named_port(spec, name, protocol)
  local beside = {}
  for _, container in ipairs(map(spec, "initContainers")) do
    if field(container, "restartPolicy") == "Always" then beside[#beside + 1] = container end
  end
  return port_in(map(spec, "containers"), name, protocol) or port_in(beside, name, protocol)
end

local function service_port(service, wanted)
  local ports = map(service, "spec", "ports")
  if wanted == nil then return ports[1] end
  for _, port in ipairs(ports) do
    if port.name == wanted or port.port == wanted then return port end
  end
  return nil
end

--- The port of the pod to which a Service's port leads; or nil and why it leads nowhere.
function k8s.target_port(service, pod, wanted)
  lab.enter("k8s.target_port")
  part.demand_object("k8s.target_port: the Service", service)
  part.pod_labels("k8s.target_port: the pod", pod)
  local port = service_port(service, wanted)
  if not port then
    return nil, wanted and ("the Service has no port %s"):format(wanted) or "the Service has no ports"
  end
  local target = field(port, "targetPort") or port.port
  if type(target) == "number" then return target end
  local number = part.named_port(part.template_of(pod).spec, target, field(port, "protocol") or "TCP")
  if number then return number end
  return nil, ("no container has a port named %s"):format(lab.quote(target))
end
