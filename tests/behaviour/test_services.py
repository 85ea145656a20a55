"""lab services: starting, stopping, looking; what they leave, and what they keep."""
import json
import os
import signal
import subprocess
import unittest

from servicecase import ServiceCase


class Services(ServiceCase):
    def test_from_start_to_stop(self):
        self.service("tiny", "--child")
        work = self.requiring("tiny")
        self.assertEqual(self.states(), {"tiny": "not started"})
        done = self.ok("services", "start", cwd=work)
        self.assertRegex(done.stderr, r"(?m)^tiny +ready after [0-9.]+ m?s +http://127.0.0.1:\d+$")
        row = self.rows()["tiny"]
        self.assertEqual(row["state"], "running")
        self.assertEqual(self.answer(row["port"]), row["pid"])
        self.assertGreater(row["memory"], 1 << 20)
        self.assertEqual(row["address"], f"http://127.0.0.1:{row['port']}")
        self.assertRegex(self.ok("services", cwd=work).stdout, r"(?m)^tiny +running +\d+ s +http://127.0.0.1:\d+ +[0-9.]+ MiB +native$")
        self.assertIn("runs already", self.ok("services", "start", cwd=work).stderr)
        self.assertEqual(self.starts("tiny"), 1)
        self.assertEqual(len(self.processes()), 2)
        self.ok("services", "stop", cwd=work)
        self.assertEqual(self.processes(), [])
        self.assertEqual(self.states(), {"tiny": "stopped"})

    def test_the_port_is_remembered_and_data_stay(self):
        self.service("tiny")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        before = self.rows()["tiny"]
        (work / ".lab/services/tiny/data/mine").write_text("kept")
        self.ok("services", "restart", cwd=work)
        after = self.rows()["tiny"]
        self.assertEqual(after["port"], before["port"])
        self.assertNotEqual(after["pid"], before["pid"])
        self.assertEqual((work / ".lab/services/tiny/data/mine").read_text(), "kept")
        self.ok("services", "stop", cwd=work)
        taken = self.listener(before["port"])
        self.ok("services", "start", cwd=work)
        self.assertNotEqual(self.rows()["tiny"]["port"], taken.getsockname()[1])

    def test_all_that_can_start_at_once(self):
        """None of the three is ready before all of them run."""
        folder = self.home / "together"
        folder.mkdir()
        self.shared_program("together.py", """\
            import http.server, pathlib, sys
            folder = pathlib.Path(sys.argv[2])
            (folder / sys.argv[1]).touch()
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200 if len(list(folder.iterdir())) == 3 else 503)
                    self.end_headers()
            http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
            """)
        for name in ("a", "b", "c"):
            self.service(name, native=f'[python, "{{shared}}/together.py", "{{port}}", "{folder}"]')
        work = self.requiring("a", "b", "c")
        self.ok("services", "start", cwd=work)
        self.assertEqual(set(self.states().values()), {"running"})

    def test_what_others_need_comes_before(self):
        self.service("base")
        self.service("above", compose="depends_on: [base]\n")
        work = self.requiring("above")
        done = self.ok("services", "start", cwd=work)
        self.assertEqual([line.split()[0] for line in done.stderr.splitlines() if "ready" in line], ["base", "above"])
        self.assertEqual(self.states(), {"above": "running", "base": "running"})

    def test_one_that_dies_at_its_start(self):
        self.service("tiny", "--exit", "3", "--say", r"no such\x1b[31m thing")
        work = self.requiring("tiny")
        done = self.lab("services", "start", cwd=work)
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"(?m)^tiny ended with status 3 after [0-9.]+ s, before it was ready; its log ends with\n    tiny server: no such \[31m thing$")
        self.assertIn("try: lab services logs tiny", done.stderr)
        self.assertEqual(self.processes(), [])
        self.assertEqual(self.states(), {"tiny": "stopped"})
        self.assertIn(r"no such\x1b[31m thing", self.ok("services", "logs", "tiny", cwd=work).stdout)

    def test_one_that_is_never_ready(self):
        self.service("tiny", "--until", "/nonexistent/file", ready="{http: /, within: 1}")
        self.service("above", compose="depends_on: [tiny]\n")
        self.service("other")
        work = self.requiring("above", "other")
        done = self.lab("services", "start", cwd=work)
        self.assertEqual(done.returncode, 4)
        self.assertRegex(done.stderr, r"tiny was not ready within 1 s \(it answers with status 503\)")
        self.assertIn("above was not started: it needs tiny, which failed", done.stderr)
        self.assertEqual(self.states(), {"above": "not started", "tiny": "stopped", "other": "running"})

    def test_one_that_is_killed(self):
        self.service("tiny")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        (work / ".lab/services/tiny/data/mine").write_text("kept")
        before = self.rows()["tiny"]
        os.kill(before["pid"], signal.SIGKILL)
        self.wait_for(lambda: not self.processes())
        self.assertEqual(self.states(), {"tiny": "died"})
        self.assertIn("lab services logs tiny", self.ok("services", cwd=work).stdout)
        self.ok("services", "start", cwd=work)
        self.assertEqual(self.rows()["tiny"]["port"], before["port"])
        self.assertEqual((work / ".lab/services/tiny/data/mine").read_text(), "kept")

    def test_one_that_heeds_no_sigterm(self):
        self.service("tiny", "--stubborn")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        self.ok("services", "stop", cwd=work)
        self.assertEqual(self.processes(), [])

    def test_ready_by_a_connection_and_by_a_program(self):
        self.service("tcp", ready="{tcp: true, within: 20}")
        self.service("program", "--until", self.home / "never", ready='{exec: [sh, -c, "test -f {data}/starts"], within: 20}')
        work = self.requiring("tcp", "program")
        self.ok("services", "start", cwd=work)
        self.assertEqual(set(self.states().values()), {"running"})

    def test_a_missing_program(self):
        self.service("tiny", native='[no-such-server, --port, "{port}"]', extra="program: no-such-server\npackage: no-such-package\n")
        work = self.requiring("tiny")
        done = self.lab("services", "start", cwd=work)
        self.assertEqual((done.returncode, done.stderr), (
            4, "lab: tiny needs the program no-such-server, which is not installed\n  try: sudo apt install no-such-package\n"))

    def test_data_are_prepared_and_seeded_once(self):
        self.service("tiny", extra="""\
            prepare: [sh, -c, "echo prepared >>{data}/prepared"]
            seed: [sh, -c, "echo $TINY_URL >>{data}/seeded"]
            """)
        work = self.requiring("tiny")
        for _ in range(2):
            self.ok("services", "start", cwd=work)
            self.ok("services", "stop", cwd=work)
        data = work / ".lab/services/tiny/data"
        self.assertEqual((data / "prepared").read_text(), "prepared\n")
        self.assertRegex((data / "seeded").read_text(), r"^http://127.0.0.1:\d+\n$")

    def test_a_preparation_that_fails_leaves_nothing(self):
        self.service("tiny", extra='prepare: [sh, -c, "echo half >{data}/half; echo no luck; exit 5"]\n')
        work = self.requiring("tiny")
        done = self.lab("services", "start", cwd=work)
        self.assertEqual(done.returncode, 4)
        self.assertIn("tiny could not be started: 'prepare' ended with status 5; its log ends with\n    no luck", done.stderr)
        self.assertEqual(list((work / ".lab/services/tiny/data").iterdir()), [])
        self.service("tiny", extra='prepare: [sh, -c, "ls {data} >{data}/before"]\n')
        self.ok("services", "start", cwd=work)
        self.assertEqual((work / ".lab/services/tiny/data/before").read_text(), "before\n")

    def test_a_seed_that_fails_is_done_again(self):
        self.service("tiny", extra=f'seed: [sh, -c, "test -f {self.home}/now"]\n')
        work = self.requiring("tiny")
        self.assertIn("'seed' ended with status 1", self.lab("services", "start", cwd=work).stderr)
        self.assertEqual(self.processes(), [])
        (self.home / "now").touch()
        self.ok("services", "start", cwd=work)

    def test_a_port_that_somebody_takes_meanwhile(self):
        """The service finds its port taken by another, who answers there in its place: twice; the third port is its own."""
        self.shared_program("robbed.py", """\
            import os, pathlib, subprocess, sys, time
            port, data = sys.argv[1:]
            tries = pathlib.Path(data, "tries")
            tries.write_text((tries.read_text() if tries.exists() else "") + "x")
            if len(tries.read_text()) > 2:
                os.execvp("python", ["python", sys.argv[0].replace("robbed", "tiny"), "--port", port, "--data", data])
            stranger = {**os.environ, "LAB_SERVICE": "of nobody"}
            subprocess.Popen(["setsid", "-f", "python", "-m", "http.server", "--bind", "127.0.0.1", port], env=stranger, cwd=pathlib.Path(data),
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
            time.sleep(1000)
            """)
        self.service("tiny", native='[python, "{shared}/robbed.py", "{port}", "{data}"]')
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        row = self.rows()["tiny"]
        self.assertEqual(self.answer(row["port"]), row["pid"])
        self.assertEqual((work / ".lab/services/tiny/data/tries").read_text(), "xxx")

    def test_env(self):
        self.service("tiny")
        self.declared["tiny"] = self.declared["tiny"].replace('gives: ["', "gives: [\"ODD=it's $HOME `x`\", \"OPENAI_API_KEY=stub\", \"")
        self.write_compose()
        work = self.requiring("tiny")
        self.assertEqual(self.lab("services", "env", cwd=work).returncode, 4)
        self.ok("services", "start", cwd=work)
        text = self.ok("services", "env", cwd=work).stdout
        shown = subprocess.run(["sh", "-c", text + 'printf "%s\n" "$ODD" "$TINY_URL" "$OPENAI_API_KEY"'], capture_output=True, text=True, check=True).stdout
        self.assertEqual(shown, f"it's $HOME `x`\nhttp://127.0.0.1:{self.rows()['tiny']['port']}\nstub\n")
        own = self.ok("services", "env", "--json", cwd=work, LAB_LLM_API_KEY="mine").stdout
        self.assertIn({"event": "variable", "name": "OPENAI_API_KEY", "value": "mine"}, [json.loads(line) for line in own.splitlines()])

    def test_logs(self):
        self.service("tiny", "--say", "one line")
        self.service("other", "--say", "another line")
        work = self.requiring("tiny", "other")
        self.assertEqual(self.lab("services", "logs", "tiny", cwd=work).returncode, 2)
        self.ok("services", "start", cwd=work)
        self.assertEqual(self.ok("services", "logs", "tiny", cwd=work).stdout.splitlines()[0], "tiny server: one line")
        both = self.ok("services", "logs", "-n", "1000", cwd=work).stdout
        self.assertRegex(both, r"(?m)^tiny +\| tiny server: one line$")
        self.assertRegex(both, r"(?m)^other +\| tiny server: another line$")
        follower = self.in_background("services", "logs", "tiny", "--follow")
        self.assertEqual(follower.stdout.readline(), "tiny server: one line\n")
        with (work / ".lab/services/tiny/log").open("a") as file:
            file.write("something new\n")
        while (line := follower.stdout.readline()) != "something new\n":
            self.assertNotEqual(line, "")
        follower.send_signal(signal.SIGINT)
        self.assertEqual(follower.wait(10), 0)
        follower.stdout.close()

    def test_a_long_log_is_cut_at_the_next_start(self):
        self.service("tiny")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        self.ok("services", "stop", cwd=work)
        log = work / ".lab/services/tiny/log"
        log.write_text("".join(f"line {i}\n" for i in range(500_000)))
        self.ok("services", "start", cwd=work)
        self.assertLess(log.stat().st_size, (1 << 20) + 1000)
        self.assertNotIn("Traceback", log.read_text())  # of a server that was hung up on
        self.assertRegex(log.read_text(), r"\Aline \d+\n(?s:.*)line 499999\ntiny server")

    def test_a_declaration_that_changed(self):
        self.service("tiny")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        self.service("tiny", "--say", "other words")
        self.assertIn("lab services restart tiny", self.ok("services", cwd=work).stdout)
        self.ok("services", "restart", cwd=work)
        self.assertNotIn("older", self.ok("services", cwd=work).stdout)

    def test_one_that_is_called_lock(self):
        self.service("lock")
        work = self.requiring("lock")
        self.ok("services", "start", cwd=work)
        self.assertEqual(self.states(), {"lock": "running"})
        self.ok("services", "stop", cwd=work)

    def test_names(self):
        self.service("tiny")
        work = self.requiring()
        done = self.lab("services", "start", cwd=work)
        self.assertEqual((done.returncode, done.stderr), (2, "lab: one requires no services\n  try: name one: lab services start NAME\n"))
        self.assertIn("did you mean 'tiny'?", self.lab("services", "start", "tinny", cwd=work).stderr)
        self.assertEqual(self.lab("services", "start", "--driver", "rocket", "tiny", cwd=work).returncode, 2)
        self.ok("services", "start", "tiny", cwd=work)
        self.assertEqual(self.states(), {"tiny": "running"})
        self.ok("services", "stop", "--exercise", "one")
        self.assertEqual(self.states(), {"tiny": "stopped"})


