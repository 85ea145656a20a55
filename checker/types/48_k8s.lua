---@meta
-- ---- Kubernetes ----

---An object of Kubernetes, as YAML says it.
---@class KubernetesObject
---@field apiVersion string "apps/v1" …
---@field kind string "Deployment" …
---@field metadata table name, namespace, labels, annotations
---@field spec any what its kind has

---Which objects; what is left out may be anything.
---@class KubernetesWanted
---@field kind? string "Deployment" …
---@field name? string of metadata
---@field namespace? string an object without one is in "default"

---Objects of manifests.
---@class KubernetesObjects: KubernetesObject[]
local KubernetesObjects = {}

---Those of a kind, name and namespace, perhaps none.
---@param wanted KubernetesWanted
---@return KubernetesObjects
---@nodiscard
function KubernetesObjects:select(wanted) end

---The one of a kind, name and namespace; none and several are failures.
---@param wanted KubernetesWanted
---@return table object
function KubernetesObjects:one(wanted) end

---Manifests of Kubernetes.
---@class k8slib
k8s = {}

---The objects of a file, of what a folder's kustomization makes, or of the YAML files in a folder without one; what is wrong in them is a failure with file and line.
---They are read as kubectl reads: yes, on and 0400 without quotes are true, true and 256, and << merges maps.
---@param path string|File
---@return KubernetesObjects
function k8s.load(path) end

---Where an object begins: "k8s/app.yaml:12".
---@param object table
---@return string
---@nodiscard
function k8s.where(object) end

---A quantity as a number, exact where it is whole; with a unit a whole number of these, rounded up. nil and null are nil.
---@param value any "500m", "1.5Gi" or a number
---@param unit? string a suffix: "m", "Mi" …
---@return number?
function k8s.quantity(value, unit) end

---The spec of the pods that an object makes; nil for kinds without pods.
---@param object table
---@return table? spec
---@nodiscard
function k8s.pod_spec(object) end

---Whether a Service, policy, budget or workload takes the pods of an object.
---@param owner table what selects
---@param pod table a Pod or a workload
---@return boolean
---@nodiscard
function k8s.selects(owner, pod) end

---The pod's port to which a Service's port leads; or nil and why it leads nowhere.
---@param service table
---@param pod table a Pod or a workload
---@param port? string|integer name or number; default: the first
---@return integer? number, string? why
---@nodiscard
function k8s.target_port(service, pod, port) end

---What happens to a program in a container.
---@class ProbesStory
---@field load? number seconds from a start until probes are answered, default 0
---@field hang? number the second from which nothing is answered until a restart
---@field seconds? number how long the story lasts, default 600
---@field container? string its name, default: the first
---@field port? integer where the program listens; default: wherever a probe asks
---@field paths? table<string, number> seconds from which a path is answered; other paths never are
---@field stop? number seconds that the program takes to stop, default 0

---What the kubelet did.
---@class ProbesResult
---@field restarts {at: number, probe: string}[] when, and for which probe: "startup" or "liveness"
---@field ready_at? number the first second of readiness; nil: never
---@field changes {at: number, ready: boolean}[] of readiness
---@field ready boolean whether it is ready at the end

---What the kubelet would do with a container, in simulated time.
---@param pod table a Pod or a workload
---@param story ProbesStory
---@return ProbesResult
function k8s.probes(pod, story) end

---How the cluster is that is drained.
---@class DrainOptions
---@field nodes? integer 1 to 50, default 2
---@field packed? boolean true: the pods are all on one node where they may

---What draining came to.
---@class DrainResult
---@field drained boolean every node could be drained
---@field least_ready integer the fewest pods that were ready at any time
---@field why? string what holds the drain up
---@field node? integer which node that is

---Drains each node in turn, under the budgets of the manifests.
---@param objects KubernetesObjects
---@param workload table a Deployment, StatefulSet or ReplicaSet
---@param options? DrainOptions
---@return DrainResult
function k8s.drain(objects, workload, options) end

---An end of a flow that is no object of the manifests.
---@class FlowEnd
---@field namespace? string default "default", unless an ip stands alone
---@field labels? table<string, string> of the pod
---@field ip? string of IPv4; alone it is outside of the cluster
---@field ports? table<string, integer> the pod's named ports

---A flow of packets.
---@class Flow
---@field from FlowEnd or a Pod or a workload of the manifests
---@field to FlowEnd likewise
---@field port integer of the receiver
---@field protocol? string "TCP" (default), "UDP" or "SCTP"

---Whether the network policies let a flow through; why not.
---@param objects KubernetesObjects
---@param flow Flow
---@return boolean open, string? why
---@nodiscard
function k8s.reachable(objects, flow) end
