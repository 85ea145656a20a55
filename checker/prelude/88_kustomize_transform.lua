-- kustomize, fourth part: what a kustomization does to all its objects: namespace, names, labels, replicas, images. The
-- fields are those of kustomize's own defaults.

local lab = lab
local part = lab.k8s
local kustomize = part.kustomize_parts
local field = part.field
local is_map, each_at = kustomize.is_map, kustomize.each_at

--- Kinds without a namespace, of Kubernetes itself.
local cluster_kinds = {}
for _, name in ipairs(part.words [[
  APIService CertificateSigningRequest ClusterRole ClusterRoleBinding CSIDriver CSINode CustomResourceDefinition
  FlowSchema IngressClass IPAddress MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration
  Namespace Node PersistentVolume PriorityClass PriorityLevelConfiguration RuntimeClass ServiceCIDR StorageClass
  ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment]]) do
  cluster_kinds[name] = true
end

local keep_their_names = {APIService = true, CustomResourceDefinition = true, Namespace = true}

function kustomize.has_namespace(value)
  local group = value.apiVersion:match("^(.*)/") or ""
  return not (cluster_kinds[value.kind] and (not group:find("%.") or group:find("%.k8s%.io$")))
end

-- ---- identities: every name, namespace and kind that an object ever had ----

function kustomize.identity_of(value)
  local namespace = kustomize.has_namespace(value) and (field(value.metadata, "namespace") or "default") or ""
  return {version = value.apiVersion, kind = value.kind, name = value.metadata.name, namespace = namespace}
end

