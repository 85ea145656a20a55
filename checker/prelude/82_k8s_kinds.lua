-- k8s, third part: the kinds of objects, and which version of the API they belong to.

local lab = lab
local part = lab.k8s
local structure = lab.structure
local object, choice, at_least = part.object, part.choice, part.at_least
local selector, template, amount = part.selector, part.template, part.amount
local quantities, port, port_or_name = part.quantities, part.port, part.port_or_name

local kinds = {} -- "VERSION KIND" -> schema
part.kinds = kinds

--- Kinds of the same versions whose fields are not looked at.
local plain = {
  v1 = "Endpoints Event Node PersistentVolume PodTemplate ReplicationController",
  ["apps/v1"] = "ControllerRevision", ["networking.k8s.io/v1"] = "IngressClass IPAddress ServiceCIDR",
}

local metadata, rbac_metadata = part.metadata(part.object_name, "name"), part.metadata(part.path_name, "name")

--- Declares a kind; its spec and other fields are those of object {…}.
local function kind(version, name, given, own_metadata)
  given.fields = given.fields or {}
  given.text = (given.text or "") .. " apiVersion kind"
  given.any = (given.any or "") .. (given.fields.spec and " status" or "")
  given.fields.metadata = own_metadata or metadata
  given.required = (given.required or "") .. " metadata"
  kinds[version .. " " .. name] = object(given)
end

--- As kind, with a spec.
local function kind_with_spec(version, name, spec, optional)
  kind(version, name, {fields = {spec = object(spec)}, required = optional and "" or "spec"})
end

-- ---- workloads ----

local replicas = at_least(0)

kind("v1", "Pod", {fields = {spec = part.pod_spec}, required = "spec"})

kind_with_spec("apps/v1", "Deployment", {
  integer = "minReadySeconds progressDeadlineSeconds revisionHistoryLimit", boolean = "paused",
  required = "selector template",
  fields = {replicas = replicas, selector = selector, template = template,
    strategy = object {fields = {type = choice "Recreate RollingUpdate",
      rollingUpdate = object {fields = {maxSurge = amount, maxUnavailable = amount}}}}},
})

local claim_spec = object {
  texts = "accessModes", text = "storageClassName volumeAttributesClassName volumeMode volumeName",
  any = "dataSource dataSourceRef", fields = {resources = part.resources, selector = selector},
}

kind_with_spec("apps/v1", "StatefulSet", {
  integer = "minReadySeconds revisionHistoryLimit", text = "serviceName", required = "selector template",
  fields = {
    replicas = replicas, selector = selector, template = template, ordinals = object {integer = "start"},
    podManagementPolicy = choice "OrderedReady Parallel",
    persistentVolumeClaimRetentionPolicy = object {fields = {whenDeleted = choice "Delete Retain",
      whenScaled = choice "Delete Retain"}},
    updateStrategy = object {fields = {type = choice "OnDelete RollingUpdate",
      rollingUpdate = object {integer = "partition", fields = {maxUnavailable = amount}}}},
    volumeClaimTemplates = {list = object {text = "apiVersion kind", any = "status", required = "metadata spec",
      fields = {metadata = metadata, spec = claim_spec}}},
  },
})

kind_with_spec("apps/v1", "DaemonSet", {
  integer = "minReadySeconds revisionHistoryLimit", required = "selector template",
  fields = {selector = selector, template = template, updateStrategy = object {fields = {
    type = choice "OnDelete RollingUpdate",
    rollingUpdate = object {fields = {maxSurge = amount, maxUnavailable = amount}}}}},
})

kind_with_spec("apps/v1", "ReplicaSet", {
  integer = "minReadySeconds", required = "selector", fields = {replicas = replicas, selector = selector,
    template = template},
})

--- The pods of a job end: the policy of all others is no policy for them.
local function restarts_end(judge, value, lines)
  local pod = type(value.template) == "table" and value.template.spec
  if type(pod) ~= "table" or pod.restartPolicy == "Never" or pod.restartPolicy == "OnFailure" then return end
  judge:note(structure.inside(lines, "template"), "a job's pods need restartPolicy: Never or OnFailure")
end

local job = {
  integer = "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completions maxFailedIndexes parallelism " ..
    "ttlSecondsAfterFinished",
  boolean = "manualSelector suspend", text = "managedBy podReplacementPolicy",
  any = "podFailurePolicy scheduling successPolicy",
  required = "template", also = restarts_end,
  fields = {completionMode = choice "Indexed NonIndexed", selector = selector, template = template},
}

