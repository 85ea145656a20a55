"""Tests of exercises/shared/fleet.py: what the server does to the objects that it is given."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

SHARED = Path(__file__).resolve().parents[2] / "exercises" / "shared"
sys.path.insert(0, str(SHARED))
import fleet  # noqa: E402

LABELS = {"app": "web"}


def thing(kind, name, namespace=None, **more):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {}) | more.pop("metadata", {})
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}


def deployment(name="web", replicas=None, image="web:1"):
    pod = {"containers": [{"name": "main", "image": image, "ports": [{"containerPort": 8000}]}]}
    spec = {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": pod}}
    return thing("Deployment", name, spec=spec | ({} if replicas is None else {"replicas": replicas}))


def definition(kind, scope="Namespaced"):
    return thing("CustomResourceDefinition", f"{kind.lower()}s.x", spec={"names": {"kind": kind}, "scope": scope})


class FleetTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "fleet.db")
        self.fleet = fleet.Fleet(self.path)
        self.addCleanup(self.fleet.close)
        clock = mock.patch.dict(os.environ, {"LAB_NOW": "2026-02-01T12:00:00Z"})
        clock.start()
        self.addCleanup(clock.stop)

    def refuses(self, reason, part, body, **options):
        before = self.fleet.events()
        with self.assertRaises(fleet.FleetError) as caught:
            self.fleet.apply(body, **options)
        self.assertEqual(caught.exception.reason, reason)
        self.assertIn(part, str(caught.exception))
        self.assertEqual(self.fleet.events(), before)


class TestDefaults(FleetTest):
    def test_metadata(self):
        metadata = self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}))["metadata"]
        self.assertEqual((metadata["namespace"], metadata["generation"]), ("default", 1))
        self.assertEqual(metadata["resourceVersion"], "1")
        self.assertEqual(metadata["creationTimestamp"], "2026-02-01T12:00:00Z")
        self.assertEqual(len(metadata["uid"]), 36)

    def test_of_kinds(self):
        spec = self.fleet.apply(deployment())["spec"]
        container = spec["template"]["spec"]["containers"][0]
        self.assertEqual((spec["replicas"], spec["strategy"]["type"]), (1, "RollingUpdate"))
        self.assertEqual((container["imagePullPolicy"], container["ports"][0]["protocol"]), ("IfNotPresent", "TCP"))
        self.assertEqual(spec["template"]["spec"]["restartPolicy"], "Always")
        service = self.fleet.apply(thing("Service", "web", spec={"ports": [{"port": 80}]}))["spec"]
        self.assertEqual((service["type"], service["ports"][0]["targetPort"]), ("ClusterIP", 80))

    def test_cluster_kinds_have_no_namespace(self):
        self.assertNotIn("namespace", self.fleet.apply(thing("Namespace", "team", "ignored"))["metadata"])

    def test_what_was_given_is_left_as_it_was(self):
        body = deployment()
        self.fleet.apply(body)
        self.assertEqual(body, deployment())


class TestVersions(FleetTest):
    def test_same_apply_changes_nothing(self):
        first = self.fleet.apply(deployment())
        self.assertEqual(self.fleet.apply(deployment()), first)
        self.assertEqual(len(self.fleet.events()), 1)

    def test_generation_counts_what_is_no_metadata(self):
        self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}))
        labeled = self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}, metadata={"labels": {"l": "1"}}))
        changed = self.fleet.apply(thing("ConfigMap", "a", data={"x": "2"}, metadata={"labels": {"l": "1"}}))
        self.assertEqual([body["metadata"]["generation"] for body in (labeled, changed)], [1, 2])
        self.assertEqual(self.fleet.version("ConfigMap", "a"), 3)
        self.assertEqual(self.fleet.version("ConfigMap", "b"), 0)

    def test_version_is_a_condition(self):
        self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}))
        self.fleet.apply(thing("ConfigMap", "a", data={"x": "2"}, metadata={"resourceVersion": "1"}))
        late = thing("ConfigMap", "a", data={"x": "3"}, metadata={"resourceVersion": "1"})
        self.refuses("Conflict", "ConfigMap default/a has changed since version 1", late)
        self.refuses("Conflict", "since version 1", thing("ConfigMap", "new", metadata={"resourceVersion": "1"}))

    def test_status_and_server_fields_are_not_taken(self):
        stored = self.fleet.apply(thing("ConfigMap", "a", status={"x": 1}, metadata={"uid": "u", "generation": 9}))
        self.assertNotIn("status", stored)
        self.assertNotEqual(stored["metadata"]["uid"], "u")
        self.assertEqual(stored["metadata"]["generation"], 1)


class TestManagers(FleetTest):
    def test_field_that_its_owner_no_longer_gives_goes(self):
        self.fleet.apply(thing("ConfigMap", "a", data={"x": "1", "y": "2"}), "git")
        self.assertEqual(self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}), "git")["data"], {"x": "1"})
        self.assertNotIn("data", self.fleet.apply(thing("ConfigMap", "a"), "git"))

    def test_field_of_another_manager_stays(self):
        self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}), "git")
        self.fleet.apply(thing("ConfigMap", "a", data={"y": "2"}), "hand")
        stored = self.fleet.apply(thing("ConfigMap", "a", data={"x": "3"}), "git")
        self.assertEqual(stored["data"], {"x": "3", "y": "2"})

    def test_conflict_and_force(self):
        self.fleet.apply(deployment(replicas=2), "git")
        self.refuses("Conflict", "spec.replicas belongs to git", deployment(replicas=5), manager="hpa")
        stored = self.fleet.apply(thing("Deployment", "web", spec={"replicas": 5}), "hpa", force=True)
        self.assertEqual(stored["spec"]["replicas"], 5)
        self.refuses("Conflict", "belongs to hpa", deployment(replicas=2), manager="git")
        self.assertEqual(self.fleet.apply(deployment(), "git")["spec"]["replicas"], 5)
        self.assertEqual(self.fleet.apply(deployment(replicas=5), "git")["spec"]["replicas"], 5)

    def test_defaults_belong_to_nobody(self):
        self.fleet.apply(deployment(), "git")
        stored = self.fleet.apply(thing("Deployment", "web", spec={"replicas": 4}), "hpa")
        self.assertEqual(stored["spec"]["replicas"], 4)
        self.assertEqual(self.fleet.apply(deployment(), "other")["spec"]["replicas"], 4)


    def owners(self, body, *path):
        """The managers of a field."""
        return [entry["manager"] for entry in body["metadata"]["managedFields"] if list(path) in entry["fields"]]

    def config(self, manager, data, force=False):
        return self.fleet.apply(thing("ConfigMap", "a", data=data), manager, force)

    def test_force_takes_a_field_from_all_its_owners(self):
        for manager in ("git", "hand"):
            self.config(manager, {"k": "1"})
        stored = self.config("other", {"k": "2"}, force=True)
        self.assertEqual(self.owners(stored, "data", "k"), ["other"])
        self.refuses("Conflict", "data.k belongs to other", thing("ConfigMap", "a", data={"k": "1"}), manager="git")
        self.assertNotIn("data", self.fleet.apply(thing("ConfigMap", "a"), "other"))
        self.assertEqual(self.config("git", {"k": "1"})["data"], {"k": "1"})

    def test_an_object_in_place_of_a_value_is_a_conflict_and_the_reverse(self):
        for mine, theirs in (({"k": "1"}, {"k": {"z": 1}}), ({"k": {"z": 1}}, {"k": "1"}), ({"k": {"z": 1}}, {"k": [1]})):
            with self.subTest(mine=mine, theirs=theirs):
                self.config("git", mine, force=True)
                taken = thing("ConfigMap", "a", data=theirs)
                self.refuses("Conflict", "belongs to git", taken, manager="hand")
                stored = self.fleet.apply(taken, "hand", force=True)
                self.assertEqual(stored["data"], theirs)
                fields = {entry["manager"]: str(entry["fields"]) for entry in stored["metadata"]["managedFields"]}
                self.assertIn("'data'", fields["hand"])
                self.assertNotIn("'data'", fields["git"])
                self.fleet.apply(thing("ConfigMap", "a"), "hand")

    def test_a_value_in_place_of_an_own_object(self):
        self.config("git", {"k": {"z": 1}})
        self.assertEqual(self.config("git", {"k": "1"})["data"], {"k": "1"})
        self.assertEqual(self.config("git", {"k": {"y": 1}})["data"], {"k": {"y": 1}})

    def test_an_empty_object_leaves_what_others_put_into_it(self):
        self.config("git", {"k": {}})
        self.assertEqual(self.config("hand", {"k": {"z": 1}})["data"], {"k": {"z": 1}})
        before = self.fleet.events()
        self.assertEqual(self.config("git", {"k": {}})["data"], {"k": {"z": 1}})
        self.assertEqual(self.fleet.events(), before)
        self.assertEqual(self.fleet.apply(thing("ConfigMap", "a"), "hand")["data"], {"k": {}})
        self.config("hand", {"k": {"z": 1}})
        self.assertEqual(self.fleet.apply(thing("ConfigMap", "a"), "git")["data"], {"k": {"z": 1}})
        self.refuses("Conflict", "data.k.z belongs to hand", thing("ConfigMap", "a", data={"k": []}), manager="git")


class TestGoing(FleetTest):
    def test_delete(self):
        self.fleet.apply(thing("ConfigMap", "a"))
        self.assertTrue(self.fleet.delete("ConfigMap", "a", manager="me"))
        self.assertIsNone(self.fleet.find("ConfigMap", "a"))
        event = self.fleet.events()[-1]
        self.assertEqual((event["verb"], event["name"], event["manager"]), ("delete", "a", "me"))
        with self.assertRaisesRegex(fleet.FleetError, "ConfigMap default/a does not exist"):
            self.fleet.delete("ConfigMap", "a")

    def test_owned_objects_go_too(self):
        owner = self.fleet.apply(deployment())
        uid = {"kind": "Deployment", "name": "web", "uid": owner["metadata"]["uid"]}
        self.fleet.apply(thing("ReplicaSet", "web-1", metadata={"ownerReferences": [uid]}))
        by_name = {"kind": "ReplicaSet", "name": "web-1"}
        self.fleet.apply(thing("Pod", "web-1-x", metadata={"ownerReferences": [by_name]}))
        self.fleet.apply(thing("Pod", "other", metadata={"ownerReferences": [uid | {"uid": "another"}]}))
        self.fleet.delete("Deployment", "web")
        self.assertEqual([pod["metadata"]["name"] for pod in self.fleet.list("Pod")], ["other"])
        self.assertEqual(self.fleet.list("ReplicaSet"), [])

    def test_finalizers(self):
        self.fleet.apply(thing("ConfigMap", "a", metadata={"finalizers": ["x/y"]}))
        self.assertFalse(self.fleet.delete("ConfigMap", "a"))
        self.assertFalse(self.fleet.delete("ConfigMap", "a"))
        self.assertEqual([event["verb"] for event in self.fleet.events()], ["create", "mark"])
        self.assertIn("deletionTimestamp", self.fleet.get("ConfigMap", "a")["metadata"])
        self.fleet.apply(thing("ConfigMap", "a"))
        self.assertIsNone(self.fleet.find("ConfigMap", "a"))

    def test_a_namespace_takes_its_objects_along(self):
        self.fleet.apply(thing("Namespace", "team"))
        self.fleet.apply(thing("ConfigMap", "a", "team"))
        self.fleet.apply(thing("ConfigMap", "kept", "team", metadata={"finalizers": ["x/y"]}))
        self.fleet.apply(thing("ConfigMap", "b"))
        self.fleet.delete("Namespace", "team")
        self.assertEqual([body["metadata"]["name"] for body in self.fleet.list("ConfigMap")], ["b", "kept"])
        self.assertIn("deletionTimestamp", self.fleet.get("ConfigMap", "kept", "team")["metadata"])

    def test_a_definition_takes_its_kind_along(self):
        self.fleet.apply(definition("Route", "Cluster"))
        self.fleet.apply(thing("Route", "north"))
        self.fleet.delete("CustomResourceDefinition", "routes.x")
        self.assertEqual(self.fleet.list("Route"), [])


class TestAdmission(FleetTest):
    def test_form(self):
        for body in ([], {"kind": "ConfigMap"}, {"kind": "ConfigMap", "metadata": {"name": "a"}}):
            self.refuses("Invalid", "apiVersion, kind and metadata.name", body)
        for name in ("", "A", "a_b", "-a", 7, None):
            self.refuses("Invalid", "is no valid name", thing("ConfigMap", name))
        self.refuses("Invalid", "is no valid namespace", thing("ConfigMap", "a", "No"))
        self.refuses("Invalid", "spec must be an object", thing("Deployment", "a", spec=[]))

    def test_fields_that_the_server_reads(self):
        web, pod = deployment()["spec"], deployment()["spec"]["template"]["spec"]
        ports = {"containers": [{"ports": ["80"]}]}
        metadata = [
            ("metadata.labels must be an object of texts", {"labels": ["x"]}),
            ("metadata.labels must be an object of texts", {"labels": {"x": 1}}),
            ("metadata.labels must be an object of texts", {"labels": None}),
            ("metadata.ownerReferences must be a list of objects", {"ownerReferences": "x"}),
            ("metadata.ownerReferences must be a list of objects", {"ownerReferences": ["x"]}),
            ("metadata.finalizers must be a list of texts", {"finalizers": [1]}),
        ]
        specs = [
            ("spec.template must be an object", "Deployment", web | {"template": "x"}),
            ("spec.template.metadata must be an object", "Deployment", web | {"template": {"metadata": []}}),
            ("labels must be an object of texts", "Deployment", web | {"template": {"metadata": {"labels": []}}}),
            ("spec.template.spec must be an object", "Job", {"template": {"spec": "x"}}),
            ("spec.template.spec.containers must be a list of", "Job", {"template": {"spec": {"containers": {}}}}),
            ("containers[0].ports must be a list of objects", "Job", {"template": {"spec": ports}}),
            ("spec.selector must be an object", "ReplicaSet", web | {"selector": ["x"]}),
            ("spec.selector.matchLabels must be an object of", "ReplicaSet", web | {"selector": {"matchLabels": "x"}}),
            ("spec.containers must be a list of objects", "Pod", {"containers": ["x"]}),
            ("spec.containers[1].ports must be a list", "Pod", {"containers": [*pod["containers"], {"ports": 80}]}),
            ("spec.ports must be a list of objects", "Service", {"ports": None}),
            ("spec.names must be an object", "CustomResourceDefinition", {"names": "x", "scope": "Cluster"}),
            ("spec.names.kind must be a text", "CustomResourceDefinition", {"names": {"kind": ["x"]}}),
            ("spec.hard must be an object", "ResourceQuota", {"hard": "x"}),
            ("spec.hard[count/Pod] must be a whole number", "ResourceQuota", {"hard": {"count/Pod": "few"}}),
        ]
        for part, fields in metadata:
            self.refuses("Invalid", f"ConfigMap default/a: {part}", thing("ConfigMap", "a", metadata=fields))
        for part, kind, spec in specs:
            self.refuses("Invalid", part, thing(kind, "a", spec=spec))

    def test_fields_that_may_be_absent(self):
        for kind in ("Deployment", "Job", "Pod", "Service", "ResourceQuota", "CustomResourceDefinition"):
            self.fleet.apply(thing(kind, "a", spec={}))
            empty = {"template": {}, "selector": {}, "containers": [], "ports": [], "names": {}, "hard": {"cpu": "1k"}}
            self.fleet.apply(thing(kind, "b", spec=empty))

    def test_namespace_and_kind_must_exist(self):
        self.refuses("NotFound", "namespace team does not exist", thing("ConfigMap", "a", "team"))
        self.refuses("NotFound", "defines the kind Route", thing("Route", "north"))
        self.fleet.apply(definition("Route"))
        self.assertEqual(self.fleet.apply(thing("Route", "north"))["metadata"]["namespace"], "default")

    def test_namespace_that_is_being_deleted(self):
        self.fleet.apply(thing("Namespace", "team", metadata={"finalizers": ["x/y"]}))
        self.fleet.delete("Namespace", "team")
        self.refuses("Forbidden", "is being deleted", thing("ConfigMap", "a", "team"))

    def test_immutable_fields_and_selectors(self):
        self.fleet.apply(deployment())
        body = deployment()
        body["spec"]["selector"] = {"matchLabels": {}}
        self.refuses("Invalid", "spec.selector cannot be changed", body)
        body = deployment("other")
        body["spec"]["selector"] = {"matchLabels": {"app": "x"}}
        self.refuses("Invalid", "does not match the labels", body)

    def test_quota(self):
        self.fleet.apply(thing("ResourceQuota", "q", spec={"hard": {"count/ConfigMap": "1"}}))
        self.fleet.apply(thing("ConfigMap", "a"))
        self.refuses("Forbidden", "the quota allows 1 of kind ConfigMap", thing("ConfigMap", "b"))
        self.fleet.apply(thing("ConfigMap", "a", data={"x": "1"}))


class TestReading(FleetTest):
    def test_list_by_namespace_and_label(self):
        self.fleet.apply(thing("Namespace", "team"))
        self.fleet.apply(thing("ConfigMap", "a", "team", metadata={"labels": {"x": "1", "y": "2"}}))
        self.fleet.apply(thing("ConfigMap", "b"))
        labeled = [((None, {"x": "1"}), ["a"]), ((None, {"x": "2"}), [])]
        for where, names in [((), ["b", "a"]), (("team",), ["a"]), *labeled]:
            found = [body["metadata"]["name"] for body in self.fleet.list("ConfigMap", *where)]
            self.assertEqual(found, names)

    def test_note(self):
        number = self.fleet.note("ConfigMap", "a", None, "me", "all is well")
        event = self.fleet.events("default")[0]
        self.assertEqual((event["id"], event["verb"], event["message"]), (number, "note", "all is well"))


class TestProgram(FleetTest):
    def run_fleet(self, *words, stdin=""):
        command = [sys.executable, SHARED / "fleet.py", "--db", self.path, *words]
        return subprocess.run(command, input=stdin, capture_output=True, text=True)

    def test_verbs(self):
        applied = self.run_fleet("apply", "--file", "-", stdin=json.dumps({"kind": "List", "items": [deployment()]}))
        self.assertEqual((applied.returncode, json.loads(applied.stdout)[0]["kind"]), (0, "Deployment"))
        self.assertEqual(json.loads(self.run_fleet("get", "Deployment", "web").stdout)["spec"]["replicas"], 1)
        self.assertEqual(len(json.loads(self.run_fleet("get", "Deployment").stdout)), 1)
        self.assertEqual(json.loads(self.run_fleet("get", "Deployment", "--namespace", "x").stdout), [])
        self.assertEqual(json.loads(self.run_fleet("delete", "Deployment", "web").stdout), {"deleted": True})
        self.assertEqual([event["verb"] for event in json.loads(self.run_fleet("events").stdout)], ["create", "delete"])

    def test_selector(self):
        for name, labels in (("a", {"x": "1", "y": "2"}), ("b", {"x": "1"})):
            self.fleet.apply(thing("ConfigMap", name, metadata={"labels": labels}))
        for selector, names in (("x=1,y=2", ["a"]), ("x=1", ["a", "b"]), ("", ["a", "b"]), ("x=", [])):
            found = json.loads(self.run_fleet("get", "ConfigMap", "--selector", selector).stdout)
            self.assertEqual([body["metadata"]["name"] for body in found], names)

    def test_all_or_nothing(self):
        wrong = self.run_fleet("apply", "--file", "-", stdin=json.dumps([thing("ConfigMap", "a"), thing("Route", "b")]))
        self.assertEqual(wrong.returncode, 1)
        self.assertEqual(json.loads(wrong.stdout)["reason"], "NotFound")
        self.assertEqual(self.fleet.events(), [])

    def wrong_use(self, said, *words, stdin=""):
        done = self.run_fleet(*words, stdin=stdin)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, rf"^fleet: {said}.*\n$")

    def test_wrong_use(self):
        for stdin in ("{", "[" * 100_000):
            self.wrong_use("-: ", "apply", "--file", "-", stdin=stdin)
        self.wrong_use("/no/such: ", "apply", "--file", "/no/such")
        for selector in ("foo", "a=b,", "=b"):
            self.wrong_use(f"--selector: .*'{selector}'", "get", "Pod", "--selector", selector)
        self.fleet.apply(thing("ConfigMap", "a"))
        with mock.patch.dict(os.environ, {"LAB_NOW": "tomorrow"}):
            self.wrong_use("LAB_NOW: ", "delete", "ConfigMap", "a")
            self.wrong_use("LAB_NOW: ", "apply", "--file", "-", stdin=json.dumps(thing("ConfigMap", "b")))
        self.path = str(SHARED / "fleet.py")
        self.assertRegex(self.run_fleet("events").stderr, "^fleet: .*not a database\n$")


if __name__ == "__main__":
    unittest.main()
