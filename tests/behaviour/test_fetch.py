"""lab fetch: what exercises need, brought here ahead of time. Only the environment without packages is built here, which takes no network."""
import json
import textwrap
import unittest

from labcase import LabCase


class Fetch(LabCase):
    def setUp(self):
        super().setUp()
        self.exercise("alpha", {"a": "expect(1):equals(1)"}, {"x": "x"})
        self.exercise("beta", {"a": "expect(1):equals(1)"}, {"x": "x"})

    def declares(self, **fields):
        text = "".join(f"      {name}: {value}\n" for name, value in fields.items())
        (self.course / "docker-compose.yml").write_text(textwrap.dedent("""\
            services:
              store:
                x-lab:
                  title: A store
                  native: [python, -c, pass]
                  port: 8000
                  ready: {tcp: true}
            """) + text)
        file = self.course / "exercises/beta/exercise.yaml"
        file.write_text(file.read_text().replace("checks:\n", "requires: {services: [store]}\nchecks:\n"))

    def test_an_exercise_a_track_and_all(self):
        for words, users in ((["alpha"], "1"), (["alpha", "beta"], "2"), (["one"], "2"), (["--all"], "2")):
            shown = self.ok("fetch", *words).stdout
            self.assertRegex(shown, rf"\(no packages\) +{users}")
        self.assertIn("is here", self.ok("fetch", "--all").stdout)

    def test_by_program(self):
        first, again = (json.loads(self.ok("fetch", "alpha", "--json").stdout) for _ in range(2))
        self.assertEqual((first["state"], again["state"]), ("fetched", "here"))
        self.assertEqual((first["event"], first["environment"], first["megabytes"]), ("fetch", None, None))

    def test_the_size_that_its_authors_measured(self):
        folder = self.course / "exercises/environments/big"
        folder.mkdir(parents=True)
        (folder / "requirements.in").write_text("# Installed: 120 MB\n")
        (folder / "requirements.lock").write_text("nonsense here\n")
        file = self.course / "exercises/alpha/exercise.yaml"
        file.write_text(file.read_text().replace("checks:\n", "requires: {python: big}\nchecks:\n"))
        done = self.lab("fetch", "alpha")
        self.assertRegex(done.stdout, r"big +1 +120 MB +to fetch")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("the environment big", done.stderr)

    def test_a_program_that_a_service_needs(self):
        self.declares(program="no-such-program", package="no-such-package")
        done = self.lab("fetch", "beta")
        self.assertEqual(done.returncode, 4)
        self.assertIn("of the machine is missing: no-such-program (service store)", done.stderr)
        self.assertIn("sudo apt install no-such-package", done.stderr)
        self.assertEqual(self.lab("fetch", "alpha").returncode, 0)

    def test_what_is_not_there(self):
        done = self.lab("fetch", "alpah")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'alpha'?", done.stderr)
        done = self.lab("fetch")
        self.assertEqual(done.returncode, 2)
        self.assertIn("name a track or exercises, or say --all", done.stderr)

    def test_in_a_workspace_its_exercise_is_meant(self):
        self.assertIn("(no packages)", self.ok("fetch", cwd=self.started("alpha")).stdout)


if __name__ == "__main__":
    unittest.main()
