#!/usr/bin/env python3
"""A cluster without a cluster: Kubernetes objects in an SQLite file, with what an API server does to them.

    fleet.py --db FILE apply --file OBJECTS [--manager NAME] [--force]
    fleet.py --db FILE get KIND [NAME] [--namespace NS | --all-namespaces] [--selector k=v,…]
    fleet.py --db FILE delete KIND NAME [--namespace NS] [--manager NAME]
    fleet.py --db FILE events [--namespace NS]

OBJECTS holds one object, a list of objects or a List, as JSON; - is standard input. All print JSON. Exit codes: 0 done;
1 refused, with {"verdict": "refuse", "reason": REASON, "message": …} as the last line; 2 wrong use or broken input.

    from tools.fleet import Fleet
    with Fleet("fleet.db") as fleet:
        fleet.apply({"apiVersion": "v1", "kind": "ConfigMap", …}, manager="me")

What the server does:

defaults     namespace, uid, creationTimestamp, generation, resourceVersion, and those of the kinds in fleet_kinds.py
versions     resourceVersion grows with every change of the fleet; generation counts changes outside of metadata and
             status. An apply that changes nothing changes no version. An object that names a resourceVersion is
             applied to that version only
managers     server-side apply: who sets a field owns it; a field that its only owner no longer gives is removed; to
             change a field of another manager is a conflict, unless forced, which takes it from all that own it.
             Lists are whole values; an empty object leaves what others put into it. metadata.managedFields tells
             who owns what
owners       what names an object in ownerReferences goes when that object has gone
finalizers   an object that has some is marked by deletionTimestamp when it is deleted, and goes when the last one is
             removed
admission    names and namespaces are valid and exist, kinds that are not built in need a CustomResourceDefinition,
             fields that the server reads have the type of Kubernetes, selectors match their templates, some fields
             stay as they are, and ResourceQuota bounds how many objects of a kind there are (count/KIND)
events       every change, in order: {id, time, verb, kind, namespace, name, version, manager, message}

The time is LAB_NOW, as clock.py has it.
"""

import argparse
import copy
import json
import sqlite3
import sys
import uuid
from pathlib import Path

if __package__:
    from .clock import now
    from .fleet_kinds import CLUSTER_KINDS, IMMUTABLE, KINDS, NAME, WORKLOADS, fill_items, fill_spec, mistyped
else:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from clock import now
    from fleet_kinds import CLUSTER_KINDS, IMMUTABLE, KINDS, NAME, WORKLOADS, fill_items, fill_spec, mistyped

SERVER_FIELDS = ("uid", "creationTimestamp", "generation", "resourceVersion", "managedFields", "deletionTimestamp")
SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    kind TEXT, namespace TEXT, name TEXT, version INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, namespace, name));
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, verb TEXT NOT NULL, kind TEXT, namespace TEXT, name TEXT,
    version INTEGER, manager TEXT, message TEXT NOT NULL);
"""


class FleetError(Exception):
    """The server refuses. `reason` is one of NotFound, Invalid, Forbidden, Conflict."""

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


# ---- values by path ----


def leaves(value, path=()):
    """{path: value} of all that is no object; an empty object is a value itself."""
    if isinstance(value, dict) and value:
        found = {}
        for key, item in value.items():
            found |= leaves(item, (*path, key))
        return found
    return {path: value}


def at(body, path):
    """What stands at the path; None when nothing does."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def put(body, path, value):
    """An empty object leaves an object that is there as it is."""
    for key in path[:-1]:
        if not isinstance(body.get(key), dict):
            body[key] = {}
        body = body[key]
    if value != {} or not isinstance(body.get(path[-1]), dict):
        body[path[-1]] = value


def drop(body, path):
    """Removes what stands at the path, unless it is an object with something in it, and the objects that are empty then."""
    if not isinstance(body, dict) or path[0] not in body:
        return
    inside = body[path[0]]
    if len(path) > 1:
        drop(inside, path[1:])
    if inside == {} or (len(path) == 1 and not isinstance(inside, dict)):
        del body[path[0]]


