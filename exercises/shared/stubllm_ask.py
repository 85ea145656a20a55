"""A request to a model of stubllm.py, its answer, and the facts that models know."""

import json
import re
from dataclasses import dataclass, field

from stubllm_gullible import find_nonce
from stubllm_text import find_question, plain, split_context


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


def fill(schema, text="again", depth=0):
    """A value that the JSON Schema allows: the text where a string may stand, of an enum what
    the text names, else the first, 1 for numbers."""
    if not isinstance(schema, dict) or depth > 8:
        return text
    options = schema.get("enum")
    if isinstance(options, list) and options:
        return next((item for item in options if isinstance(item, str) and plain(item) in plain(text)), options[0])
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "object" if "properties" in schema or not depth else "string")
    kind = next((item for item in kind if item != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        return {name: fill(part, text, depth + 1) for name, part in properties.items()}
    if kind == "array":
        cited = [int(number) for number in re.findall(r"\[(\d{1,4})\]", text)]
        items = schema.get("items")
        numbers = isinstance(items, dict) and items.get("type") == "integer"
        return cited if numbers else [fill(items, text, depth + 1)]
    return {"string": text, "boolean": True, "null": None}.get(kind, 1) if isinstance(kind, str) else text