--- Notes who an object is now; the first are what it was called in its file.
function kustomize.remember(object)
  local now, last = kustomize.identity_of(object.value), object.identities[#object.identities]
  if not last or last.name ~= now.name or last.namespace ~= now.namespace or last.kind ~= now.kind then
    object.identities[#object.identities + 1] = now
  end
end

function kustomize.same(a, b)
  return a.version == b.version and a.kind == b.kind and a.name == b.name and a.namespace == b.namespace
end

--- Whether one of an object's identities fits.
function kustomize.was(object, fits)
  for _, identity in ipairs(object.identities) do
    if fits(identity) then return true end
  end
  return false
end

-- ---- namespace ----

local function move_subjects(value, lines, namespace, line)
  if value.kind ~= "RoleBinding" and value.kind ~= "ClusterRoleBinding" then return end
  each_at(value, lines, "subjects", nil, function(subject, subject_lines)
    if subject.kind == "ServiceAccount" and subject.name == "default" then
      kustomize.set(subject, subject_lines, "namespace", namespace, line)
    end
  end)
end

local function set_namespace(object, namespace, line)
  local value, lines = object.value, object.lines
  local target = value.kind == "Namespace" and "name" or kustomize.has_namespace(value) and "namespace"
  if target then kustomize.set(value.metadata, lines[2].metadata, target, namespace, line) end
  move_subjects(value, lines, namespace, line)
end

-- ---- names ----

local function rename(object, prefix, suffix, line)
  if keep_their_names[object.value.kind] then return end
  local metadata = object.value.metadata
  kustomize.set(metadata, object.lines[2].metadata, "name", prefix .. metadata.name .. suffix, line)
  object.affixes = prefix .. "\0" .. object.affixes .. "\0" .. suffix
end

-- ---- labels ----

local pod_labels = "spec/template/metadata/labels"
local pod_selectors = {
  "affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
  "affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
  "affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
  "affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
  "topologySpreadConstraints/labelSelector/matchLabels",
}

--- Paths of the labels of what a kind makes; those maps are made where they are missing.
local template_paths = {
  CronJob = {"spec/jobTemplate/metadata/labels", "spec/jobTemplate/spec/template/metadata/labels"},
  DaemonSet = {pod_labels}, Deployment = {pod_labels}, Job = {pod_labels}, ReplicaSet = {pod_labels},
  ReplicationController = {pod_labels}, StatefulSet = {pod_labels, "spec/volumeClaimTemplates[]/metadata/labels"},
}

--- Paths of selectors: those that are made, and those that are only added to.
local selector_paths = {
  CronJob = {add = {"spec/jobTemplate/spec/selector/matchLabels"}},
  DaemonSet = {make = "spec/selector/matchLabels"},
  Deployment = {make = "spec/selector/matchLabels", add = {}},
  Job = {add = {"spec/selector/matchLabels"}},
  NetworkPolicy = {add = {"spec/podSelector/matchLabels", "spec/ingress/from/podSelector/matchLabels",
    "spec/egress/to/podSelector/matchLabels"}},
  PodDisruptionBudget = {add = {"spec/selector/matchLabels"}},
  ReplicaSet = {make = "spec/selector/matchLabels"},
  ReplicationController = {make = "spec/selector"},
  Service = {make = "spec/selector"},
  StatefulSet = {make = "spec/selector/matchLabels", add = {}},
}
for _, path in ipairs(pod_selectors) do
  table.insert(selector_paths.Deployment.add, "spec/template/spec/" .. path)
  table.insert(selector_paths.StatefulSet.add, "spec/template/spec/" .. path)
end

local function label(object, entry, lines)
  local value, line = object.value, lines[1]
  local function add(path, create)
    each_at(value, object.lines, path, create, function(map, map_lines)
      kustomize.set_all(map, map_lines, entry.pairs, lines[2].pairs)
    end)
  end
  add("metadata/labels", line)
  if not part.own_versions[value.apiVersion] then return end
  local selectors = entry.includeSelectors and selector_paths[value.kind] or {}
  local includes = entry.includeSelectors or entry.includeTemplates
  for _, path in ipairs(includes and template_paths[value.kind] or {}) do add(path, line) end
  if selectors.make then add(selectors.make, line) end
  for _, path in ipairs(selectors.add or {}) do add(path) end
end

-- ---- replicas ----

local has_replicas = {Deployment = true, ReplicaSet = true, ReplicationController = true, StatefulSet = true}

local function set_replicas(build, objects, entry, lines)
  local found = false
  for _, object in ipairs(objects) do
    local named = kustomize.was(object, function(identity) return identity.name == entry.name end)
    if named and has_replicas[object.value.kind] then
      found = true
      each_at(object.value, object.lines, "spec", lines[1], function(spec, spec_lines)
        kustomize.set(spec, spec_lines, "replicas", entry.count, lines[2].count)
      end)
    end
  end
  if not found then
    build:fail(lines, ("there is nothing named %s that has replicas"):format(lab.quote(entry.name)),
      "the name of a Deployment, ReplicaSet or StatefulSet")
  end
end

-- ---- images ----

--- The name, tag and digest of an image.
local function parts_of(image)
  local rest, digest = image:match("^(.-)@(.*)$")
  rest = rest or image
  local name, tag = rest:match("^(.*):([^:/]*)$")
  return name or rest, tag, digest
end

local function renamed(image, entry)
  local name, tag, digest = parts_of(image)
  if name ~= entry.name then return image end
  local new_tag, new_digest = field(entry, "newTag"), field(entry, "digest")
  if new_tag or new_digest then tag, digest = new_tag, new_digest end
  return (field(entry, "newName") or name) .. (tag and ":" .. tag or "") .. (digest and "@" .. digest or "")
end

--- Names the images of all lists of containers, however deep they are.
local function set_image(value, lines, entry, line)
  for _, key in ipairs(lab.sorted_keys(value)) do
    local item = value[key]
    local holds = (key == "containers" or key == "initContainers") and kustomize.is_list(item)
    for i, container in ipairs(holds and item or {}) do
      if is_map(container) and type(container.image) == "string" then
        local image = renamed(container.image, entry)
        if image ~= container.image then kustomize.set(container, lines[2][key][2][i], "image", image, line) end
      end
    end
    if not holds and type(item) == "table" then set_image(item, lines[2][key], entry, line) end
  end
end

-- ---- all, in kustomize's order ----

local function each_entry(wanted, lines, name, called)
  for i, entry in ipairs(field(wanted, name) or {}) do called(entry, lines[2][name][2][i]) end
end

--- Demands that no two objects have one name, as they may when they come into one namespace.
local function judge_names(build, objects)
  local seen = {}
  for _, object in ipairs(objects) do
    local now = object.identities[#object.identities]
    local key = table.concat({now.version, now.kind, now.namespace, now.name}, "\0")
    if seen[key] then
      local actual = ("a second %s %s in one namespace"):format(now.kind, lab.quote(now.name))
      build:fail(object.lines, actual, "another name")
    end
    seen[key] = true
  end
end

--- Changes objects as a kustomization wants it, after its patches.
function kustomize.transform(build, objects, wanted, lines)
  local namespace = field(wanted, "namespace")
  local prefix, suffix = field(wanted, "namePrefix"), field(wanted, "nameSuffix")
  for _, object in ipairs(objects) do
    if namespace then set_namespace(object, namespace, lines[2].namespace) end
    kustomize.remember(object)
    if prefix or suffix then
      rename(object, prefix or "", suffix or "", prefix and lines[2].namePrefix or lines[2].nameSuffix)
    end
    kustomize.remember(object)
    each_entry(wanted, lines, "labels", function(entry, at) label(object, entry, at) end)
  end
  judge_names(build, objects)
  each_entry(wanted, lines, "replicas", function(entry, at) set_replicas(build, objects, entry, at) end)
  each_entry(wanted, lines, "images", function(entry, at)
    for _, object in ipairs(objects) do set_image(object.value, object.lines, entry, at[1]) end
  end)
end
