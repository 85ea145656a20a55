"""Programs that cannot be started: what is the learner's fault fails, what is the author's is broken and named by its line."""
import unittest

from labcase import Boxed, Ordinary

START = {
    "plain.txt": "plain\n", "words": "echo words\n", "elsewhere": "#!/no/such/interpreter\n", "dos": "#!/bin/sh\r\necho dos\r\n",
    "folder/x": "x", "where.py": "import os\nprint(os.getcwd())\n",
    "links.py": """\
        import os, sys
        for name, target in (("round", "round"), ("out", "/etc"), ("up", "../home"), ("host", sys.argv[1]), ("in", "folder")):
            os.symlink(target, name)
        os.mkfifo("pipe", 0o755)
        os.mkdir("shut", 0)
        """}
EXECUTABLE = ("words", "elsewhere", "dos")

LEARNERS = {
    "missing": ("./nothing", "there is no file ./nothing"),
    "below-a-file": ("./plain.txt/x", "there is no file ./plain.txt/x"),
    "not-executable": ("./plain.txt", "./plain.txt is not executable; chmod +x makes it so"),
    "no-program": ("./words", "./words is not a program: neither a binary for this machine nor a script with a #! line"),
    "interpreter": ("./elsewhere", "the first line of ./elsewhere names /no/such/interpreter, which does not exist"),
    "line-ends": ("./dos", "the first line of ./dos ends with a carriage return; save the file with Unix line ends"),
    "folder": ("./folder", "./folder is a folder, not a program"),
    "a-link-to-itself": ("./round", "./round is a link that leads in a circle"),
    "pipe": ("./pipe", "./pipe may not be executed"),
}

FOLDERS = {
    "nothing": "there is no folder nothing", "plain.txt": "plain.txt is no folder", "host": "there is no folder host",
    "round": "round is a link that leads in a circle",
    "shut": "the folder shut cannot be entered: Permission denied"}

# What a check asks for, and what is said of it behind the place in the checker.
AUTHORS = {
    "arguments": ("local words = {'python', '-c', ''} for i = 4, 33 do words[i] = ('x'):rep(100 << 10) end t:run(words)",
                  "the arguments and the environment of python are too long"),
    "argument": ("t:run{'python', '-c', '', ('x'):rep(200 << 10)}", "the arguments and the environment of python are too long"),
    "argument-of-a-file": ("t:run{'./folder/../words', ('x'):rep(200 << 10)}",
                           "the arguments and the environment of ./folder/../words are too long"),
    "variable": ("t:run{'python', '-c', '', env = {LONG = ('x'):rep(200 << 10)}}", "the arguments and the environment of python are too long"),
    "of-a-service": ("t:service{'python', ('x'):rep(200 << 10), ready = {log = 'up'}}", "the arguments and the environment of python are too long"),
    "nul-in-an-argument": ("t:run{'python', 'a\\0b'}", "t:run: argv[2] holds a NUL byte, which no program can be given"),
    "nul-in-a-variable": ("t:run{'python', env = {NAME = 'a\\0b'}}", "t:run: env.NAME holds a NUL byte, which no program can be given"),
    "nul-in-a-folder": ("t:run{'python', cwd = 'a\\0b'}", "t:run: cwd holds a NUL byte, which no program can be given"),
    "nul-for-a-service": ("t:service{'python', 'a\\0b', ready = {log = 'up'}}",
                          "t:service: argv[2] holds a NUL byte, which no program can be given"),
    "no-name": ("t:run{''}", "t:run: the program's name is empty"),
    "name-of-a-variable": ("t:run{'python', env = {['A=B'] = '1'}}", "t:run: env: A=B is not a variable's name"),
    "folder-above": ("t:run{'python', cwd = '../home'}", "t:run: cwd '../home' leaves the work tree"),
    "folder-of-the-machine": ("t:run{'python', cwd = '/etc'}", "t:run: cwd '/etc' leaves the work tree"),
    "no-time": ("t:run{'python', timeout = 0}", "t:run: timeout must be more than 0 seconds"),
    "memory": ("t:run{'python', memory = 'much'}", "t:run: memory is a number of bytes or a text such as '512MiB', got much"),
}


class Faults(Boxed):
    def judge(self, checks, **options):
        folder = self.exercise("one", checks, START)
        for name in EXECUTABLE:
            (folder / "start" / name).chmod(0o755)
        self.started("one")
        return self.verdicts("one", **options)

    def links(self):
        return f't:run{{"python", "links.py", "{self.work}"}}:ok()\n'

    def judge_learners(self, **options):
        found = self.judge({name: f'{self.links()}t:run{{"{program}", "word"}}:ok()' for name, (program, _) in LEARNERS.items()}, **options)
        self.assertEqual(found, {name: ("fail", f"{program} cannot be run: {why}") for name, (program, why) in LEARNERS.items()})

    def test_programs_of_the_learner(self):
        self.judge_learners()

    def test_programs_of_the_learner_without_namespaces(self):
        self.judge_learners(**self.without_namespaces())

    def test_a_program_that_the_machine_lacks(self):
        self.assertEqual(self.judge({"run": 't:run{"no-such-tool"}', "service": 't:service{"no-such-tool", ready = {log = "up"}}'}),
                         dict.fromkeys(("run", "service"), ("blocked", "no-such-tool is not installed (there is no program no-such-tool in PATH)")))

    def test_folders_of_the_learner(self):
        """A link that leaves the work leads to what the box shows there, never to the host."""
        checks = {name.replace(".", "-"): f'{self.links()}t:run{{"python", "where.py", cwd = "{name}"}}:ok()' for name in FOLDERS}
        checks["followed"] = self.links() + "".join(
            f'expect(t:run{{"python", "/lab/work/where.py", cwd = "{name}"}}:ok().stdout):equals("{where}\\n")\n'
            for name, where in (("out", "/etc"), ("up", "/lab/home"), ("in", "/lab/work/folder")))
        expected = {name.replace(".", "-"): ("fail", f"python cannot be run: {why}") for name, why in FOLDERS.items()}
        self.assertEqual(self.judge(checks), {**expected, "followed": ("pass", None)})

    def test_faults_of_the_author(self):
        found = self.judge({name: body for name, (body, _) in AUTHORS.items()})
        lines = (self.course / "exercises/one/checker.lua").read_text().splitlines()
        for name, (_, why) in AUTHORS.items():
            line = lines.index(f'checks["{name}"] = function(t)') + 2
            with self.subTest(name):
                self.assertEqual(found[name], ("broken", f"checker.lua:{line}: {why}"))


class OrdinaryFaults(Ordinary, Faults):
    test_a_program_that_the_machine_lacks = test_programs_of_the_learner_without_namespaces = None


if __name__ == "__main__":
    unittest.main()
