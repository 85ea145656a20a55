"""k8s.load of folders with a kustomization, against what `kubectl kustomize` makes of the same folders.

What kubectl printed is stored in kustomize/NAME.json; `make kustomize` stores it anew.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml
from enginecase import lua
from labcase import LabCase

CORPUS = Path(__file__).resolve().parent / "kustomize"
BASE = "resources: [app.yaml]\n"
APP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [%s]}\n"

# What lab refuses, and where; kubectl refuses the first group too.
REFUSED = {
    "no-field": ({"kustomization.yaml": BASE + "namePrefx: a-\n"}, "kustomization.yaml:2: unknown field 'namePrefx'"),
    "no-resource": ({"kustomization.yaml": "resources:\n- none.yaml\n"}, "kustomization.yaml:2: there is no \"none.yaml\""),
    "outside": ({"kustomization.yaml": "resources: [../other.yaml]\n", "../other.yaml": APP},
                "kustomization.yaml:1: \"../other.yaml\" is not in the folder of the kustomization"),
    "cycle": ({"kustomization.yaml": "resources: [.]\n"}, "kustomization.yaml:1: \".\" leads back to itself, or too deep"),
    "no-base": ({"kustomization.yaml": "resources: [base]\n", "base/x.yaml": APP}, "kustomization.yaml:1: \"base\" has no kustomization"),
    "twice": ({"kustomization.yaml": BASE + "configMapGenerator:\n- {name: a}\n"}, "kustomization.yaml:3: a second ConfigMap \"a\": behavior"),
    "two-files": ({"kustomization.yaml": BASE, "Kustomization": BASE}, "kustomization.yaml: there is FOLDER/Kustomization too"),
    "no-name": ({"kustomization.yaml": BASE, "app.yaml": "{apiVersion: v1, kind: Service}\n"}, "app.yaml:1: the document lacks 'metadata.name'"),
    "no-target": ({"kustomization.yaml": BASE + "patches:\n- patch: |\n    # who\n    {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n"},
                  "kustomization.yaml:5: there is no ConfigMap \"b\" to patch"),
    "two-targets": ({"kustomization.yaml": "resources: [app.yaml, base]\npatches: [{path: p.yaml}]\n", "p.yaml": APP,
                     "base/kustomization.yaml": BASE + "namePrefix: x-\n", "base/app.yaml": APP},
                    "p.yaml:1: 2 objects are a ConfigMap \"a\": which one is meant?"),
    "one-namespace": ({"kustomization.yaml": "resources: [app.yaml, far.yaml]\nnamespace: ns\n", "far.yaml": APP.replace("name: a", "name: a, namespace: far")},
                      "far.yaml:1: a second ConfigMap \"a\" in one namespace"),
    "no-replicas": ({"kustomization.yaml": BASE + "replicas: [{name: a, count: 2}]\n"}, "kustomization.yaml:2: there is nothing named \"a\" that has replicas"),
    "no-config": ({"kustomization.yaml": BASE + "configMapGenerator: [{name: b, behavior: merge}]\n"}, "kustomization.yaml:2: there is no ConfigMap \"b\" to merge"),
    "no-path": ({"kustomization.yaml": BASE + "patches:\n- target: {name: a}\n  patch: '- {op: remove, path: /data/x}'\n"},
                "kustomization.yaml:4: there is no /data/x in ConfigMap a"),
    "no-key": ({"kustomization.yaml": BASE + "configMapGenerator: [{name: b, literals: [x]}]\n"}, "kustomization.yaml:2: \"x\" is not KEY=VALUE"),
    "brackets": ({"kustomization.yaml": BASE + "patches:\n- target: {name: a}\n  patch: '[{op: remove, path: /data/k}]'\n"},
                 "kustomization.yaml:4: a patch that begins with [ must be JSON"),
    "failed-test": ({"kustomization.yaml": BASE + "patches:\n- {target: {name: a}, path: p.json}\n",
                     "p.json": '[\n{"op": "test", "path": "/data/k",\n"value": "w"}]'}, "p.json:2: the test fails: /data/k is \"v\""),
}
# kubectl renders these; lab says that it does not.
LEFT_OUT = {
    "common": ({"kustomization.yaml": BASE + "commonLabels: {a: b}\n"}, "kustomization.yaml:2: commonLabels: kustomize knows this, and it is not rendered here"),
    "options": ({"kustomization.yaml": BASE + "patches:\n- target: {name: a}\n  options: {allowNameChange: true}\n  patch: '- {op: remove, path: /data}'\n"},
                "kustomization.yaml:4: patches[0].options: kustomize knows this"),
    "protocol": ({"kustomization.yaml": BASE + "patches: [{path: p.yaml}]\n", "app.yaml": SERVICE % "{port: 80}",
                  "p.yaml": SERVICE % "{port: 80, name: a, protocol: TCP}"}, "p.yaml:4: port 80 has a protocol in one place and none in another"),
    "second": ({"kustomization.yaml": BASE + "patches: [{path: p.yaml}]\n", "app.yaml": SERVICE % "{port: 80, name: a}, {port: 80, name: b}",
                "p.yaml": SERVICE % "{port: 90, name: c}"}, "app.yaml:4: a second item with the same port and protocol"),
    "directive": ({"kustomization.yaml": BASE + "patches: [{path: p.yaml}]\n",
                   "p.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  $retainKeys: [k]\n"}, "p.yaml:5: \"$retainKeys\" is a directive"),
}
# Rendered, and then judged as any manifest: with the place where it was written.
FAULTY = {
    "base": ({"kustomization.yaml": "resources: [base]\nnamePrefix: p-\n", "base/kustomization.yaml": BASE,
              "base/app.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec:\n  ports:\n  - {prt: 80}\n"}, "base/app.yaml:6: unknown field 'prt'"),
    "patch": ({"kustomization.yaml": BASE + "patches:\n- target: {name: s}\n  patch: |\n    - op: add\n      path: /spec/tpe\n      value: x\n",
               "app.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n"}, "kustomization.yaml:7: unknown field 'tpe'"),
}
# Files of kustomize that are none. Each is a failure with a line, and never the checker's fault.
MALFORMED = [
    "", "- a", "resources: 5", "resources: [[a]]", "resources: {a: b}", "resources: ['']", "resources: [/etc]", "resources: ['../../../..']",
    "resources: ['https://example.org/x']", "resources: ['a\\0b']", "patches: [{patch: [a]}]", "patches: [{target: a, patch: b}]",
    "patches: [{patch: ''}]", "patches: [{patch: '5'}]", "patches: [{patch: '{kind: a'}]", "patches: [{}]", "patches: [{path: none}]",
    "patches: [{patch: '{kind: [], apiVersion: v1, metadata: {name: a}}'}]", "patches: [{patch: '{kind: a, apiVersion: v1, metadata: {name: 5}}'}]",
    "patches: [{patch: '- op: add'}]", "patches: [{target: {name: a}, patch: '- {op: add, path: data, value: 1}'}]",
    "patches: [{target: {name: a}, patch: '- {op: remove, path: /metadata/name}'}]", "patches: [{target: {name: a}, patch: '- {op: remove, path: /kind}'}]",
    "patches: [{target: {name: a}, patch: '- {op: replace, path: /metadata, value: x}'}]", "patches: [{target: {name: a}, patch: '- {op: add, path: /data/k/x, value: 1}'}]",
    "patches: [{target: {name: '('}, patch: '- {op: remove, path: /data}'}]", "patches: [{target: {labelSelector: 'a in (b)'}, patch: '- {op: remove, path: /data}'}]",
    "patches: [{target: {name: a}, patch: '- {op: move, from: /data, path: /data/x}'}]", "patches: [{target: {name: a}, patch: '- {op: copy, from: /no, path: /x}'}]",
    "patches: [{patch: '{kind: ConfigMap, apiVersion: v1, metadata: {name: a}, data: {$patch: no}}'}]", "patches: [{patch: '[]'}]",
    "images: [x]", "images: [{newTag: a}]", "labels: [{pairs: [a]}]", "labels: [{}]", "namespace: {a: b}", "kind: Component",
    "replicas: [{name: a, count: -1}]", "replicas: [{name: a}]", "configMapGenerator: [{name: b, literals: ['=b']}]",
    "configMapGenerator: [{name: b, literals: ['a b=c']}]", "configMapGenerator: [{name: b, literals: [x=1, x=2]}]", "configMapGenerator: [{name: b, files: ['x=']}]",
    "configMapGenerator: [{name: b, envs: [app.yaml]}]", "configMapGenerator: [{name: b, files: [binary]}]",
    "configMapGenerator: [{name: a, behavior: merge, literals: [x=y]}]\npatches: [{patch: '{kind: ConfigMap, apiVersion: v1, metadata: {name: a}, data: [x]}'}]",
]


def root_of(case):
    """The folder of a case that is rendered."""
    overlay = case / "overlay"
    return overlay if overlay.is_dir() else case


def cases():
    return sorted(path for path in CORPUS.iterdir() if path.is_dir())


def kubectl_prints(folder):
    """The objects that kubectl renders; None when it refuses."""
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False, timeout=60)
    return None if done.returncode else list(yaml.safe_load_all(done.stdout))


def by_name(objects):
    named = {}
    for one in objects:
        metadata = one["metadata"]
        named[f'{one["apiVersion"]} {one["kind"]} {metadata.get("namespace", "")} {metadata["name"]}'] = one
    return named


def store():
    """Writes what kubectl prints of each case."""
    for case in cases():
        objects = kubectl_prints(root_of(case))
        if objects is None:
            sys.exit(f"kubectl refuses {case}")
        case.with_suffix(".json").write_text(json.dumps(by_name(objects), indent=1, sort_keys=True) + "\n")


RENDER = """\
local named = {}
for _, object in ipairs(k8s.load(FOLDER)) do
  expect(k8s.where(object), "place"):matches("^kustomize/.+:%d+$")
  named[("%s %s %s %s"):format(object.apiVersion, object.kind, object.metadata.namespace or "", object.metadata.name)] = object
