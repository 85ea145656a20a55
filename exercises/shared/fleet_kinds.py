"""What fleet.py knows of kinds of objects: which there are, their defaults, and which fields stay as they are."""

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
