"""lab author lint: what its rules let pass, and where they look twice."""
import unittest

from lintcase import EXERCISE, LOCK, LintCase


class Commands(LintCase):
    """Commands of a lesson that a shell can read, and that it cannot."""
    READABLE = [
        "cat <<'END' >file\nit's \"open\nEND\necho done",
        "cat <<-A\n\tA\necho $((1 + (2 * 3)))",
        "case $x in a) echo 1;; (b|c) echo 2;; esac",
        "for i in 1 2; do if [ \"$i\" = 1 ]; then echo \"it's $(echo \"${i:-\"a b\"}\")\"; fi; done",
        "echo done; echo fi  # an 'open quote in a comment",
        "f() { echo \"`date`\"; }\nf",
        "echo a#b 'multi\nline' \\\n  | head -1",
        "(cd x && { ls; }) 2>&1 <<< \"text\"",
        "while read -r line; do echo \"$line\"; done < <(ls)",
        "echo \\\" \\' $'it' if then case",
        "export LAB_HOME=$(mktemp -d) && lab run seed-it -- python -c 'import sklearn'",
    ]
    BROKEN = [
        ("echo 'open", "a ' is not closed"),
        ("echo \"open", 'a " is not closed'),
        ("echo $(date", "a $( is not closed"),
        ("echo ${x", "a ${ is not closed"),
        ("(ls", "a ( is not closed"),
        ("ls)", "a ) without a ("),
        ("if true; then ls", "an if has no fi"),
        ("for i in 1; do ls", "a do has no done"),
        ("ls; done", "a done without a do"),
        ("case x in a) ls;;", "a case has no esac"),
        ("cat <<END\ntext", "a here-document (<<) has no end"),
        ("echo `date", "a ` is not closed"),
        ("f() { ls", "a { is not closed"),
        ("ls \\", "the last line ends with a backslash"),
    ]

    def faults(self, lang, text):
        self.write("./README.md", f"# Commands\n\n```{lang}\n{text}\n```\n")
        return [f["message"] for f in self.findings("good") if f["code"] == "E509"]

    def test_what_a_shell_reads_is_let_pass(self):
        for text in self.READABLE:
            with self.subTest(text=text):
                self.assertEqual(self.faults("sh", text), [])

    def test_what_is_left_open_is_told(self):
        for text, message in self.BROKEN:
            with self.subTest(text=text):
                self.assertEqual(self.faults("bash", text), [message])

    def test_in_a_console_only_commands_are_read(self):
        self.assertEqual(self.faults("console", "$ ls\nit's output (open\n$ cat <<A\n> text\n> A\n$ echo a \\\nb\n"), [])
        self.assertEqual(self.faults("console", "$ echo 'a\nb'\n$ ls"), ["a ' is not closed"])

    def test_other_languages_are_not_read(self):
        self.assertEqual(self.faults("python", "print('it\\'s') # (open '"), [])


