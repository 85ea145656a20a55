-- k8s.drain: every node of a small cluster is drained in turn, as kubectl drain does it, under the budgets of the
-- manifests. Source: Kubernetes' documentation, "Disruptions" and "Safely Drain a Node". Only the pods of one workload
-- are there; an evicted one is placed again, and is ready before the next try.

local lab, k8s = lab, k8s
local part = lab.k8s
local map, field = part.map, part.field

local NODES, NODES_MOST, REPLICAS_MOST = 2, 50, 200

local drain_options = {nodes = "integer", packed = "boolean"}

-- ---- budgets ----

--- An amount of `whole`: a number, or a percentage, rounded up.
local function amount_of(amount, whole)
  if type(amount) == "number" then return amount end
  return (tonumber(amount:match("^%d+")) * whole + 99) // 100 | 0
end

--- The ready pods that a budget demands of so many; nil of one that gives no amount, which lets none go: the controller
--- expects no pods then (updatePdbStatus in Kubernetes' pkg/controller/disruption/disruption.go).
local function demanded(budget, replicas)
  local least, most = field(budget.spec, "minAvailable"), field(budget.spec, "maxUnavailable")
  if least then return amount_of(least, replicas) end
  return most and math.max(0, replicas - amount_of(most, replicas))
end

local function budgets_of(objects, workload)
  local found = {}
  for _, object in ipairs(objects) do
    if object.kind == "PodDisruptionBudget" and k8s.selects(object, workload) then found[#found + 1] = object end
  end
  return found
end

-- ---- nodes ----

--- Whether no two of the pods may be on one node.
local function is_exclusive(spec, labels)
  local terms = map(spec, "affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
  for _, term in ipairs(terms) do
    local selector = field(term, "labelSelector")
    if term.topologyKey == "kubernetes.io/hostname" and selector and part.selector_matches(selector, labels) then
      return true
    end
  end
  return false
end

--- A node for a pod: the emptiest, or with `packed` the first that may be used; nil when there is none.
local function choose_node(cluster)
  local best
  for _, node in ipairs(cluster.nodes) do
    local may = not node.cordoned and not (cluster.exclusive and #node.pods > 0)
    if may and (not best or not cluster.packed and #node.pods < #best.pods) then best = node end
  end
  return best
end

--- Places the pods that wait; then all that are placed are ready.
local function settle(cluster)
  while cluster.waiting > 0 do
    local node = choose_node(cluster)
    if not node then break end
    node.pods[#node.pods + 1] = true
    cluster.waiting = cluster.waiting - 1
  end
  cluster.ready = cluster.replicas - cluster.waiting
end

local function why_not(cluster)
  local budgets = cluster.budgets
  if #budgets > 1 then return ("%d budgets select the pods, so that none may be evicted"):format(#budgets) end
  if not budgets[1] then return nil end
  local need, name = demanded(budgets[1], cluster.replicas), part.name_of(budgets[1])
  if not need then
    return ("the budget %s has neither minAvailable nor maxUnavailable, so that none may be evicted"):format(name)
  end
  if cluster.ready - 1 >= need then return nil end
  return ("an eviction would leave %d ready, and the budget %s demands %d of %d"):format(cluster.ready - 1, name, need,
    cluster.replicas)
end

--- Evicts what may go; true when something went.
local function evict(cluster, node)
  local before = #node.pods
  while #node.pods > 0 and not why_not(cluster) do
    table.remove(node.pods)
    cluster.waiting, cluster.ready = cluster.waiting + 1, cluster.ready - 1
    cluster.least = math.min(cluster.least, cluster.ready)
  end
  return #node.pods < before
end

--- Drains a node; nil, or why that has no end.
local function drain_node(cluster, node)
  node.cordoned = true
  while #node.pods > 0 do
    if not evict(cluster, node) then return why_not(cluster) end
    settle(cluster)
  end
  node.cordoned = false
  settle(cluster)
  return nil
end

-- ---- the workload ----

local function new_cluster(objects, workload, options)
  local replicas = field(workload.spec, "replicas") or 1
  if replicas > REPLICAS_MOST then
    lab.fail {what = "replicas", expected = ("at most %d"):format(REPLICAS_MOST), actual = lab.number(replicas)}
  end
  local template = part.template_of(workload)
  local cluster = {
    nodes = {}, replicas = replicas, waiting = replicas, ready = 0, packed = options.packed,
    budgets = budgets_of(objects, workload),
    exclusive = is_exclusive(template.spec, map(template, "metadata", "labels")),
  }
  for i = 1, options.nodes or NODES do cluster.nodes[i] = {pods = {}} end
  settle(cluster)
  cluster.least = cluster.ready
  return cluster
end

function k8s.drain(objects, workload, options)
  lab.enter("k8s.drain")
  if getmetatable(objects) ~= "list" then lab.misuse("k8s.drain: the objects must be those of k8s.load") end
  local kind = part.demand_object("k8s.drain: the workload", workload).kind
  if kind ~= "Deployment" and kind ~= "StatefulSet" and kind ~= "ReplicaSet" then
    lab.misuse("k8s.drain: the workload must be a Deployment, StatefulSet or ReplicaSet, got a %s", kind)
  end
  options = lab.argument("k8s.drain: the options", options or {}, "table")
  lab.options("k8s.drain", options, drain_options)
  if options.nodes and (options.nodes < 1 or options.nodes > NODES_MOST) then
    lab.misuse("k8s.drain: nodes must be 1 to %d", NODES_MOST)
  end
  local cluster = new_cluster(objects, workload, options)
  for i, node in ipairs(cluster.nodes) do
    local why = drain_node(cluster, node)
    if why then return {drained = false, least_ready = cluster.least, why = why, node = i} end
  end
  return {drained = true, least_ready = cluster.least}
end
