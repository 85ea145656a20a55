-- kustomize, sixth part: names in other objects follow those that were changed. The fields are those of kustomize's own
-- defaults for the kinds that lab knows.

local lab = lab
local part = lab.k8s
local kustomize = part.kustomize_parts
local field, map = part.field, part.map

local containers = {"containers", "initContainers"}

--- In a pod's spec: {path, field, kind of what is named}.
local in_pods = {
  {"", "serviceAccountName", "ServiceAccount"}, {"", "priorityClassName", "PriorityClass"},
  {"imagePullSecrets", "name", "Secret"}, {"volumes/configMap", "name", "ConfigMap"},
  {"volumes/secret", "secretName", "Secret"}, {"volumes/projected/sources/configMap", "name", "ConfigMap"},
  {"volumes/projected/sources/secret", "name", "Secret"},
  {"volumes/persistentVolumeClaim", "claimName", "PersistentVolumeClaim"},
}
for _, list in ipairs(containers) do
  for _, one in ipairs {
    {"/env/valueFrom/configMapKeyRef", "name", "ConfigMap"}, {"/env/valueFrom/secretKeyRef", "name", "Secret"},
    {"/envFrom/configMapRef", "name", "ConfigMap"}, {"/envFrom/secretRef", "name", "Secret"},
  } do
    in_pods[#in_pods + 1] = {list .. one[1], one[2], one[3]}
  end
end

--- In other objects; without a kind it stands beside the name.
local in_kinds = {
  HorizontalPodAutoscaler = {{"spec/scaleTargetRef", "name"}},
  Ingress = {{"spec/tls", "secretName", "Secret"}, {"spec/rules/http/paths/backend/service", "name", "Service"},
    {"spec/defaultBackend/service", "name", "Service"}},
  ClusterRoleBinding = {{"roleRef", "name"}, {"subjects", "name", "ServiceAccount"}},
  RoleBinding = {{"roleRef", "name"}, {"subjects", "name", "ServiceAccount"}},
  ServiceAccount = {{"imagePullSecrets", "name", "Secret"}},
  StatefulSet = {{"spec", "serviceName", "Service"}},
}

local pod_specs = {CronJob = "spec/jobTemplate/spec/template/spec", Pod = "spec"}
for _, kind in ipairs {"DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"} do
  pod_specs[kind] = "spec/template/spec"
end

-- ---- who is meant ----

--- The objects of a kind that once had a name, in a namespace: now, or with `ever` at any time. Nil is any.
local function candidates(build, kind, name, namespace, ever)
  local found = {}
  for _, object in ipairs(build.by_kind[kind] or {}) do
    local now = object.identities[#object.identities]
    local is_there = namespace == nil or now.namespace == "" or now.namespace == namespace
    local named = kustomize.was(object, function(identity)
      return identity.name == name and (is_there or ever and identity.namespace == namespace)
    end)
    if named then found[#found + 1] = object end
  end
  return found
end

--- The one that is meant: of several the one whose names were changed like those of the object that names it.
local function meant(build, referrer, found, line, name)
  if #found < 2 then return found[1] end
  local alike = {}
  for _, object in ipairs(found) do
    if object.affixes == referrer.affixes then alike[#alike + 1] = object end
  end
  if #alike == 1 then return alike[1] end
  build:fail(line, ("%s could mean %d objects, which is not rendered here"):format(lab.quote(name), #found),
    "a name that only one object has")
end

-- ---- following ----

local function follow(build, referrer, holder, lines, key, kind)
  local name = field(holder, key)
  if type(name) ~= "string" then return end
  local namespace = referrer.identities[#referrer.identities].namespace
  local found = candidates(build, kind, name, namespace ~= "" and namespace or nil)
  local object = meant(build, referrer, found, lines[2][key], name)
  if object then kustomize.set(holder, lines, key, object.value.metadata.name, lines[2][key]) end
end

--- A subject names its namespace too. As in kustomize, one that is no ServiceAccount follows as well.
local function follow_subject(build, referrer, subject, lines)
  if type(field(subject, "name")) ~= "string" then return end
  local found = candidates(build, "ServiceAccount", subject.name, field(subject, "namespace"), true)
  local object = meant(build, referrer, found, lines[2].name, subject.name)
  if not object then return end
  kustomize.set(subject, lines, "name", object.value.metadata.name, lines[2].name)
  local namespace = field(object.value.metadata, "namespace")
  if namespace then kustomize.set(subject, lines, "namespace", namespace, lines[2].name) end
end

local function follow_at(build, object, path, key, kind)
  kustomize.each_at(object.value, object.lines, path, nil, function(holder, lines)
    if path == "subjects" then return follow_subject(build, object, holder, lines) end
    follow(build, object, holder, lines, key, kind or field(holder, "kind"))
  end)
end

--- Rules that name config maps and secrets: those of a Role are of its own namespace.
local function follow_rules(build, object)
  local namespace = object.identities[#object.identities].namespace
  for i, rule in ipairs(map(object.value, "rules")) do
    local lines = object.lines[2].rules[2][i]
    for at, name in ipairs(map(rule, "resourceNames")) do
      for _, kind in ipairs {"ConfigMap", "Secret"} do
        local found = candidates(build, kind, name, namespace ~= "" and namespace or nil)
        if #found > 0 then
          rule.resourceNames[at] = meant(build, object, found, lines[2].resourceNames[2][at], name).value.metadata.name
        end
      end
    end
  end
end

local function follow_all(build, object)
  local kind = object.value.kind
  for _, one in ipairs(in_kinds[kind] or {}) do follow_at(build, object, one[1], one[2], one[3]) end
  for _, one in ipairs(pod_specs[kind] and in_pods or {}) do
    follow_at(build, object, pod_specs[kind] .. "/" .. one[1], one[2], one[3])
  end
  if kind == "Role" or kind == "ClusterRole" then follow_rules(build, object) end
end

--- Makes the names in all objects those that the objects have now.
function kustomize.follow_names(build, objects)
  build.by_kind = {}
  for _, object in ipairs(objects) do
    local kind = object.value.kind
    build.by_kind[kind] = build.by_kind[kind] or {}
    table.insert(build.by_kind[kind], object)
  end
  for _, object in ipairs(objects) do
    if part.own_versions[object.value.apiVersion] then follow_all(build, object) end
  end
end