class Lessons(LintCase):
    def codes(self, text):
        self.write("./README.md", text)
        return [(f["code"], f["line"], f["column"]) for f in self.findings("good") if f["file"].endswith("README.md")]

    def test_links_are_looked_up_as_the_workspace_has_them(self):
        self.edit("./exercise.yaml", "  python: plain\n", "  python: plain\n  shared: [clock.py]\n")
        self.write("./start/data/a b.csv", "1\n")
        fine = ("# A\n\n[1](contract.md#top) [2](./add.py) [3](tools/clock.py) [4](data/) [5](data/a%20b.csv) [6](README.md) "
                "[7](https://example.org/a?b#c) [8](mailto:a@b.c) [9](#a) [10][ref] <http://localhost:8000>\n\n[ref]: add.py\n")
        self.assertEqual(self.codes(fine), [])
        for target, code in (("../other/x", "E501"), ("/etc/passwd", "E501"), ("solution/add.py", "W514"), ("", "E501"),
                             ("#nothing", "E502"), ("https://", "W503"), ("file:///etc", "W503"), ("http://no host.org", None)):
            with self.subTest(target=target):
                found = self.codes(f"# A\n\nSee [x]({target}).\n")
                self.assertEqual([each[0] for each in found], [code] if code else [])

    def test_anchors_are_made_as_forges_make_them(self):
        self.assertEqual(self.codes("# What's *new* in `a_b`, Ünï?\n\n## Twice\n\n## Twice\n\n"
                                    "[1](#whats-new-in-a_b-ünï) [2](#twice) [3](#twice-1)\n"), [])

    def test_headings(self):
        self.assertEqual(self.codes("## A\n"), [("W505", 1, 4)])
        self.assertEqual(self.codes("# A\n\n# B\n\n### C\n"), [("W505", 3, 3), ("W505", 5, 5)])
        self.assertEqual(self.codes("text\n"), [("W505", 1, 1)])
        self.assertEqual(self.codes("# A\n\n## B\n\n### C\n\n## D\n\n```text\n# no heading\n```\n"), [])

    def test_fences(self):
        self.assertEqual(self.codes("# A\n\n- one\n\n  ```text\n  a\n\n  b\n  ```\n\n> ~~~text\n> a\n> ~~~\n\n```text\n```\n\n````text\n```\n````\n"), [])
        self.assertEqual(self.codes("# A\n\n```text\na\n```\n\n```\n"), [("E508", 7, 1), ("N507", 7, 1)])

    def test_tables(self):
        self.assertEqual(self.codes("# A\n\na | b\n--|--\n1 | `x \\| y`\n| 3 | 4 |\n\nText | with | bars\n"), [])
        self.assertEqual(self.codes("# A\n\n| a | b |\n|---|---|\n| 1 |\n| `x | y` | 2 |\n"), [("W506", 5, 1), ("W506", 6, 6)])


class Proofs(LintCase):
    def messages(self, code):
        return [f["message"] for f in self.findings() if f["code"] == code]

    def test_what_is_blocked_at_a_distance_cannot_fail(self):
        self.append("./exercise.yaml", "  - id: more\n    title: More\n    points: 10\n    decisive: true\n    needs: [adds]\n")
        self.append("./checker.lua", 'checks["more"] = function(t) t:score(1) end\n')
        self.edit("./wrong/crash/wrong.yaml", "[runs]", "[runs, more]")
        self.assertEqual(self.messages("E206"), ["more needs runs, which fails as well: it is blocked, and cannot fail"])

    def test_a_check_without_points_needs_no_wrong_variant(self):
        self.append("./exercise.yaml", "  - id: more\n    title: More\n    points: 0\n")
        self.append("./checker.lua", 'checks["more"] = function(t) t:score(1) end\n')
        self.assertEqual(self.messages("E203"), [])

    def test_a_name_of_a_wrong_variant_that_is_no_id_is_a_fault_of_the_format(self):
        self.write("./wrong/No Id/add.py", "print(1)\n")
        self.assertIn("a wrong variant's name is an id", self.messages("E001")[0])

    def test_a_wrong_yaml_with_faults_hides_no_others(self):
        self.edit("./wrong/crash/wrong.yaml", "[runs]", "[rnus]")
        self.write("./wrong/one-less/add.py", "print(42)\n")
        self.assertEqual(len(self.messages("E001")), 1)
        self.assertEqual(len(self.messages("E205")), 1)


