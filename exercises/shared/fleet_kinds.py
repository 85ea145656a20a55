"""What fleet.py knows of kinds of objects: which there are, their defaults, which fields stay as they are, and the types of
the fields that the server itself reads."""

import copy
import re

CLUSTER_KINDS = {
    "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "Namespace", "Node", "PersistentVolume",
}  # fmt: skip
KINDS = CLUSTER_KINDS | {
    "ConfigMap", "CronJob", "DaemonSet", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Job", "LimitRange",
    "NetworkPolicy", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "ReplicaSet", "ResourceQuota", "Role",
    "RoleBinding", "Secret", "Service", "ServiceAccount", "StatefulSet",
}  # fmt: skip
WORKLOADS = {"DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"}
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")

POD_DEFAULTS = {
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}
CONTAINER_DEFAULTS = {
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
DEFAULTS = {
    "Deployment": {
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "strategy": ROLLING,
    },
    "StatefulSet": {"replicas": 1, "podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10},
    "ReplicaSet": {"replicas": 1},
    "Job": {"backoffLimit": 6, "completions": 1, "parallelism": 1},
    "CronJob": {"concurrencyPolicy": "Allow", "suspend": False, "successfulJobsHistoryLimit": 3},
    "Service": {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster"},
    "HorizontalPodAutoscaler": {"minReplicas": 1},
    "PersistentVolumeClaim": {"volumeMode": "Filesystem", "storageClassName": "standard"},
    "Namespace": {"finalizers": ["kubernetes"]},
}
IMMUTABLE = {
    "Deployment": ["selector"],
    "StatefulSet": ["selector", "serviceName", "volumeClaimTemplates"],
    "Job": ["selector", "template"],
    "Service": ["clusterIP"],
    "PersistentVolumeClaim": ["storageClassName", "accessModes", "volumeMode"],
}


# ---- types ----


def is_object(value):
    return isinstance(value, dict)


def is_text(value):
    return isinstance(value, str)


def is_list_of(fits):
    return lambda value: isinstance(value, list) and all(map(fits, value))


def is_count(value):
    return re.fullmatch("[0-9]{1,9}", str(value)) is not None


OBJECT, TEXT = ("an object", is_object), ("a text", is_text)
OBJECTS, TEXTS = ("a list of objects", is_list_of(is_object)), ("a list of texts", is_list_of(is_text))
LABELS = ("an object of texts", lambda value: is_object(value) and all(map(is_text, value.values())))
# A field stands behind the one that holds it: what is no object is not looked into.
TYPES = {
    "spec": OBJECT,
    "metadata.labels": LABELS,
    "metadata.ownerReferences": OBJECTS,
    "metadata.finalizers": TEXTS,
}
TYPES_OF_WORKLOADS = {
    "spec.selector": OBJECT,
    "spec.selector.matchLabels": LABELS,
    "spec.template": OBJECT,
    "spec.template.metadata": OBJECT,
    "spec.template.metadata.labels": LABELS,
    "spec.template.spec": OBJECT,
    "spec.template.spec.containers": OBJECTS,
}
TYPES_OF = {kind: TYPES_OF_WORKLOADS for kind in WORKLOADS} | {
    "CustomResourceDefinition": {"spec.names": OBJECT, "spec.names.kind": TEXT},
    "Pod": {"spec.containers": OBJECTS},
    "ResourceQuota": {"spec.hard": OBJECT},
    "Service": {"spec.ports": OBJECTS},
}


def mistyped(body):
    """Says of the first field that has another type than the server reads it as what it must be; None when all fit."""
    for path, (expected, fits) in (TYPES | TYPES_OF.get(body["kind"], {})).items():
        *outer, last = path.split(".")
        holder = body
        for key in outer:
            holder = holder.get(key, {})
        if last in holder and not fits(holder[last]):
            return f"{path} must be {expected}"
    for path, value, (expected, fits) in inner_fields(body):
        if not fits(value):
            return f"{path} must be {expected}"
    return None


def inner_fields(body):
    """(path, value, type) of what the server reads in lists and under names of any kind."""
    where = "spec.template.spec" if body["kind"] in WORKLOADS else "spec"
    for index, container in enumerate(pod_of(body).get("containers", [])):
        yield f"{where}.containers[{index}].ports", container.get("ports", []), OBJECTS
    hard = body.get("spec", {}).get("hard", {}) if body["kind"] == "ResourceQuota" else {}
    for name, most in hard.items():
        if name.startswith("count/"):
            yield f"spec.hard[{name}]", most, ("a whole number", is_count)


# ---- defaults ----


def fill(body, defaults):
    for key, value in defaults.items():
        body.setdefault(key, copy.deepcopy(value))


def pod_of(body):
    """The pod's spec in a pod or a workload, or an empty object."""
    spec = body.get("spec", {})
    if body["kind"] in WORKLOADS:
        return spec.get("template", {}).get("spec", {})
    return spec if body["kind"] == "Pod" else {}


def fill_items(body):
    """Defaults of what stands in lists, which are whole values: they belong to whoever gives the list."""
    if body["kind"] == "Service":
        for port in body.get("spec", {}).get("ports", []):
            fill(port, {"protocol": "TCP", "targetPort": port.get("port")})
    for container in pod_of(body).get("containers", []):
        fill(container, CONTAINER_DEFAULTS)
        for port in container.get("ports", []):
            fill(port, {"protocol": "TCP"})


def fill_spec(body):
    """Defaults of all else: they belong to nobody."""
    if "spec" in body or body["kind"] == "Namespace":
        fill(body.setdefault("spec", {}), DEFAULTS.get(body["kind"], {}))
    if pod_of(body):
        fill(pod_of(body), POD_DEFAULTS)