# ---- one object ----


def identity(body):
    metadata = body["metadata"]
    return body["kind"], metadata.get("namespace", ""), metadata["name"]


def title(kind, namespace, name):
    return f"{kind} {namespace + '/' if namespace else ''}{name}"


def owned_fields(body):
    """{manager: set of paths}"""
    managed = body["metadata"].get("managedFields", [])
    return {entry["manager"]: {tuple(path) for path in entry["fields"]} for entry in managed}


def set_owned_fields(body, owned):
    body["metadata"]["managedFields"] = [
        {"manager": manager, "fields": sorted([list(path) for path in paths])}
        for manager, paths in sorted(owned.items())
        if paths
    ]


def claims_of_others(owned, manager):
    """[(path, manager)] of what other managers own."""
    return sorted((path, name) for name, paths in owned.items() if name != manager for path in paths)


def around(fields):
    """The objects that the fields stand in, by path."""
    return {path[:end]: {} for path in fields for end in range(1, len(path))}


def changes(body, wanted, path):
    """Whether `wanted`, fields and the objects around them, would change what the body has at the path: by another value
    there, an object in its place, or a value in place of an object around it. An empty object only says that there is one,
    whatever is in it."""
    if path in wanted:
        found = at(body, path)
        return wanted[path] != ({} if isinstance(found, dict) else found)
    return any(wanted.get(path[:end], {}) != {} for end in range(1, len(path)))


def take_over(body, owned, manager, fields, force):
    """Takes from other managers what the fields would change of theirs; without force that is a conflict."""
    wanted = fields | around(fields)
    for path, other in claims_of_others(owned, manager):
        if changes(body, wanted, path):
            if not force:
                raise FleetError("Conflict", f"{title(*identity(body))}: {'.'.join(path)} belongs to {other}")
            owned[other].discard(path)


def give(body, owned, manager, fields):
    """Sets the manager's fields, and removes what it alone owned and gives no longer."""
    kept = {path for path, _ in claims_of_others(owned, manager)}
    objects = {path: {} for path in kept if isinstance(at(body, path), dict)}
    for path in owned.get(manager, set()) - set(fields) - kept:
        drop(body, path)
    for path, value in (objects | fields).items():
        put(body, path, value)
    owned[manager] = set(fields)


def check_form(body):
    """What is needed before an object can be named at all, and that the server can read each stored one again."""
    if not isinstance(body, dict) or not isinstance(body.get("metadata"), dict):
        raise FleetError("Invalid", "an object needs apiVersion, kind and metadata.name")
    kind, metadata = body.get("kind"), body["metadata"]
    if not isinstance(kind, str) or not isinstance(body.get("apiVersion"), str):
        raise FleetError("Invalid", "an object needs apiVersion, kind and metadata.name")
    name, namespace = metadata.get("name"), metadata.get("namespace", "default")
    for what, text in (("name", name), ("namespace", namespace)):
        if not isinstance(text, str) or not NAME.fullmatch(text):
            raise FleetError("Invalid", f"{kind}: {text!r} is no valid {what}")
    wrong = mistyped(body)
    if wrong:
        raise FleetError("Invalid", f"{title(kind, namespace, name)}: {wrong}")


def content(body):
    """What counts for the generation: all but metadata and status."""
    return {key: value for key, value in body.items() if key not in ("metadata", "status")}


def goes_with(body, gone):
    """Whether an object cannot stay when another one has gone."""
    kind, namespace, name = identity(gone)
    metadata = body["metadata"]
    for owner in metadata.get("ownerReferences", []):
        same = (owner.get("kind"), owner.get("name")) == (kind, name)
        near = namespace in ("", metadata.get("namespace", ""))
        if owner["uid"] == gone["metadata"]["uid"] if "uid" in owner else same and near:
            return True
    if kind == "CustomResourceDefinition":
        return body["kind"] == gone.get("spec", {}).get("names", {}).get("kind")
    return kind == "Namespace" and metadata.get("namespace") == name