class Leaks(LintCase):
    LINES = "".join(f"value_{i} = compute_the_number_that_the_task_asks_for({i}, scale=7)\n" for i in range(8))

    def codes(self):
        return [f["code"] for f in self.findings()]

    def test_what_the_start_gives_is_no_leak(self):
        self.write("./start/add.py", "# to do\n" + self.LINES)
        self.write("./solution/add.py", self.LINES + "print(42)\n")
        self.append("./README.md", "\n```python\n" + self.LINES + "```\n")
        self.assertEqual(self.codes(), [])

    def test_few_lines_and_short_ones_are_no_leak(self):
        few = "".join(self.LINES.splitlines(True)[:5])
        short = "".join(f"a{i} = {i}\n" for i in range(12))
        self.write("./solution/add.py", few + "\nprint(0)\n" + short)
        self.append("./README.md", "\n```python\n" + few + "```\n\n```python\n" + short + "```\n")
        self.assertEqual(self.codes(), [])

    def test_white_space_hides_nothing(self):
        self.write("./solution/add.py", self.LINES)
        self.append("./README.md", "\n```python\n" + self.LINES.replace("value", "  value").replace("\n", " \n\n") + "```\n")
        self.assertEqual(self.codes(), ["E402"])

    def test_a_private_name_is_looked_for_as_a_word(self):
        self.append("./README.md", "\nmy_numbers.py, numbers.pyc, other/numbers.py and ../numbers.py are others.\n")
        self.assertEqual(self.codes(), [])
        self.append("./README.md", "\nIt is numbers.py.\n")
        self.assertEqual(self.codes(), ["W404"])


class Environments(LintCase):
    def codes(self, lock, wanted="left-pad\n"):
        self.write("exercises/environments/plain/requirements.lock", lock)
        self.write("exercises/environments/plain/requirements.in", wanted)
        return [(f["code"], f["line"]) for f in self.findings()]

    def test_what_pip_compile_writes_is_fine(self):
        digest = "0123456789abcdef" * 4
        lock = (f"# made by hand\nleft.pad[more]==1.0.post1 ; python_version < '3.12' \\\n    --hash=sha256:{digest} \\\n"
                f"    --hash=sha256:{digest}\n    # via\n    #   something\nother==2 --hash=sha256:{digest}\n")
        self.assertEqual(self.codes(lock, "Left_Pad[more]>=1  # wanted\nother\n"), [])

    def test_what_is_not_pinned_to_one_version(self):
        hashed = " --hash=sha256:" + "0" * 64 + "\n"
        for line in ("other", "other>=1", "other==1.*", "other===1", "other @ https://example.org/x.whl", "-e .", "-r more.txt", "other==1,>0"):
            with self.subTest(line=line):
                self.assertEqual(self.codes(LOCK + line + hashed), [("E601", 3)])

    def test_hashes_are_whole(self):
        for digest in ("sha256:" + "0" * 63, "sha256:" + "g" * 64, "md5:" + "0" * 32):
            with self.subTest(digest=digest):
                self.assertEqual(self.codes(f"left-pad==1 --hash={digest}\n"), [("E602", 1)])


class Names(LintCase):
    """W708: names that checks demand."""

    def demands(self, body):
        self.fill()
        self.edit("./checker.lua", '  expect(run.code, "exit code")', f'  {body}\n  expect(run.code, "exit code")')
        return [f["message"] for f in self.findings() if f["code"] == "W708"]

    def test_what_the_texts_of_the_start_tell_may_be_demanded(self):
        self.assertEqual(self.demands('file("contract.md"):text() expect.file("add.py"):exists()'), [])
        self.assertEqual(self.demands('t:write("given.txt", "1") expect.file("given.txt"):exists()'), [])

    def test_options_are_those_of_what_learners_write(self):
        for words in ('"cp", "--preserve", "add.py", "given/x"', '"python", "-I", "add.py"', '"python", "tools/clock.py", "--zone"'):
            with self.subTest(words=words):
                self.assertEqual(self.demands(f"t:run{{{words}}}:ok()"), [])
        for words in ('cwd = "tools/", "python", file("add.py").path, "add.py", "--fast"', '"python", "-I", "add.py", "--fast"', '"./add", "--fast"', '"add.py", "--fast=1"'):
            with self.subTest(words=words):
                self.assertEqual(len(self.demands(f"t:run{{{words}}}:ok()")), 1)

    def test_what_checks_hand_over_stands_below_given(self):
        self.assertEqual(self.demands('expect.file("given/world.db"):exists()'), [])

    def test_files_fields_and_routes_that_nobody_told(self):
        self.assertEqual(self.demands('expect.file("out/sum.json"):exists()'), ["the file 'out/sum.json' is demanded here, and told nowhere"])
        self.assertEqual(self.demands('expect(run:json("add.py")):has_keys{"total"}'), ["the field 'total' is demanded here, and told nowhere"])
        service = 't:service{"python", "add.py", port = port(), ready = {http = "/healthz", within = 2}}'
        self.assertEqual(self.demands(service), ["the route '/healthz' is demanded here, and told nowhere"])