kind_with_spec("batch/v1", "Job", job)
kind_with_spec("batch/v1", "CronJob", {
  text = "schedule timeZone", boolean = "suspend", required = "jobTemplate schedule",
  integer = "failedJobsHistoryLimit startingDeadlineSeconds successfulJobsHistoryLimit",
  fields = {
    concurrencyPolicy = choice "Allow Forbid Replace",
    jobTemplate = object {fields = {metadata = part.metadata("text"), spec = object(job)}, required = "spec"},
  },
})

-- ---- network ----

local function ports_have_names(judge, value, lines)
  if type(value.ports) ~= "table" or #value.ports < 2 then return end
  for i, one in ipairs(value.ports) do
    if type(one) == "table" and structure.is_absent(one.name) then
      judge:note(structure.inside(structure.inside(lines, "ports"), i), "a port needs a name where there are several")
    end
  end
end

kind_with_spec("v1", "Service", {
  boolean = "allocateLoadBalancerNodePorts publishNotReadyAddresses", also = ports_have_names,
  text = "clusterIP externalName loadBalancerClass loadBalancerIP trafficDistribution", integer = "healthCheckNodePort",
  texts = "clusterIPs externalIPs ipFamilies loadBalancerSourceRanges", any = "sessionAffinityConfig",
  fields = {
    externalTrafficPolicy = choice "Cluster Local", internalTrafficPolicy = choice "Cluster Local",
    ipFamilyPolicy = choice "PreferDualStack RequireDualStack SingleStack", selector = part.labels,
    sessionAffinity = choice "ClientIP None", type = choice "ClusterIP ExternalName LoadBalancer NodePort",
    ports = {list = object {text = "appProtocol name", integer = "nodePort", required = "port",
      fields = {port = port, protocol = choice "TCP UDP SCTP", targetPort = port_or_name}}},
  },
})

local backend = object {
  any = "resource", one = {"resource", "service"},
  fields = {service = object {text = "name", required = "name", fields = {
    port = object {text = "name", one = {"name", "number"}, fields = {number = port}}}}},
}

kind_with_spec("networking.k8s.io/v1", "Ingress", {
  text = "ingressClassName",
  fields = {
    defaultBackend = backend, tls = {list = object {texts = "hosts", text = "secretName"}},
    rules = {list = object {text = "host", fields = {http = object {required = "paths", fields = {
      paths = {list = object {text = "path", required = "backend pathType", fields = {backend = backend,
        pathType = choice "Exact ImplementationSpecific Prefix"}}}}}}}},
  },
})

local function peer_is_one(judge, value, lines)
  local has_block = not structure.is_absent(value.ipBlock)
  local has_selector = not (structure.is_absent(value.podSelector) and structure.is_absent(value.namespaceSelector))
  if has_block == has_selector then
    judge:note(lines, "a peer is either an ipBlock, or a podSelector, a namespaceSelector or both", "one of these")
  end
end

local address_range = {say = "a range of addresses such as 10.0.0.0/8", test = function(value)
  local fine = type(value) == "string" and #value < 64 and
    (part.ipv4_range(value) or value:find("^[%x:.]*:[%x:.]*/%d%d?%d?$"))
  if not fine then return ("%s is no range such as 10.0.0.0/8"):format(structure.kind_text(value)) end
end}

--- The address and the bits of "10.0.0.0/8"; nil when it is no range of IPv4.
function part.ipv4_range(text)
  local address, bits = text:match("^([%d.]+)/(%d%d?)$")
  local number = address and part.ipv4(address)
  if not number or tonumber(bits) > 32 then return nil end
  return number, math.tointeger(tonumber(bits))
end

--- An address of IPv4 as a number; nil when it is none.
function part.ipv4(text)
  if not lab.json_schema.formats.ipv4(text) then return nil end
  local number = 0
  for digits in text:gmatch("%d+") do number = number << 8 | tonumber(digits) end
  return number
end

local peers = {list = object {also = peer_is_one, fields = {
  podSelector = selector, namespaceSelector = selector,
  ipBlock = object {required = "cidr", fields = {cidr = address_range, except = {list = address_range}}},
}}}
local policy_ports = {list = object {fields = {port = port_or_name, endPort = port, protocol = choice "TCP UDP SCTP"}}}

kind_with_spec("networking.k8s.io/v1", "NetworkPolicy", {
  fields = {
    podSelector = selector, policyTypes = {list = choice "Egress Ingress"},
    ingress = {list = object {fields = {from = peers, ports = policy_ports}}},
    egress = {list = object {fields = {to = peers, ports = policy_ports}}},
  },
})

-- ---- configuration ----