class Fleet:
    """An open fleet. Each call is one transaction. Raises FleetError, and sqlite3.Error when the file is none."""

    def __init__(self, path):
        self.db = sqlite3.connect(str(path), isolation_level=None, timeout=10)
        try:
            self.db.execute("PRAGMA synchronous = OFF")
            self.db.executescript(SCHEMA)
        except sqlite3.Error:
            self.db.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.db.close()

    # ---- reading ----

    def find(self, kind, name, namespace=None):
        """The object, or None. Namespace: default "default", ignored for kinds of the whole cluster."""
        return self.stored((kind, self.namespace_of(kind, namespace), name))

    def stored(self, key):
        row = self.db.execute("SELECT body FROM objects WHERE kind = ? AND namespace = ? AND name = ?", key).fetchone()
        return json.loads(row[0]) if row else None

    def get(self, kind, name, namespace=None):
        found = self.find(kind, name, namespace)
        if found is None:
            raise FleetError("NotFound", f"{title(kind, self.namespace_of(kind, namespace), name)} does not exist")
        return found

    def list(self, kind, namespace=None, labels=None):
        """The objects of a kind by namespace and name; namespace None: of all."""
        query = "SELECT namespace, body FROM objects WHERE kind = ? ORDER BY namespace, name"
        found = [json.loads(body) for space, body in self.db.execute(query, (kind,)) if namespace in (None, space)]
        wanted = (labels or {}).items()
        return [body for body in found if wanted <= body["metadata"].get("labels", {}).items()]

    def version(self, kind, name, namespace=None):
        """The object's resourceVersion as a number; 0 when there is none."""
        found = self.find(kind, name, namespace)
        return int(found["metadata"]["resourceVersion"]) if found else 0

    def events(self, namespace=None):
        names = ("id", "time", "verb", "kind", "namespace", "name", "version", "manager", "message")
        rows = self.db.execute(f"SELECT {', '.join(names)} FROM events ORDER BY id")
        return [dict(zip(names, row)) for row in rows if namespace in (None, row[4])]

    def namespace_of(self, kind, namespace):
        return "" if kind in self.cluster_kinds() else namespace or "default"

    def cluster_kinds(self):
        rows = self.db.execute("SELECT body FROM objects WHERE kind = 'CustomResourceDefinition'")
        defined = [json.loads(row[0]).get("spec", {}) for row in rows]
        return CLUSTER_KINDS | {
            spec.get("names", {}).get("kind") for spec in defined if spec.get("scope") == "Cluster"
        }

    # ---- writing ----

    def record(self, verb, key, manager, message):
        """Writes the event of a change; its number is the change's version."""
        kind, namespace, name = key
        time = now().strftime("%Y-%m-%dT%H:%M:%SZ")
        row = (time, verb, kind, namespace, name, manager, message)
        columns = "time, verb, kind, namespace, name, manager, message"
        number = self.db.execute(f"INSERT INTO events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row).lastrowid
        self.db.execute("UPDATE events SET version = ? WHERE id = ?", (number, number))
        return number, time

    def note(self, kind, name, namespace, manager, message):
        """An event that changes no object: something was said about it."""
        with self.transaction():
            key = (kind, self.namespace_of(kind, namespace), name)
            return self.record("note", key, manager, message)[0]

    def transaction(self):
        return Transaction(self.db)

    def store(self, body):
        key, version = identity(body), int(body["metadata"]["resourceVersion"])
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        self.db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)", (*key, version, text))

    def apply(self, body, manager="kubectl", force=False):
        """Creates or changes an object; what is stored then."""
        check_form(body)
        with self.transaction():
            given = copy.deepcopy(body)
            namespace = self.namespace_of(given["kind"], given["metadata"].get("namespace"))
            given["metadata"].pop("namespace", None)
            if namespace:
                given["metadata"]["namespace"] = namespace
            before = self.find(given["kind"], given["metadata"]["name"], namespace)
            after = self.merged(before, given, manager, force)
            self.admit(before, after)
            return self.save(before, after, manager)

    def merged(self, before, given, manager, force):
        """The object as it would be, with the fields that each manager owns."""
        key = identity(given)
        wanted = given["metadata"].pop("resourceVersion", None)
        for field in SERVER_FIELDS:
            given["metadata"].pop(field, None)
        given.pop("status", None)
        fill_items(given)
        if wanted is not None and (before is None or before["metadata"]["resourceVersion"] != str(wanted)):
            raise FleetError("Conflict", f"{title(*key)} has changed since version {wanted}")
        after = copy.deepcopy(before) if before else {"metadata": {}}
        owned = owned_fields(after)
        fields = leaves(given)
        take_over(after, owned, manager, fields, force)
        give(after, owned, manager, fields)
        fill_spec(after)
        set_owned_fields(after, owned)
        return after

    def admit(self, before, after):
        kind, namespace, name = key = identity(after)
        spec = after.get("spec", {})
        if kind not in KINDS and kind not in self.defined_kinds():
            raise FleetError("NotFound", f"{title(*key)}: no CustomResourceDefinition defines the kind {kind}")
        if namespace and namespace != "default":
            home = self.find("Namespace", namespace)
            if home is None:
                raise FleetError("NotFound", f"{title(*key)}: the namespace {namespace} does not exist")
            if before is None and "deletionTimestamp" in home["metadata"]:
                raise FleetError("Forbidden", f"{title(*key)}: the namespace {namespace} is being deleted")
        if before is None:
            self.admit_count(kind, namespace, name)
        for field in IMMUTABLE.get(kind, []) if before else []:
            if before.get("spec", {}).get(field) != spec.get(field):
                raise FleetError("Invalid", f"{title(*key)}: spec.{field} cannot be changed")
        labels = spec.get("template", {}).get("metadata", {}).get("labels", {}) if kind in WORKLOADS else {}
        selector = spec.get("selector", {}).get("matchLabels", {}) if kind in WORKLOADS else {}
        if not selector.items() <= labels.items():
            raise FleetError("Invalid", f"{title(*key)}: spec.selector does not match the labels of its template")

    def admit_count(self, kind, namespace, name):
        for quota in self.list("ResourceQuota", namespace):
            most = quota.get("spec", {}).get("hard", {}).get(f"count/{kind}")
            if most is not None and len(self.list(kind, namespace)) >= int(most):
                raise FleetError("Forbidden", f"{title(kind, namespace, name)}: the quota allows {most} of kind {kind}")

    def defined_kinds(self):
        rows = self.list("CustomResourceDefinition")
        return {body.get("spec", {}).get("names", {}).get("kind") for body in rows}

    def save(self, before, after, manager):
        if before == after:
            return after
        key, metadata = identity(after), after["metadata"]
        gone = "deletionTimestamp" in metadata and not metadata.get("finalizers")
        if gone:
            self.remove(before, manager)
            return after
        changed = before is None or content(before) != content(after)
        verb = "create" if before is None else "update"
        version, time = self.record(verb, key, manager, f"{title(*key)} {verb}d")
        metadata["resourceVersion"] = str(version)
        metadata.setdefault("creationTimestamp", time)
        metadata.setdefault("uid", str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join((*key, str(version))))))
        metadata["generation"] = metadata.get("generation", 0) + (1 if changed else 0)
        self.store(after)
        return after

    def delete(self, kind, name, namespace=None, manager="kubectl"):
        """True when the object has gone, False when it waits for its finalizers."""
        with self.transaction():
            body = self.get(kind, name, namespace)
            if not body["metadata"].get("finalizers"):
                self.remove(body, manager)
                return True
            self.mark(body, manager)
            return False

    def remove(self, body, manager):
        """Removes an object and what it owned: of a namespace all that is in it, of a definition all of its kind."""
        key = identity(body)
        self.db.execute("DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?", key)
        self.record("delete", key, manager, f"{title(*key)} deleted")
        rows = self.db.execute("SELECT body FROM objects ORDER BY kind, namespace, name").fetchall()
        for other in (json.loads(row[0]) for row in rows):
            if goes_with(other, body) and self.stored(identity(other)):
                if other["metadata"].get("finalizers"):
                    self.mark(other, "garbage-collector")
                else:
                    self.remove(other, "garbage-collector")

    def mark(self, body, manager):
        """Says that an object is to go as soon as its finalizers have."""
        metadata = body["metadata"]
        if "deletionTimestamp" not in metadata:
            message = f"{title(*identity(body))} waits for {', '.join(metadata['finalizers'])}"
            version, time = self.record("mark", identity(body), manager, message)
            metadata |= {"deletionTimestamp": time, "resourceVersion": str(version)}
            self.store(body)


