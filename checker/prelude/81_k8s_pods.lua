-- k8s, second part: what pods are made of, as schemas (71_structure.lua). Source: the API reference of Kubernetes,
-- core/v1; fields that are new there and behind a gate are known too.

local lab = lab
local part = lab.k8s
local structure = lab.structure

-- ---- words for schemas ----

local function add_fields(fields, names, schema)
  for name in (names or ""):gmatch("%S+") do fields[name] = schema end
end

local function words(names)
  local list = {}
  for name in (names or ""):gmatch("%S+") do list[#list + 1] = name end
  return list
end

--- A map of fields: `text`, `integer`, `boolean`, `any`, `texts` are names of fields of that kind, `fields` the others.
local function object(given)
  local fields = {}
  for name, schema in pairs(given.fields or {}) do fields[name] = schema end
  for _, kind in ipairs {"text", "integer", "boolean", "any"} do add_fields(fields, given[kind], kind) end
  add_fields(fields, given.texts, {list = "text"})
  return {fields = fields, required = words(given.required), one = given.one, also = given.also}
end
part.object, part.words = object, words

local function choice(names)
  return {choice = words(names)}
end
part.choice = choice

local quantities = {map = {say = "a quantity such as 500m or 2Gi", test = part.quantity_fault}}
local quantity = quantities.map
part.quantities = quantities

-- ---- names ----

--- Text by a pattern of at most `most` bytes.
local function is_name(value, pattern, most)
  return type(value) == "string" and #value <= most and value:find(pattern) ~= nil
end

local function is_subdomain(value)
  if type(value) ~= "string" or #value > 253 then return false end
  for label in (value .. "."):gmatch("([^.]*)%.") do
    if not is_name(label, "^[%l%d][%l%d-]*$", 253) or label:sub(-1) == "-" then return false end
  end
  return true
end

part.object_name = {say = "a name of small letters, digits, - and .", text = true, test = function(value)
  if not is_subdomain(value) then
    return ("%s is no name: small letters, digits, - and ."):format(structure.kind_text(value))
  end
end}

--- RBAC's objects may have any name that a path can hold.
part.path_name = {say = "a name", text = true, test = function(value)
  if not is_name(value, "^[^/%%]+$", 253) then return ("%s is no name"):format(structure.kind_text(value)) end
end}

local label_value = {say = "the value of a label", text = true, test = function(value)
  if value ~= "" and not (is_name(value, "^[%w][%w_.-]*$", 63) and value:find("%w$")) then
    return ("%s is no value of a label"):format(lab.quote(value))
  end
end}

local function label_key(name)
  local prefix, rest = name:match("^(.-)/(.*)$")
  rest = rest or name
  local fine = is_name(rest, "^[%w][%w_.-]*$", 63) and rest:find("%w$") and (not prefix or is_subdomain(prefix))
  if not fine then return ("%s is no name of a label"):format(lab.quote(name)) end
end

local labels = {map = label_value, key = label_key}
part.labels = labels

local port = {say = "a port", test = function(value)
  if math.type(value) == "integer" and value >= 1 and value <= 65535 then return nil end
  return ("%s is no port from 1 to 65535"):format(structure.kind_text(value))
end}

--- A number, or the name of a container's port.
local port_or_name = {say = "a port or the name of one", test = function(value)
  if type(value) ~= "string" then return port.test(value) end
  if not (is_name(value, "^[%l%d][%l%d-]*$", 15) and value:find("%l") and not value:find("%-$")) then
    return ("%s is no name of a port"):format(lab.quote(value))
  end
end}
part.port, part.port_or_name = port, port_or_name

part.amount = {say = "a whole number or a percentage", test = function(value)
  if math.type(value) == "integer" and value >= 0 then return nil end
  if type(value) == "string" and #value < 12 and value:find("^%d+%%$") then return nil end
  return ("%s is neither a whole number nor a percentage"):format(structure.kind_text(value))
end}

local function at_least(least)
  return {say = ("a whole number from %d"):format(least), test = function(value)
    if math.type(value) == "integer" and value >= least then return nil end
    return ("must be a whole number from %d, got %s"):format(least, structure.kind_text(value))
  end}
end
part.at_least = at_least

-- ---- selectors ----

local function operator_has_values(judge, value, lines)
  local is_list = type(value.values) == "table" and #value.values > 0
  local wants = value.operator == "In" or value.operator == "NotIn"
  if wants ~= is_list and type(value.operator) == "string" then
    judge:note(lines, ("the operator %s %s values"):format(lab.quote(value.operator), wants and "needs" or "has no"))
  end
end

part.selector = object {
  fields = {
    matchLabels = labels,
    matchExpressions = {list = object {
      text = "key", texts = "values", required = "key operator", also = operator_has_values,
      fields = {operator = choice "In NotIn Exists DoesNotExist"},
    }},
  },
}
local selector = part.selector

-- ---- metadata ----

function part.metadata(name, required)
  return object {
    text = "namespace generateName resourceVersion uid creationTimestamp deletionTimestamp selfLink",
    required = required, texts = "finalizers", integer = "generation deletionGracePeriodSeconds",
    any = "managedFields ownerReferences",
    fields = {name = name, labels = labels, annotations = {map = "text"}},
  }
end

-- ---- containers ----

local key_reference = object {text = "key name", boolean = "optional", required = "key name"}

local value_from = object {fields = {
  configMapKeyRef = key_reference, secretKeyRef = key_reference,
  fieldRef = object {text = "apiVersion fieldPath", required = "fieldPath"},
  resourceFieldRef = object {text = "containerName resource", required = "resource", fields = {divisor = quantity}},
  fileKeyRef = object {text = "key path volumeName", boolean = "optional", required = "key path volumeName"},
}, one = {"configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef", "fileKeyRef"}}

local function value_or_reference(judge, value, lines)
  if value.value ~= nil and value.value ~= "" and not structure.is_absent(value.valueFrom) then
    judge:note(lines, ("%s has both value and valueFrom"):format(structure.kind_text(value.name)), "one of the two")
  end
end

local environment = {list = object {
  text = "name value", required = "name", fields = {valueFrom = value_from}, also = value_or_reference,
}}

local named = object {text = "name", boolean = "optional", required = "name"}
local http_get = object {
  text = "host path scheme", any = "protocol", required = "port",
  fields = {port = port_or_name, httpHeaders = {list = object {text = "name value", required = "name value"}}},
}
local tcp_socket = object {text = "host", fields = {port = port_or_name}, required = "port"}
local command = object {texts = "command"}
local handlers = {"exec", "grpc", "httpGet", "tcpSocket"}

local probe = object {
  fields = {
    exec = command, httpGet = http_get, tcpSocket = tcp_socket, initialDelaySeconds = at_least(0),
    grpc = object {text = "service", any = "mode",
      fields = {port = port}, required = "port"}, periodSeconds = at_least(1),
    timeoutSeconds = at_least(1), successThreshold = at_least(1), failureThreshold = at_least(1),
    terminationGracePeriodSeconds = at_least(1),
  },
  one = handlers,
}

local hook = object {fields = {exec = command, httpGet = http_get, tcpSocket = tcp_socket,
  sleep = object {integer = "seconds", required = "seconds"}}, one = {"exec", "httpGet", "sleep", "tcpSocket"}}

local resources = object {fields = {limits = quantities, requests = quantities,
  claims = {list = object {text = "name request", required = "name"}}}}
part.resources = resources

local profile = object {text = "localhostProfile", fields = {type = choice "RuntimeDefault Localhost Unconfined"},
  required = "type"}
local se_linux = object {text = "level role type user"}

local container_security = object {
  boolean = "allowPrivilegeEscalation privileged readOnlyRootFilesystem runAsNonRoot", integer = "runAsGroup runAsUser",
  text = "procMount", any = "windowsOptions", fields = {appArmorProfile = profile, seccompProfile = profile,
    seLinuxOptions = se_linux, capabilities = object {texts = "add drop"}},
}

local container = object {
  text = "image name workingDir terminationMessagePath targetContainerName", texts = "args command",
  boolean = "stdin stdinOnce tty", required = "name", any = "resizePolicy restartPolicyRules volumeDevices",
  fields = {
    env = environment, resources = resources, securityContext = container_security,
    envFrom = {list = object {text = "prefix", fields = {configMapRef = named, secretRef = named},
      one = {"configMapRef", "secretRef"}}},
    imagePullPolicy = choice "Always IfNotPresent Never", restartPolicy = choice "Always OnFailure Never",
    terminationMessagePolicy = choice "File FallbackToLogsOnError",
    lifecycle = object {text = "stopSignal", fields = {postStart = hook, preStop = hook}},
    livenessProbe = probe, readinessProbe = probe, startupProbe = probe,
    ports = {list = object {text = "hostIP", required = "containerPort", fields = {name = port_or_name, hostPort = port,
      containerPort = port, protocol = choice "TCP UDP SCTP"}}},
    volumeMounts = {list = object {
      text = "mountPath mountPropagation name recursiveReadOnly subPath subPathExpr", boolean = "readOnly",
      any = "bindMountOptions", required = "mountPath name"}},
  },
}

-- ---- volumes ----

local items = {list = object {text = "key path", integer = "mode", any = "user", required = "key path"}}

local volume = object {
  text = "name", required = "name",
  any = "csi ephemeral image nfs iscsi fc cephfs rbd glusterfs flexVolume flocker gcePersistentDisk " ..
    "azureDisk azureFile awsElasticBlockStore cinder portworxVolume quobyte scaleIO storageos " ..
    "vsphereVolume photonPersistentDisk gitRepo",
  fields = {
    configMap = object {text = "name", boolean = "optional", integer = "defaultMode", any = "defaultUser",
      fields = {items = items}, required = "name"},
    secret = object {text = "secretName", boolean = "optional", integer = "defaultMode", any = "defaultUser",
      fields = {items = items}},
    emptyDir = object {text = "medium", any = "mode", fields = {sizeLimit = quantity}},
    persistentVolumeClaim = object {text = "claimName", boolean = "readOnly", required = "claimName"},
    hostPath = object {text = "path type", required = "path"},
    projected = object {integer = "defaultMode", any = "defaultUser sources"},
    downwardAPI = object {integer = "defaultMode", any = "defaultUser items"},
  },
}

-- ---- pods ----

local pod_security = object {
  boolean = "runAsNonRoot", integer = "fsGroup runAsGroup runAsUser", any = "windowsOptions",
  text = "seLinuxChangePolicy supplementalGroupsPolicy",
  fields = {appArmorProfile = profile, seccompProfile = profile, seLinuxOptions = se_linux,
    fsGroupChangePolicy = choice "Always OnRootMismatch", supplementalGroups = {list = "integer"},
    sysctls = {list = object {text = "name value", required = "name value"}}},
}

local affinity_term = object {
  text = "topologyKey", texts = "namespaces matchLabelKeys mismatchLabelKeys", required = "topologyKey",
  fields = {labelSelector = selector, namespaceSelector = selector},
}
local pod_affinity = object {fields = {
  requiredDuringSchedulingIgnoredDuringExecution = {list = affinity_term},
  preferredDuringSchedulingIgnoredDuringExecution = {list = object {integer = "weight",
    fields = {podAffinityTerm = affinity_term}, required = "podAffinityTerm weight"}},
}}
local node_term = object {any = "matchExpressions matchFields"}
local node_affinity = object {fields = {
  requiredDuringSchedulingIgnoredDuringExecution = object {fields = {nodeSelectorTerms = {list = node_term}},
    required = "nodeSelectorTerms"},
  preferredDuringSchedulingIgnoredDuringExecution = {list = object {integer = "weight",
    fields = {preference = node_term}, required = "preference weight"}},
}}

local spread = object {
  text = "topologyKey nodeAffinityPolicy nodeTaintsPolicy", texts = "matchLabelKeys", integer = "minDomains",
  required = "maxSkew topologyKey whenUnsatisfiable",
  fields = {labelSelector = selector, maxSkew = at_least(1), whenUnsatisfiable = choice "DoNotSchedule ScheduleAnyway"},
}

local function distinct_names(judge, value, lines)
  local first = {}
  for _, field in ipairs {"initContainers", "containers"} do
    for i, one in ipairs(type(value[field]) == "table" and value[field] or {}) do
      local name = type(one) == "table" and one.name
      local at = structure.inside(structure.inside(lines, field), i)
      if name and first[name] then
        judge:note(at, ("a second container %s"):format(structure.kind_text(name)), "another name")
      end
      if name then first[name] = true end
    end
  end
  if type(value.containers) == "table" and #value.containers == 0 then judge:note(lines, "a pod without containers") end
end

part.pod_spec = object {
  text = "hostname hostnameOverride nodeName priorityClassName runtimeClassName schedulerName serviceAccount " ..
    "serviceAccountName subdomain",
  boolean = "automountServiceAccountToken enableServiceLinks hostIPC hostNetwork hostPID hostUsers " ..
    "setHostnameAsFQDN shareProcessNamespace",
  integer = "activeDeadlineSeconds priority", required = "containers", also = distinct_names,
  any = "dnsConfig hostAliases os readinessGates resourceClaims schedulingGates " ..
    "evictionResponders schedulingGroup workloadRef",
  fields = {
    affinity = object {fields = {podAffinity = pod_affinity, podAntiAffinity = pod_affinity,
      nodeAffinity = node_affinity}},
    containers = {list = container}, initContainers = {list = container}, ephemeralContainers = {list = container},
    dnsPolicy = choice "ClusterFirst ClusterFirstWithHostNet Default None", nodeSelector = labels,
    overhead = quantities,
    imagePullSecrets = {list = object {text = "name", required = "name"}}, resources = resources,
    preemptionPolicy = choice "Never PreemptLowerPriority", restartPolicy = choice "Always OnFailure Never",
    securityContext = pod_security, terminationGracePeriodSeconds = at_least(0),
    tolerations = {list = object {text = "effect key operator value", integer = "tolerationSeconds"}},
    topologySpreadConstraints = {list = spread}, volumes = {list = volume},
  },
}

--- The template of a workload; its metadata needs no name.
part.template = object {fields = {metadata = part.metadata("text"), spec = part.pod_spec}, required = "spec"}
