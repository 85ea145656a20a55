#!/usr/bin/env python3
"""Writes runbooks of Tidewater Parcels' depots, and questions about them: the same arguments give the same bytes.

    gen_runbooks.py --seed N --out PATH [--what all|runbooks|questions|facts] [--questions 100] [--unanswerable 20]

runbooks is a folder of 40 Markdown files, under 150 kB together: a title, then sections, one sentence a line. Each
device stands at two depots with different values, so a question must be read to its end. Each section but the last
holds one sentence that answers a question, among others that answer none; the last says what stands elsewhere.

questions are JSON lines in a random order: {"id", "question", "answerable", "answer", "gold"}. gold is null for a
question that no runbook answers, else {"passage": "rb-07#restart", "runbook": "rb-07", "section": "Restart",
"sentence"}; the sentence stands in the file as it is and holds the answer word for word.

facts are the answerable questions as stubllm.py --facts takes them: {"question", "answer", "wrong", "passage"}.

all is a folder with runbooks/, questions.jsonl and facts.jsonl.
"""

import argparse
import json
import os
import sys
from random import Random

from gen_runbooks_words import DEPOTS, DEVICES, ELSEWHERE, NOISE, NOWHERE, ROLES, SECTIONS_KNOWN, TEAMS

RUNBOOKS = 40
SECTIONS = 6  # of a runbook


class Chooser:
    """Choices from one seeded generator, by its uniform numbers alone: those are the same in every Python."""

    def __init__(self, seed):
        self.random = Random(seed).random

    def one(self, items):
        return items[int(self.random() * len(items))]

    def several(self, items, count):
        return sorted(items, key=lambda _: self.random())[:count]


def places(chooser):
    """[(device, depot)] of the runbooks: each device stands at two depots."""
    pairs = []
    for device in chooser.several(DEVICES, RUNBOOKS // 2):
        pairs += [(device, depot) for depot in chooser.several(list(DEPOTS), 2)]
    return chooser.several(pairs, RUNBOOKS)


def make_section(chooser, name, device, town):
    """The sentence, the answer, a question, and two wrong answers."""
    value_of, sentence, answer, questions = SECTIONS_KNOWN[name]
    values = []
    while len(values) < 3:
        value = value_of(chooser.one)
        if value not in values:
            values.append(value)
    words = {"d": device, "t": town, "v": values[0], "w": chooser.one(ROLES)}
    wrong = [answer.format(**{**words, "v": value}) for value in values[1:]]
    return sentence.format(**words), answer.format(**words), chooser.one(questions).format(**words), wrong


def make_runbook(chooser, index, device, depot, other):
    """(file name, text, [question with its gold passage])."""
    town, code = DEPOTS[depot], f"rb-{index:02d}"
    title = f"{device.capitalize()} at {town} (depot {depot})"
    lines = [f"# {title}", "", f"Team: {chooser.one(TEAMS)}. Reviewed in week {chooser.one(range(1, 53))}.", ""]
    lines += chooser.several(NOISE, 3)
    asked = []
    for name in chooser.several(list(SECTIONS_KNOWN), SECTIONS):
        sentence, answer, question, wrong = make_section(chooser, name, device, town)
        said = chooser.several(NOISE, 5 + int(chooser.random() * 3))
        said.insert(int(chooser.random() * (len(said) + 1)), sentence)
        lines += ["", f"## {name}", "", *said]
        passage = f"{code}#{name.lower().replace(' ', '-')}"
        gold = {"passage": passage, "runbook": code, "section": name, "sentence": sentence}
        asked.append({"question": question, "answer": answer, "wrong": wrong, "gold": gold})
    slug = f"{device} {town}".lower().replace(" ", "-")
    lines += [
        "",
        "## See also",
        "",
        f"The {device} at {DEPOTS[other]} is of another make, and so has a runbook of its own.",
    ]
    lines += [f"There you find {ELSEWHERE[name]}." for name in chooser.several(list(ELSEWHERE), 9)]
    lines += [f"Do not mix up {town} and {DEPOTS[other]}: at {DEPOTS[other]} the {device} came later."]
    return f"{code}-{slug}.md", "\n".join(lines) + "\n", asked


def generate(seed, questions, unanswerable):
    """({file name: text}, questions, facts)."""
    chooser, files, asked = Chooser(seed), {}, []
    pairs = places(chooser)
    for index, (device, depot) in enumerate(pairs, 1):
        other = next(place for name, place in pairs if name == device and place != depot)
        name, text, more = make_runbook(chooser, index, device, depot, other)
        files[name] = text
        asked += more
    chosen = chooser.several(asked, questions)
    nowhere = [text.format(d=device, t=DEPOTS[depot]) for text in NOWHERE for device, depot in pairs]
    empty = [{"question": text, "answer": None, "gold": None} for text in chooser.several(nowhere, unanswerable)]
    rows = [
        {
            "id": f"q{index:03d}",
            "question": row["question"],
            "answerable": row["gold"] is not None,
            "answer": row["answer"],
            "gold": row["gold"],
        }
        for index, row in enumerate(chooser.several([*chosen, *empty], questions + unanswerable), 1)
    ]
    facts = [
        {"question": row["question"], "answer": row["answer"], "wrong": row["wrong"], "passage": row["gold"]["passage"]}
        for row in chosen
    ]
    return files, rows, facts


def write_lines(path, rows):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_folder(path, files):
    os.makedirs(path, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(path, name), "w", encoding="utf-8", newline="\n") as out:
            out.write(text)


def write(what, path, files, questions, facts):
    if what == "runbooks":
        write_folder(path, files)
    elif what == "questions":
        write_lines(path, questions)
    elif what == "facts":
        write_lines(path, facts)
    else:
        write_folder(os.path.join(path, "runbooks"), files)
        write_lines(os.path.join(path, "questions.jsonl"), questions)
        write_lines(os.path.join(path, "facts.jsonl"), facts)


def main(argv=None):
    parser = argparse.ArgumentParser(description="Writes runbooks of Tidewater Parcels, and questions about them.")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", required=True, metavar="PATH")
    parser.add_argument("--what", choices=("all", "runbooks", "questions", "facts"), default="all")
    parser.add_argument("--questions", type=int, default=100, metavar="N", help="that a runbook answers")
    parser.add_argument("--unanswerable", type=int, default=20, metavar="N", help="that none answers")
    arguments = parser.parse_args(argv)
    for name, most in (("questions", RUNBOOKS * SECTIONS), ("unanswerable", RUNBOOKS * len(NOWHERE))):
        if not 0 <= getattr(arguments, name) <= most:
            parser.error(f"--{name}: expected 0 to {most}")
    made = generate(arguments.seed, arguments.questions, arguments.unanswerable)
    try:
        write(arguments.what, arguments.out, *made)
    except OSError as error:
        print(f"gen_runbooks.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