class Transaction:
    """BEGIN IMMEDIATE; commits, or rolls back when an error leaves the block. One inside another is part of it."""

    def __init__(self, db):
        self.db, self.outer = db, db.in_transaction

    def __enter__(self):
        if not self.outer:
            self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind, *_):
        if not self.outer:
            self.db.execute("ROLLBACK" if kind else "COMMIT")


# ---- the command line ----


class InputError(ValueError):
    """What the program was given cannot be read. The text says where and why."""


def read_objects(path):
    try:
        found = json.loads(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: {error}") from None
    if isinstance(found, dict) and found.get("kind") == "List":
        found = found.get("items", [])
    return found if isinstance(found, list) else [found]


def parse_selector(text):
    parts = [part.partition("=") for part in text.split(",")] if text else []
    if not all(key and equals for key, equals, _ in parts):
        raise InputError(f"--selector: expected k=v,…, found {text!r}")
    return {key: value for key, _, value in parts}


def run(fleet, asked):
    if asked.verb == "apply":
        with fleet.transaction():
            return [fleet.apply(body, asked.manager, asked.force) for body in read_objects(asked.file)]
    if asked.verb == "delete":
        return {"deleted": fleet.delete(asked.kind, asked.name, asked.namespace, asked.manager)}
    if asked.verb == "events":
        return fleet.events(asked.namespace)
    if asked.name:
        return fleet.get(asked.kind, asked.name, asked.namespace)
    everywhere = asked.all_namespaces or asked.kind in fleet.cluster_kinds()
    return fleet.list(asked.kind, None if everywhere else asked.namespace or "default", parse_selector(asked.selector))


def parse(words):
    parser = argparse.ArgumentParser(prog="fleet", description="A cluster without a cluster, in an SQLite file.")
    parser.add_argument("--db", required=True)
    verbs = parser.add_subparsers(dest="verb", required=True)
    apply = verbs.add_parser("apply")
    apply.add_argument("--file", required=True)
    apply.add_argument("--force", action="store_true")
    get = verbs.add_parser("get")
    get.add_argument("kind")
    get.add_argument("name", nargs="?")
    get.add_argument("--all-namespaces", action="store_true")
    get.add_argument("--selector")
    delete = verbs.add_parser("delete")
    delete.add_argument("kind")
    delete.add_argument("name")
    for verb in (apply, delete):
        verb.add_argument("--manager", default="kubectl")
    for verb in (get, delete, verbs.add_parser("events")):
        verb.add_argument("--namespace")
    return parser.parse_args(words)


def main(words=None):
    asked = parse(words)
    try:
        with Fleet(asked.db) as fleet:
            print(json.dumps(run(fleet, asked), indent=2, sort_keys=True))
        return 0
    except FleetError as error:
        print(json.dumps({"verdict": "refuse", "reason": error.reason, "message": str(error)}))
        return 1
    except sqlite3.Error as error:
        return wrong_use(f"{asked.db}: {error}")
    except (OSError, ValueError) as error:  # of what was given, of LAB_NOW, or of who reads the output
        return wrong_use(error)


def wrong_use(message):
    print(f"fleet: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