end
expect(named, "objects"):equals(json.decode(WANTED))
"""


class Kustomize(LabCase):
    def test_folders_are_rendered_as_kubectl_renders_them(self):
        bodies = {case.name: f"local FOLDER = {lua(str(root_of(case).relative_to(CORPUS.parent)))}\n"
                             f"local WANTED = {lua(case.with_suffix('.json').read_text())}\n{RENDER}" for case in cases()}
        self.exercise("rendered", bodies, {"x": "x"})
        work = self.started("rendered")
        shutil.copytree(CORPUS, work / "kustomize")
        for name, result in self.results("rendered").items():
            with self.subTest(name):
                self.assertEqual(result["verdict"], "pass", json.dumps(result, indent=1))

    def write(self, folder, files):
        for path, text in {"app.yaml": APP, **files}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)

    def test_what_is_refused_is_told_by_line(self):
        refused = {**REFUSED, **LEFT_OUT, **FAULTY}
        self.exercise("refused", {name: f'k8s.load("{name}/top")' for name in refused}, {"x": "x"})
        work = self.started("refused")
        for name, (files, _) in refused.items():
            self.write(work / name / "top", files)
        for name, result in self.results("refused").items():
            with self.subTest(name):
                self.assertEqual(result["verdict"], "fail", json.dumps(result, indent=1))
                folder = f"{name}/top"
                self.assertTrue(result["message"].startswith(folder + "/" + refused[name][1].replace("FOLDER", folder)), result["message"])

    def test_malformed_files_fail(self):
        bodies = {f"m{number}": f'k8s.load("m{number}")' for number in range(len(MALFORMED))}
        self.exercise("malformed", bodies, {"x": "x"})
        work = self.started("malformed")
        for number, text in enumerate(MALFORMED):
            before = "" if "resources" in text or not text or text[0] == "-" else BASE
            self.write(work / f"m{number}", {"kustomization.yaml": before + text + "\n"})
            (work / f"m{number}/binary").write_bytes(b"\xff\xfe")
        for name, result in self.results("malformed").items():
            with self.subTest(MALFORMED[int(name[1:])]):
                self.assertEqual(result["verdict"], "fail", json.dumps(result, indent=1))
                self.assertRegex(result["message"], rf"^{name}/(kustomization|app)\.yaml:\d+(:\d+)?: ")

    def test_kubectl_refuses_the_same(self):
        if not shutil.which("kubectl"):
            print(f"{self.id()}: skipped: there is no kubectl here")
            self.skipTest("there is no kubectl here")
        for name, (files, _) in {**REFUSED, **LEFT_OUT}.items():
            with self.subTest(name), tempfile.TemporaryDirectory(dir=self.home) as folder:
                self.write(Path(folder) / "top", files)
                self.assertEqual(kubectl_prints(Path(folder) / "top") is None, name in REFUSED)


if __name__ == "__main__":
    store() if sys.argv[1:] == ["store"] else unittest.main()