class OnTheWay(ServiceCase):
    """start, run and shell start what the exercise requires."""

    def test_start_run_and_shell(self):
        self.service("tiny")
        self.requiring("tiny")
        done = self.ok("start", "one")
        self.assertRegex(done.stdout, r"(?m)^runs    tiny, http://127.0.0.1:\d+$")
        port = self.rows()["tiny"]["port"]
        self.assertEqual(self.ok("run", "one", "--", "sh", "-c", "echo $TINY_URL").stdout, f"http://127.0.0.1:{port}\n")
        self.ok("services", "stop", cwd=self.work / "one")
        self.assertEqual(self.ok("run", "one", "--no-services", "--", "sh", "-c", "echo $TINY_URL").stdout, "\n")
        self.assertEqual(self.states(), {"tiny": "stopped"})
        shell = self.home / "shell"
        shell.write_text("#!/bin/sh\necho in the shell: $TINY_URL\n")
        shell.chmod(0o755)
        self.assertEqual(self.ok("shell", "one", SHELL=str(shell)).stdout, f"in the shell: http://127.0.0.1:{port}\n")

    def test_a_start_whose_services_fail_is_a_start(self):
        self.service("tiny", "--exit", "3")
        self.exercise("one", {"a": "expect(1):equals(1)"}, {"main.py": "print(1)\n"}, extra="requires: {services: [tiny]}\n")
        done = self.lab("start", "one")
        self.assertEqual(done.returncode, 4)
        self.assertIn("tiny ended with status 3", done.stderr)
        self.assertTrue((self.work / "one/main.py").exists())


