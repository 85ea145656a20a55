"""Dispatcher's tools: what each of them does to the fleet. Protected: the checks use their own copy.

    target(fleet, tool, arguments)   the object that a call is about: {"kind", "name", "version"}
    call(fleet, tool, arguments)     makes the call; what it answers, any JSON value

Both raise ToolError for a tool that does not exist, for arguments that do not fit, and for what the fleet refuses.
`version` is the object's resourceVersion as a number, 0 when there is no such object, and for calls that are about no
single one.
"""

from tools.fleet import FleetError

NAMESPACE = "dispatch"
MANAGER = "dispatcher"


class ToolError(Exception):
    """A call that cannot be made, or that the fleet refuses. The text says why."""


# ---- helpers ----


def get(fleet, kind, name):
    return fleet.get(kind, name, NAMESPACE)


def put(fleet, kind, name, spec):
    metadata = {"name": name, "namespace": NAMESPACE}
    body = {"apiVersion": "tidewater/v1", "kind": kind, "metadata": metadata, "spec": spec}
    return shown(fleet.apply(body, MANAGER, force=True))


def shown(body):
    metadata = body["metadata"]
    return {"name": metadata["name"], "version": int(metadata["resourceVersion"]), **body.get("spec", {})}


def changed_route(fleet, name, **fields):
    return put(fleet, "Route", name, get(fleet, "Route", name)["spec"] | fields)


def routes_of(fleet, depot):
    return [body for body in fleet.list("Route", NAMESPACE) if body["spec"]["depot"] == depot]


# ---- the tools ----


def list_routes(fleet):
    return [shown(body) for body in fleet.list("Route", NAMESPACE)]


def get_route(fleet, route):
    return shown(get(fleet, "Route", route))


def get_depot(fleet, depot):
    return shown(get(fleet, "Depot", depot))


def list_events(fleet, limit):
    return [event["message"] for event in fleet.events(NAMESPACE)[-limit:]]


def simulate_move(fleet, route, depot):
    """What move_route would do. It changes nothing."""
    spec, there = get(fleet, "Route", route)["spec"], get(fleet, "Depot", depot)["spec"]
    load = sum(body["spec"]["weight"] for body in routes_of(fleet, depot)) + spec["weight"]
    return {"route": route, "from": spec["depot"], "to": depot, "fits": load <= there["capacity"]}


def refresh_route(fleet, route):
    """Computes the route's stops anew, and publishes them to the drivers."""
    return changed_route(fleet, route, revision=get(fleet, "Route", route)["spec"].get("revision", 0) + 1)


def set_weight(fleet, route, weight):
    return changed_route(fleet, route, weight=weight)


def pause_route(fleet, route):
    return changed_route(fleet, route, paused=True)


def move_route(fleet, route, depot):
    get(fleet, "Depot", depot)
    return changed_route(fleet, route, depot=depot)


def create_route(fleet, route, depot, weight):
    get(fleet, "Depot", depot)
    if fleet.find("Route", route, NAMESPACE):
        raise ToolError(f"there is a route {route}")
    return put(fleet, "Route", route, {"depot": depot, "weight": weight, "paused": False})


def send_notice(fleet, depot, text):
    """A message to all drivers of a depot. The depot's object stays as it is; the message cannot be called back."""
    spec = get(fleet, "Depot", depot)["spec"]
    fleet.note("Depot", depot, NAMESPACE, MANAGER, f"notice to {depot}: {text}")
    return {"drivers": spec["drivers"], "auto_reply": spec.get("auto_reply", "")}


def delete_route(fleet, route):
    get(fleet, "Route", route)
    fleet.delete("Route", route, NAMESPACE, MANAGER)
    return {"deleted": route}


def close_depot(fleet, depot):
    """Closes a depot, and deletes all routes that begin there."""
    spec, gone = get(fleet, "Depot", depot)["spec"], [body["metadata"]["name"] for body in routes_of(fleet, depot)]
    for route in gone:
        fleet.delete("Route", route, NAMESPACE, MANAGER)
    return {**put(fleet, "Depot", depot, spec | {"open": False}), "deleted": gone}


# name: (function, {argument: type}, the kind of the object that it is about, the argument that names it)
TOOLS = {
    "list_routes": (list_routes, {}, None, None),
    "get_route": (get_route, {"route": str}, "Route", "route"),
    "get_depot": (get_depot, {"depot": str}, "Depot", "depot"),
    "list_events": (list_events, {"limit": int}, None, None),
    "simulate_move": (simulate_move, {"route": str, "depot": str}, "Route", "route"),
    "refresh_route": (refresh_route, {"route": str}, "Route", "route"),
    "set_weight": (set_weight, {"route": str, "weight": int}, "Route", "route"),
    "pause_route": (pause_route, {"route": str}, "Route", "route"),
    "move_route": (move_route, {"route": str, "depot": str}, "Route", "route"),
    "create_route": (create_route, {"route": str, "depot": str, "weight": int}, "Route", "route"),
    "send_notice": (send_notice, {"depot": str, "text": str}, "Depot", "depot"),
    "delete_route": (delete_route, {"route": str}, "Route", "route"),
    "close_depot": (close_depot, {"depot": str}, "Depot", "depot"),
}


def find_tool(tool, arguments):
    """The tool's row, when there is such a tool and the arguments fit it."""
    if tool not in TOOLS:
        raise ToolError(f"there is no tool {tool}")
    wanted = TOOLS[tool][1]
    if set(arguments) != set(wanted):
        raise ToolError(f"{tool} takes {', '.join(wanted) or 'no arguments'}")
    for name, kind in wanted.items():
        if type(arguments[name]) is not kind:
            raise ToolError(f"{tool}: {name} must be {'a text' if kind is str else 'a whole number'}")
    return TOOLS[tool]


def target(fleet, tool, arguments):
    _, _, kind, named = find_tool(tool, arguments)
    if kind is None:
        return {"kind": None, "name": None, "version": 0}
    name = arguments[named]
    return {"kind": kind, "name": name, "version": fleet.version(kind, name, NAMESPACE)}


def call(fleet, tool, arguments):
    function, _, _, _ = find_tool(tool, arguments)
    try:
        return function(fleet, **arguments)
    except FleetError as error:
        raise ToolError(str(error)) from None