kind("v1", "ConfigMap", {boolean = "immutable", fields = {data = {map = "text"}, binaryData = {map = "text"}}})
kind("v1", "Secret", {boolean = "immutable", text = "type",
  fields = {data = {map = "text"}, stringData = {map = "text"}}})
kind_with_spec("v1", "Namespace", {texts = "finalizers"}, true)
kind_with_spec("v1", "ResourceQuota", {any = "scopeSelector", texts = "scopes", fields = {hard = quantities}})
local limit = object {required = "type", fields = {
  type = choice "Container PersistentVolumeClaim Pod", default = quantities, defaultRequest = quantities,
  max = quantities, min = quantities, maxLimitRequestRatio = quantities}}
kind_with_spec("v1", "LimitRange", {required = "limits", fields = {limits = {list = limit}}})
kind("v1", "PersistentVolumeClaim", {fields = {spec = claim_spec}, required = "spec"})

-- ---- rights ----

local RBAC = "rbac.authorization.k8s.io/v1"
local rules = {list = object {texts = "apiGroups nonResourceURLs resourceNames resources verbs", required = "verbs"}}
local binding = {
  required = "roleRef",
  fields = {
    roleRef = object {text = "apiGroup name", required = "kind name", fields = {kind = choice "ClusterRole Role"}},
    subjects = {list = object {text = "apiGroup name namespace", required = "kind name",
      fields = {kind = choice "Group ServiceAccount User"}}},
  },
}

kind("v1", "ServiceAccount", {boolean = "automountServiceAccountToken", any = "secrets",
  fields = {imagePullSecrets = {list = object {text = "name"}}}})
kind(RBAC, "Role", {fields = {rules = rules}}, rbac_metadata)
kind(RBAC, "ClusterRole", {any = "aggregationRule", fields = {rules = rules}}, rbac_metadata)
for _, name in ipairs {"RoleBinding", "ClusterRoleBinding"} do
  kind(RBAC, name, {fields = {roleRef = binding.fields.roleRef, subjects = binding.fields.subjects},
    required = binding.required}, rbac_metadata)
end

-- ---- availability ----

local function not_both(judge, value, lines)
  if not structure.is_absent(value.minAvailable) and not structure.is_absent(value.maxUnavailable) then
    judge:note(lines, "a budget has minAvailable or maxUnavailable, not both", "one of the two")
  end
end

kind_with_spec("policy/v1", "PodDisruptionBudget", {also = not_both, fields = {
  minAvailable = amount, maxUnavailable = amount, selector = selector,
  unhealthyPodEvictionPolicy = choice "AlwaysAllow IfHealthyBudget"}})

local target_reference = object {text = "apiVersion kind name", required = "kind name"}
local metric = object {text = "name", fields = {selector = selector}, required = "name"}
local target = object {integer = "averageUtilization", required = "type", fields = {
  type = choice "AverageValue Utilization Value", averageValue = quantities.map, value = quantities.map}}
local scaling = object {integer = "stabilizationWindowSeconds", fields = {
  tolerance = quantities.map, selectPolicy = choice "Disabled Max Min",
  policies = {list = object {integer = "periodSeconds value", required = "periodSeconds type value",
    fields = {type = choice "Percent Pods"}}}}}

kind_with_spec("autoscaling/v2", "HorizontalPodAutoscaler", {
  required = "maxReplicas scaleTargetRef",
  fields = {
    maxReplicas = at_least(1), minReplicas = at_least(0), scaleTargetRef = target_reference,
    behavior = object {fields = {scaleDown = scaling, scaleUp = scaling}},
    metrics = {list = object {required = "type", fields = {
      type = choice "ContainerResource External Object Pods Resource",
      resource = object {text = "name", fields = {target = target}, required = "name target"},
      containerResource = object {text = "container name", fields = {target = target},
        required = "container name target"},
      pods = object {fields = {metric = metric, target = target}, required = "metric target"},
      external = object {fields = {metric = metric, target = target}, required = "metric target"},
      object = object {fields = {describedObject = target_reference, metric = metric, target = target},
        required = "describedObject metric target"},
    }}},
  },
})
kind_with_spec("autoscaling/v1", "HorizontalPodAutoscaler", {
  integer = "targetCPUUtilizationPercentage", required = "maxReplicas scaleTargetRef",
  fields = {maxReplicas = at_least(1), minReplicas = at_least(0), scaleTargetRef = target_reference},
})

for version, names in pairs(plain) do
  for _, name in ipairs(part.words(names)) do
    kinds[version .. " " .. name] = kinds[version .. " " .. name] or false -- known, and not looked into
  end
end