class Together(ServiceCase):
    def test_two_exercises_do_not_clash(self):
        self.service("tiny")
        self.requiring("tiny")
        self.requiring("tiny", name="two")
        self.ok("services", "start", cwd=self.work / "one")
        self.ok("services", "start", cwd=self.work / "two")
        rows = [self.rows()["tiny"], self.rows(cwd=self.work / "two")["tiny"]]
        self.assertEqual([self.answer(row["port"]) for row in rows], [row["pid"] for row in rows])
        self.ok("services", "stop", cwd=self.work / "one")
        self.assertEqual(self.states(cwd=self.work / "two"), {"tiny": "running"})

    def test_two_starts_at_once_start_one(self):
        self.service("tiny")
        self.requiring("tiny")
        both = [self.in_background("services", "start") for _ in range(4)]
        for process in both:
            output, _ = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, output)
        self.assertEqual(self.starts("tiny"), 1)
        self.assertEqual(len(self.processes()), 1)

    def test_a_copy_of_a_workspace_has_its_own(self):
        self.service("tiny")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        subprocess.run(["cp", "-a", str(work), str(self.work / "copy")], check=True)
        self.assertEqual(self.states(cwd=self.work / "copy"), {"tiny": "stopped"})
        self.ok("services", "start", cwd=self.work / "copy")
        self.ok("services", "stop", cwd=self.work / "copy")
        self.assertEqual(self.states(), {"tiny": "running"})

    def test_a_workspace_that_moved_keeps_its_own(self):
        self.service("tiny")
        work = self.requiring("tiny")
        self.ok("services", "start", cwd=work)
        work.rename(self.work / "moved")
        self.assertEqual(self.states(cwd=self.work / "moved"), {"tiny": "running"})
        self.ok("services", "stop", cwd=self.work / "moved")
        self.assertEqual(self.processes(), [])


if __name__ == "__main__":
    unittest.main()
