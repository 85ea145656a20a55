"""Tests of exercises/shared/gen_runbooks.py: runbooks, questions with their passages, facts for the stub."""

import hashlib
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from stub_client import SHARED

import gen_runbooks  # noqa: E402
from stubllm_ask import Ask, Facts, Message  # noqa: E402
from stubllm_models import SILENT, reply  # noqa: E402
from stubllm_text import words  # noqa: E402

PROGRAM = SHARED / "gen_runbooks.py"
SEEDS = range(40, 52)


class Search:
    """The plainest search that works: words weighted by how rare they are."""

    def __init__(self, chunks):
        self.chunks, self.bags = chunks, [Counter(words(chunk)) for chunk in chunks]
        known = Counter(word for bag in self.bags for word in bag)
        self.weights = {word: math.log(1 + len(chunks) / count) for word, count in known.items()}
        self.lengths = [
            math.sqrt(sum(self.weights[word] ** 2 * count for word, count in bag.items())) for bag in self.bags
        ]

    def best(self, question, count):
        asked = set(words(question))
        scores = [
            sum(self.weights[word] ** 2 * bag[word] for word in asked if word in bag) / length
            for bag, length in zip(self.bags, self.lengths)
        ]
        return [self.chunks[index] for index in sorted(range(len(scores)), key=lambda index: -scores[index])[:count]]


def by_heading(files):
    chunks = []
    for text in files.values():
        title, *parts = re.split(r"\n(?=## )", text)
        chunks += [f"{title.splitlines()[0]}\n{part}" for part in parts]
    return chunks


def by_length(files, length):
    return [text[start : start + length] for text in files.values() for start in range(0, len(text), length)]


class TestFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = Path(folder.name) / "out"

    def run_it(self, *arguments, seed=1, env=None):
        command = [sys.executable, PROGRAM, "--seed", str(seed), "--out", self.out, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(env or {})})

    def digest(self, **options):
        self.assertEqual(self.run_it(**options).returncode, 0)
        sha = hashlib.sha256()
        for path in sorted(self.out.rglob("*")):
            sha.update(path.name.encode() + (path.read_bytes() if path.is_file() else b""))
            path.unlink() if path.is_file() else None
        return sha.hexdigest()

    def test_same_arguments_same_bytes(self):
        first = self.digest(seed=7, env={"PYTHONHASHSEED": "1"})
        self.assertEqual(self.digest(seed=7, env={"PYTHONHASHSEED": "2"}), first)

    def test_another_seed_other_runbooks(self):
        self.assertNotEqual(gen_runbooks.generate(7, 10, 2), gen_runbooks.generate(8, 10, 2))

    def test_the_parts_are_those_of_the_whole(self):
        self.run_it()
        whole = {path.name: path.read_bytes() for path in self.out.rglob("*.*")}
        root = self.out
        for what, name in (("questions", "questions.jsonl"), ("facts", "facts.jsonl")):
            self.out = root.parent / name
            self.assertEqual(self.run_it("--what", what).returncode, 0)
            self.assertEqual(self.out.read_bytes(), whole.pop(name))
        self.out = root.parent / "runbooks"
        self.assertEqual(self.run_it("--what", "runbooks").returncode, 0)
        self.assertEqual({path.name: path.read_bytes() for path in self.out.iterdir()}, whole)

    def test_counts(self):
        self.run_it("--what", "questions", "--questions", "3", "--unanswerable", "2")
        rows = [json.loads(line) for line in self.out.read_text().splitlines()]
        self.assertEqual(sorted(row["answerable"] for row in rows), [False, False, True, True, True])
        self.run_it("--what", "facts", "--questions", "0")
        self.assertEqual(self.out.read_text(), "")

    def test_wrong_use(self):
        for arguments in (["--questions", "241"], ["--unanswerable", "-1"], ["--what", "else"]):
            self.assertEqual(self.run_it(*arguments).returncode, 2)
        self.out = Path("/dev/null/runbooks")
        done = self.run_it()
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"^gen_runbooks.py: .*/dev/null/runbooks.*\n$")