class Reasons(LintCase):
    def codes(self):
        return [f["code"] for f in self.findings()]

    def test_a_reason_may_come_out_of_hidden_data(self):
        self.edit("./checker.lua", 'because("wrong-sum")', 'because(file(numbers):text())')
        self.assertEqual(self.codes(), ["E706", "E710"])
        self.write("./private/numbers.py", "print('wrong-sum')\n")
        self.assertEqual(self.codes(), [])

    def test_a_reason_of_a_function_may_lead_to_a_hint_of_any_check(self):
        self.write("./checker.lua", self.at("./checker.lua").read_text().replace("t:run{", "go(t, {").replace("numbers}", "numbers})").replace(
            'checks["runs"]', 'local function go(t, words)\n  return t:run(words):ok():because("crash")\nend\n\nchecks["runs"]'))
        self.assertEqual(self.codes(), [])

    def test_a_hint_of_another_check_is_none(self):
        self.edit("./checker.lua", 'because("wrong-sum")', 'because("crash")')
        self.assertEqual(sorted(self.codes()), ["E706", "E710", "W707"])


class Loading(LintCase):
    """E701: what goes wrong while a checker is loaded, and whose fault it is."""

    def found(self, text):
        self.write("./checker.lua", text)
        return [(f["code"], f["line"], f["message"]) for f in self.findings() if f["code"] in ("E701", "N704")]

    def test_an_error_has_its_line(self):
        self.assertEqual(self.found('print(1)\nerror("no")\n'), [("E701", 2, "no")])
        self.assertEqual(self.found('local x = nil\nx.y = 1\n'), [("E701", 2, "attempt to index a nil value (local 'x')")])

    def test_programs_do_not_run_while_it_is_loaded(self):
        self.assertEqual([(code, line) for code, line, _ in self.found('expect(1):equals(1)\n')], [("E701", 1)])

    def test_material_that_is_missing_is_its_fault_and_material_that_lint_does_not_make_is_not(self):
        self.assertEqual([code for code, _, _ in self.found('private("none.py")\n')], ["E701"])
        self.assertEqual([code for code, _, _ in self.found('file(private("numbers.py")):json()\n')], ["N704"])

    def test_functions_of_a_checker_that_cannot_be_loaded_are_found_in_its_text(self):
        self.edit("./checker.lua", "seed = seed()})", "seed = seed()})\nlocal rows = file(numbers):lines()")
        self.assertEqual([f["code"] for f in self.findings() if f["severity"] == "error"], [])
        self.edit("./checker.lua", 'checks["adds"]', 'checks["add"]')
        self.assertEqual(sorted(f["code"] for f in self.findings() if f["code"] in ("E702", "E703")), ["E702", "E703"])


class Letters(LintCase):
    def test_words_of_other_languages_are_no_look_alikes(self):
        self.edit("./exercise.yaml", "title: It adds", "title: Wörter, слово, λέξη, 日本語 und 5 µs – “ok”")
        self.assertEqual(self.findings(), [])

    def test_a_folder_with_a_look_alike_is_told(self):
        self.write("exercises/g\u03bfod/exercise.yaml", EXERCISE)
        self.assertIn(("E002", "exercises/g\u03bfod"), [(f["code"], f["file"]) for f in self.findings()])


if __name__ == "__main__":
    unittest.main()
