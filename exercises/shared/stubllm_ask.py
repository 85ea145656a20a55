"""A request to a model of stubllm.py, its answer, the facts that models know, and values that fit a JSON Schema."""

import json
import operator
import re
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, floor
from urllib.parse import unquote

from stubllm_gullible import find_nonce
from stubllm_text import find_question, plain, split_context

DEPTH_MOST = 8  # of a value that is made for a schema
FILLED_MOST = 50_000  # steps in making one
TRAIL_MOST = 64  # references on the way to one of its parts
BOUNDS = {
    "minimum": operator.ge,
    "exclusiveMinimum": operator.gt,
    "maximum": operator.le,
    "exclusiveMaximum": operator.lt,
}


@dataclass
class Answer:
    content: str = ""
    tool_calls: list = field(default_factory=list)  # of (name, arguments)


@dataclass
class Message:
    role: str
    text: str
    tool_calls: list = field(default_factory=list)  # of (name, arguments)


@dataclass
class Ask:
    """A request, checked. `schema` is of the answer: None for text, {} for any JSON object."""

    model: str
    messages: list
    seed: int = 0
    tools: list = field(default_factory=list)  # of (name, schema of the parameters)
    choice: str = "auto"  # none, auto, required, or the name of a tool after "="
    schema: dict | None = None
    facts: "Facts | None" = None
    script: list = field(default_factory=list)
    judge: dict = field(default_factory=dict)

    def __post_init__(self):
        self.system = "\n".join(message.text for message in self.messages if message.role == "system")
        self.passages, rest, nonce = [], "", find_nonce(self.system)
        for message in self.messages:
            if message.role != "assistant":
                passages, text = split_context(message.text, nonce)
                self.passages += passages
                rest = text if message.role == "user" else rest
        self.asked = rest
        self.question = find_question(rest)


class FactsError(ValueError):
    """A line of the facts is not what it should be; the text says which and why."""


class Facts:
    """What the models know: lines of {"question", "answer", "wrong": [wrong answers]}; other keys are ignored."""

    def __init__(self, lines=(), name="facts"):
        self.rows = {}
        for number, line in enumerate(lines, 1):
            if line.strip():
                row = parse_fact(line, f"{name}:{number}")
                self.rows[plain(row["question"])] = row
        self.answers = [row["answer"] for row in self.rows.values()]

    def find(self, question, asked):
        """The fact that is asked for: of this question, else of the longest question that stands in the text."""
        row = self.rows.get(plain(question))
        if row:
            return row
        text = plain(asked)
        return self.rows.get(max((known for known in self.rows if known in text), key=len, default=""))


def parse_fact(line, place):
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FactsError(f"{place}: no JSON: {error}") from None
    if not isinstance(row, dict):
        raise FactsError(f"{place}: expected an object with question and answer")
    for key in ("question", "answer"):
        if not isinstance(row.get(key), str) or not plain(row[key]).strip():
            raise FactsError(f"{place}: {key} must be a text with at least one word")
    wrong = row.get("wrong", [])
    if not isinstance(wrong, list) or not all(isinstance(item, str) for item in wrong):
        raise FactsError(f"{place}: wrong must be a list of texts")
    return row


# ---- values of a schema ----


def fill(schema, text="again"):
    """A value that the JSON Schema allows: the text where a string may stand, of an enum what the text names, else the first,
    1 for numbers whose bounds allow it. Of alternatives it is the first that is not null."""
    return Filler(schema, text).value(schema)


class Filler:
    """Fills one schema. Its references may name each other: one that would begin again inside of itself is left out, and what
    goes beyond FILLED_MOST is the text."""

    def __init__(self, root, text):
        self.root, self.text, self.plain, self.left = root, text, plain(text), FILLED_MOST

    def value(self, schema, depth=0, trail=frozenset("#")):
        """trail: the references that led here."""
        self.left -= 1
        if depth > DEPTH_MOST or self.left < 0:
            return self.text
        schema, trail = self.settled(schema, trail)
        if not isinstance(schema, dict):
            return self.text
        options = schema.get("enum")
        if isinstance(options, list) and options:
            return self.option(options)
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type", "object" if "properties" in schema or not depth else "string")
        kind = next((item for item in kind if item != "null"), "null") if isinstance(kind, list) else kind
        if kind == "object":
            return self.members(schema.get("properties"), depth, trail)
        if kind == "array":
            return self.items(schema.get("items"), depth, trail)
        if kind in ("integer", "number"):
            return number(schema, kind == "integer")
        return {"string": self.text, "boolean": True, "null": None}.get(kind, 1) if isinstance(kind, str) else self.text

    def option(self, options):
        self.left -= len(options)
        return next((item for item in options if isinstance(item, str) and plain(item) in self.plain), options[0])

    def members(self, properties, depth, trail):
        properties = properties if isinstance(properties, dict) else {}
        return {
            name: self.value(part, depth + 1, trail)
            for name, part in properties.items()
            if not begins_again(part, trail)
        }

    def items(self, items, depth, trail):
        if begins_again(items, trail):
            return []
        kind, _ = self.settled(items, trail)
        if isinstance(kind, dict) and kind.get("type") == "integer":
            return [int(cited) for cited in re.findall(r"\[(\d{1,4})\]", self.text)]
        return [self.value(items, depth + 1, trail)]

    def settled(self, schema, trail):
        """The schema that references and choices lead to, with what stands beside them, and the trail to it."""
        while isinstance(schema, dict):
            rest, ref = dict(schema), schema.get("$ref")
            choice = next((key for key in ("anyOf", "oneOf") if isinstance(schema.get(key), list)), None)
            if isinstance(ref, str):
                del rest["$ref"]
                ends = begins_again(schema, trail) or len(trail) > TRAIL_MOST
                schema, trail = rest | ({} if ends else pointed(self.root, ref)), trail | {ref}
            elif choice:
                options = rest.pop(choice)
                self.left -= len(options)
                schema = rest | chosen(options, trail)
            else:
                break
            self.left -= len(schema)
        return schema, trail


def begins_again(schema, trail):
    ref = schema.get("$ref") if isinstance(schema, dict) else None
    return isinstance(ref, str) and ref in trail


def pointed(root, ref):
    """The schema that a reference within the same one names (RFC 6901, section 6); {} when there is none."""
    if not ref.startswith("#/") and ref != "#":
        return {}
    for part in unquote(ref).split("/")[1:]:
        root = root.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(root, dict) else None
    return root if isinstance(root, dict) else {}


def chosen(options, trail):
    """Of alternatives the first that is neither null nor begins again; else null, if that is one."""
    options = [option for option in options if isinstance(option, dict)]
    nulls = [option for option in options if option.get("type") == "null"]
    others = [option for option in options if option.get("type") != "null" and not begins_again(option, trail)]
    return [*others, *nulls, *options, {}][0]


def number(schema, whole):
    """1, if it is within the bounds of the schema, else one that is."""
    bounds = [(fits, schema[key]) for key, fits in BOUNDS.items() if is_bound(schema.get(key))]
    ends = [end for _, end in bounds]
    if whole:
        near = [near for end in ends for near in (floor(end), ceil(end), floor(end) + 1, ceil(end) - 1)]
    else:
        beside = [end + step for end in ends for step in (1, -1)]
        near = [*ends, *beside, *(sum(two) / 2 for two in combinations(ends, 2))]
    return next((found for found in [1, *near] if all(fits(found, end) for fits, end in bounds)), 1)


def is_bound(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e300
