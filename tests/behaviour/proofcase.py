"""An exercise whose proof holds, and what is done to it: for the tests of lab author test."""
import json

from labcase import LabCase

SUM = """\
import sys

def total(numbers):
    result = 0
    for number in numbers:
        result = result + number
    return result

def main():
    with open(sys.argv[1]) as file:
        numbers = [int(line) for line in file]
    print(len(numbers))
    if {guard}:
        print(total(numbers))

main()
"""
GENERATOR = """\
import random, sys
seed, out = (sys.argv[sys.argv.index(name) + 1] for name in ("--seed", "--out"))
draw = random.Random(seed)
with open(out, "w") as file:
    for _ in range(5):
        file.write(f"{draw.randint(10, 99)}\\n")
"""
COUNT = """\
local lines = t:run{"python", "sum.py", private("gen.py", {seed = seed()})}:ok():lines()
expect(lines[1], "the first line, the count"):equals("5"):because("count")
"""
TOTAL = """\
local data = private("gen.py", {seed = seed()})
local lines = t:run{"python", "sum.py", data}:ok():lines()
local total = 0
for number in file(data):text():gmatch("%d+") do total = total + tonumber(number) end
expect(lines[2], "the second line, the sum"):equals(tostring(total)):because("sum")
"""
EXTRA = {"total": "    decisive: true\n    hints:\n      - when: sum\n        say: Add all of them.\n"}


class ProofCase(LabCase):
    def proved_exercise(self, name="one", **checks):
        """An exercise whose proof holds: a count that the start gets right, and a sum that it does not print."""
        folder = self.exercise(name, {"count": COUNT, "total": TOTAL, **checks}, {"sum.py": SUM.format(guard="False")},
                               check_extra=EXTRA)
        text = (folder / "exercise.yaml").read_text()
        (folder / "exercise.yaml").write_text(text.replace("id: count\n    title: The check called count\n    points: 10",
                                                           "id: count\n    title: The count\n    points: 5"))
        (folder / "private").mkdir()
        (folder / "private/gen.py").write_text(GENERATOR)
        (folder / "solution").mkdir()
        (folder / "solution/sum.py").write_text(SUM.format(guard="True"))
        self.wrong(folder, "off-by-one", SUM.format(guard="True").replace("result = 0", "result = 1"), "[total]", "reason: sum")
        self.wrong(folder, "counts-more", SUM.format(guard="True").replace("len(numbers)", "len(numbers) + 1"), "[count]",
                   "reason: count\nmessage: the first line")
        return folder

    def wrong(self, folder, name, text, fails, more=""):
        variant = folder / "wrong" / name
        variant.mkdir(parents=True)
        (variant / "sum.py").write_text(text)
        (variant / "wrong.yaml").write_text(f"why: It is wrong.\nfails: {fails}\n{more}\n")

    def change(self, path, old, new):
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def prove(self, *words, status=0, **options):
        """The case_done events by name, and the proof_done event, of exercise one."""
        done = self.lab("author", "test", "one", "--json", "--repeat", "2", *words, **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        cases = {event["case"]: event for event in events if event["event"] == "case_done"}
        return cases, next(event for event in events if event["event"] == "proof_done")

    def faults(self, *words):
        """All faults of exercise one, which is not proved, as one text."""
        cases, proof = self.prove(*words, status=1)
        return "\n".join([f"{name}: {fault}" for name, case in cases.items() for fault in case["faults"]] + proof["faults"])
