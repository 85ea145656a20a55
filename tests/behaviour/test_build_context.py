"""build_context() of checkers, against what reaches a Docker engine from the same files."""
import json
import unittest

from enginecase import EngineCase, lua

TREE = ["train.py", "README.md", ".env", ".env.example", "data/raw/a.csv", "data/raw/b.csv", "data/keep/a.csv", "data/notes.txt",
        "models/late.json", "models/old/late.json", "models/old/x.bin", "src/app.py", "src/build/app.o", "src/core/run.py",
        "src/core/build/run.o", "src/core/run.log", "wheels/one.whl", "wheels/two.whl", "notes/foo", "notes/xfoo", "notes/a b.txt",
        "odd/[x].txt", "odd/x.txt", "odd/é.txt", "odd/a*.txt", "odd/a1.txt", "odd/ab1.txt"]

IGNORES = {
    "nothing": "# nothing\n",
    "names": "data\n.env\n*.md\n",
    "order": "data\n!data/keep\ndata/keep/a.csv\n!data/notes.txt\n",
    "negation-first": "!models/late.json\nmodels\n",
    "all-but": "*\n!src\n!wheels/*.whl\nsrc/**/build\n!train.py\n",
    "any-depth": "**/build\n**/*.log\n**/a.csv\n",
    "any-name": "**foo\n**.json\nmod**\n",
    "within": "*/*/*.csv\nsrc/*/run.py\nodd/a?.txt\n",
    "sets": "odd/[a-f]*1.txt\nodd/\\[x\\].txt\nodd/[^a-z].txt\n",
    "backslash": "odd/a\\*.txt\nnotes/a b.txt\n",
    "cleaned": "/data/\n./src/core/..//core/run.py\nmodels/.\n  .env  \n\n #odd\n",
    "trailing-stars": "models/**\n!models/late.json\nsrc/**/*.py\n",
    "spaces": "! train.py\n*.py\n! src/app.py\nsrc/*.py\n",
    "crlf": "data\r\n!data/notes.txt\r\n",
    "folder-again": "data/raw\n!data\ndata/notes.txt\n",
    "parent-skipped": "data/raw/*\n!data/raw/a.csv\ndata/keep\n!data/*\n",
    "itself": ".dockerignore\nDockerfile\n",
}


class BuildContext(EngineCase):
    def test_same_files_reach_the_engine(self):
        recipe = {"Dockerfile": "FROM scratch\nCOPY . /\n"}
        files = {path: path for path in TREE}
        bodies = {}
        built = self.build_all({name: {**files, **recipe, ".dockerignore": ignore} for name, ignore in IGNORES.items()})
        for name, ignore in IGNORES.items():
            image, said = built[name]
            self.assertTrue(image, said)
            wanted = self.image_files(image)
            bodies[name] = (f't:write(".dockerignore", {lua(ignore)})\nt:remove("begun.txt")\n'
                            f"expect(build_context(\".\").files):equals(json.decode({lua(json.dumps(wanted, ensure_ascii=False))}))")
        self.assert_checks_pass(bodies, {**files, **recipe})

    def test_what_it_refuses_the_engine_refuses(self):
        recipe = {"Dockerfile": "FROM scratch\nCOPY . /\n", "x": "x"}
        bodies = {}
        for name, ignore in {"open-set": "[a-\n", "empty-set": "x[]\n", "no-end": "x[a-]\n", "alone": "x\n!\n"}.items():
            self.assertIsNone(self.build({**recipe, ".dockerignore": ignore})[0], ignore)
            bodies[name] = f't:write(".dockerignore", {lua(ignore)})\nbuild_context(".")'
        self.exercise("refused", bodies, {"x": "x"})
        self.started("refused").joinpath("x").write_text("y")
        for check, result in self.results("refused").items():
            with self.subTest(check):
                self.assertEqual(result["verdict"], "fail", result)
                self.assertRegex(result["message"], r"^\.dockerignore:\d+: ")


if __name__ == "__main__":
    unittest.main()
