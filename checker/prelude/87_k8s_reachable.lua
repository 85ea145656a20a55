-- k8s.reachable: whether the network policies of the manifests let a flow through. Source: Kubernetes' documentation,
-- "Network Policies". Policies only add: a pod that none selects for a direction is open in it.

local lab, k8s = lab, k8s
local part = lab.k8s
local map, field = part.map, part.field

local flow_options = {from = "table", to = "table", port = "integer", protocol = "string"}
local end_options = {namespace = "string", labels = "table", ip = "string", ports = "table"}

local NAME_LABEL = "kubernetes.io/metadata.name"

-- ---- the two ends ----

--- The labels of a namespace: those of its object, and the one that every namespace has.
local function namespace_labels(objects, name)
  local labels = {[NAME_LABEL] = name}
  for _, object in ipairs(objects) do
    if object.kind == "Namespace" and part.name_of(object) == name then
      for key, value in pairs(map(object, "metadata", "labels")) do labels[key] = value end
    end
  end
  return labels
end

--- An end of a flow: a pod {namespace, labels, spaces, ports, address}, or what is outside {address}.
local function end_of(what, objects, given)
  if given == nil then lab.misuse("%s is missing", what) end
  local one = {}
  if given.kind ~= nil then
    one.labels, one.namespace = part.pod_labels(what, given), part.namespace_of(given)
    one.spec = part.template_of(given).spec
  else
    lab.options(what, given, end_options)
    one.labels, one.ports = given.labels, given.ports or {}
    one.namespace = given.namespace or given.labels and "default"
    one.address = given.ip and (part.ipv4(given.ip) or lab.misuse("%s: %q is no address of IPv4", what, given.ip))
    if not one.namespace and not one.address then lab.misuse("%s needs a namespace, labels or an ip", what) end
    one.labels = one.labels or one.namespace and {}
  end
  one.spaces = one.namespace and namespace_labels(objects, one.namespace)
  return one
end

-- ---- rules ----

local function in_range(range, address)
  local network, bits = part.ipv4_range(range)
  if not network then return false end -- of IPv6
  local mask = bits == 0 and 0 or 0xFFFFFFFF << (32 - bits) & 0xFFFFFFFF
  return network & mask == address & mask
end

local function block_matches(block, address)
  if not address or not in_range(block.cidr, address) then return false end
  for _, range in ipairs(map(block, "except")) do
    if in_range(range, address) then return false end
  end
  return true
end

local function peer_matches(peer, policy, other)
  if field(peer, "ipBlock") then return block_matches(peer.ipBlock, other.address) end
  if not other.namespace then return false end
  local spaces, pods = field(peer, "namespaceSelector"), field(peer, "podSelector")
  if spaces then
    if not part.selector_matches(spaces, other.spaces) then return false end
  elseif other.namespace ~= part.namespace_of(policy) then return false
  end
  return not pods or part.selector_matches(pods, other.labels)
end

local function port_matches(rule, flow)
  if (field(rule, "protocol") or "TCP") ~= flow.protocol then return false end
  local port = field(rule, "port")
  if port == nil then return true end
  if type(port) == "string" then
    local named = flow.to.ports and flow.to.ports[port]
      or flow.to.spec and part.named_port(flow.to.spec, port, flow.protocol)
    return named == flow.port
  end
  return flow.port >= port and flow.port <= (field(rule, "endPort") or port)
end

--- Whether one of a list fits; an empty list, or none, is fitted by everything.
local function any_of(list, fits)
  for _, one in ipairs(list) do
    if fits(one) then return true end
  end
  return #list == 0
end

local function rule_matches(rule, side, policy, flow)
  local other = side == "egress" and flow.to or flow.from
  local peers = map(rule, side == "egress" and "to" or "from")
  return any_of(peers, function(peer) return peer_matches(peer, policy, other) end)
    and any_of(map(rule, "ports"), function(port) return port_matches(port, flow) end)
end

-- ---- policies ----

local function has_type(policy, side)
  local types = map(policy, "spec", "policyTypes")
  if #types == 0 then return side == "ingress" or #map(policy, "spec", "egress") > 0 end
  for _, name in ipairs(types) do
    if name:lower() == side then return true end
  end
  return false
end

local function allows(policy, side, flow)
  for _, rule in ipairs(map(policy, "spec", side)) do
    if rule_matches(rule, side, policy, flow) then return true end
  end
  return false
end

--- true; or false and which policies hold the flow back on a side.
local function passes(objects, side, flow)
  local own, names = side == "egress" and flow.from or flow.to, {}
  if not own.namespace then return true end
  for _, object in ipairs(objects) do
    local takes = object.kind == "NetworkPolicy" and part.namespace_of(object) == own.namespace
      and has_type(object, side) and part.selector_matches(map(object, "spec", "podSelector"), own.labels)
    if takes then
      if allows(object, side, flow) then return true end
      names[#names + 1] = part.name_of(object)
    end
  end
  if #names == 0 then return true end
  return false, ("%s of the namespace %s is closed by %s"):format(side, own.namespace, table.concat(names, ", ", 1,
    math.min(#names, 8)))
end

function k8s.reachable(objects, flow)
  lab.enter("k8s.reachable")
  if getmetatable(objects) ~= "list" then lab.misuse("k8s.reachable: the objects must be those of k8s.load") end
  lab.argument("k8s.reachable: the flow", flow, "table")
  lab.options("k8s.reachable", flow, flow_options)
  if not flow.port then lab.misuse("k8s.reachable: port is missing") end
  local protocol = flow.protocol or "TCP"
  if protocol ~= "TCP" and protocol ~= "UDP" and protocol ~= "SCTP" then
    lab.misuse("k8s.reachable: protocol must be TCP, UDP or SCTP")
  end
  local whole = {port = flow.port, protocol = protocol, from = end_of("k8s.reachable: from", objects, flow.from),
    to = end_of("k8s.reachable: to", objects, flow.to)}
  for _, side in ipairs {"egress", "ingress"} do
    local fine, why = passes(objects, side, whole)
    if not fine then return false, why end
  end
  return true
end