class TestContent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = [gen_runbooks.generate(seed, 100, 20) for seed in SEEDS]

    def test_forty_runbooks_under_150_kb(self):
        for files, _, _ in self.made:
            self.assertEqual(len(files), 40)
            size = sum(len(text.encode()) for text in files.values())
            self.assertTrue(100_000 < size < 150_000, size)
            for name in files:
                self.assertRegex(name, r"^rb-\d\d-[a-z-]+\.md$")

    def test_gold_passages_hold_the_answer(self):
        for files, questions, _ in self.made:
            texts = {name[:5]: text for name, text in files.items()}
            answerable = [row for row in questions if row["answerable"]]
            self.assertEqual((len(questions), len(answerable)), (120, 100))
            for row in answerable:
                gold = row["gold"]
                section = texts[gold["runbook"]].split(f"\n## {gold['section']}\n")[1].split("\n## ")[0]
                self.assertIn(gold["sentence"], section.splitlines())
                self.assertIn(row["answer"], gold["sentence"])
                self.assertTrue(gold["passage"].startswith(gold["runbook"] + "#"))
                self.assertEqual(sum(text.count(gold["sentence"]) for text in texts.values()), 1)

    def test_ids_and_questions_are_unique(self):
        for _, questions, _ in self.made:
            self.assertEqual([row["id"] for row in questions], [f"q{number:03d}" for number in range(1, 121)])
            self.assertEqual(len({row["question"] for row in questions}), 120)

    def test_unanswerable_questions_are_about_devices_that_exist(self):
        for files, questions, _ in self.made:
            text = "\n".join(files.values())
            for row in questions:
                if not row["answerable"]:
                    self.assertEqual((row["answer"], row["gold"]), (None, None))
                    device, town = re.search(r"the (?:retired )?([\w ]+) (?:at|from) (\w+)", row["question"]).groups()
                    self.assertIn(town, text)
                    self.assertTrue(any(name in row["question"] for name in gen_runbooks.DEVICES), device)

    def test_facts_are_what_the_stub_takes(self):
        for _, questions, facts in self.made:
            known = Facts(json.dumps(row) for row in facts)
            answers = {row["question"]: row["answer"] for row in questions if row["answerable"]}
            self.assertEqual({row["question"]: row["answer"] for row in facts}, answers)
            self.assertEqual(len(known.rows), 100)
            for row in facts:
                self.assertEqual(len({row["answer"], *row["wrong"]}), 3)

    def share(self, chunk, count):
        """The share of questions whose passage is among the best chunks, by seed."""
        shares = []
        for files, questions, _ in self.made[:4]:
            search = Search(chunk(files))
            answerable = [row for row in questions if row["answerable"]]
            found = [
                any(row["gold"]["sentence"] in chunk for chunk in search.best(row["question"], count))
                for row in answerable
            ]
            shares.append(sum(found) / len(found))
        return shares

    def test_cut_at_headings_five_passages_are_enough(self):
        self.assertGreater(min(self.share(by_heading, 5)), 0.93)

    def test_one_long_chunk_is_not(self):
        self.assertLess(max(self.share(lambda files: by_length(files, 2000), 1)), 0.80)

    def test_the_parrot_answers_and_abstains(self):
        for files, questions, facts in self.made[:3]:
            search = Search(by_heading(files))
            right = {True: 0, False: 0}
            for row in questions:
                best = enumerate(search.best(row["question"], 5), 1)
                text = "\n".join(f"[{number}] {chunk}" for number, chunk in best) + f"\nQuestion: {row['question']}"
                content = reply(Ask("stub-parrot", [Message("user", text)])).content
                right[row["answerable"]] += row["answer"] in content if row["answerable"] else content == SILENT
            self.assertGreaterEqual(right[True], 95)
            self.assertGreaterEqual(right[False], 19)


if __name__ == "__main__":
    unittest.main()
