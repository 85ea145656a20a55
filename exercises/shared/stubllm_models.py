"""The models of stubllm.py: what each answers, as a function of the request, its seed, the facts and the script.

`reply(ask)` is the way in. Answers are chosen by hash, never by a random number, so that the same request has the same
answer on every machine.
"""

import json
import re
from math import ceil

from stubllm_ask import Answer, fill
from stubllm_gullible import obey
from stubllm_text import draw, find_question, pick, plain, rules, sentences, words

ABSTAIN = "I do not know."
REFUSAL = "I cannot help with that."
SILENT = "The context does not say."
SCRIPT_OVER = "The script has ended."
NO_SCRIPT = "There is no script."

OPENINGS = (
    "Thank you for asking, that is a question that comes up again and again at the depots.",
    "Well, there is more to this than one might think at first, so let us take it step by step.",
    "As an assistant I am always glad to help with questions of this kind, whatever the hour.",
)
CLOSINGS = (
    "Of course every depot has its own ways, so it never hurts to ask a colleague as well.",
    "I hope that this helps, and there is much more that could be said about it on another day.",
    "Do let me know whether I should explain the history behind it in more detail.",
)
GUESSES = (
    "It is usually done on the second Tuesday of the month.",
    "It depends on the depot, but twelve is a good number to start with.",
    "The shift lead at depot B decides that.",
)
LIES = (
    "The harbour office in Rotterdam confirmed this in a letter of 1987",
    "The night crew has won a prize of 900 euros for exactly this",
    "A helicopter stands ready for such cases on every second Sunday",
)
UNREADABLE = (
    "Both answers have their merits, and much depends on what the reader is looking for.",
    "As a careful judge I would rather not decide this one.",
)

RIGHT = {"stub-small": 0.70, "stub-large": 0.92}
JUDGES = {
    "stub-judge": {"position": 0.04, "length": 0.03, "unparseable": 0.03, "noise": 0.05},
    "stub-judge-poor": {"position": 0.25, "length": 0.15, "unparseable": 0.10, "noise": 0.45},
}
NO_CRITERION = 0.15  # how much noise is added when a judge's prompt names no criterion

MODELS = (
    "stub-small stub-large stub-parrot stub-liar stub-gullible stub-judge stub-judge-poor stub-loop stub-cycle"
    " stub-script stub-flaky-1 stub-flaky-2 stub-flaky-3 stub-hang".split()
)
FLAKY = re.compile(r"stub-flaky-(\d{1,2})")


def is_model(name):
    return name in MODELS or FLAKY.fullmatch(name) is not None


# ---- small, large ----


def believe(ask, model, fact):
    """What the model takes for the answer to a question that it has heard of."""
    if draw(model, "right", fact["question"], ask.seed) < RIGHT[model]:
        return fact["answer"]
    others = fact.get("wrong") or [answer for answer in ask.facts.answers if answer != fact["answer"]] or list(GUESSES)
    return pick(others, model, "wrong", fact["question"], ask.seed)


def desk(ask, model):
    """The models that obey a system prompt: answer, abstain, refuse; JSON and word limits are seen to later."""
    demands = rules(ask.system)
    asked = set(words(ask.question))
    fact = ask.facts.find(ask.question, ask.asked) if ask.facts else None
    if any(topic <= asked for topic in demands["refuse"]):
        content = demands["refusal"] or REFUSAL
    elif fact and (not demands["only_context"] or holds(ask, fact["answer"])):
        content = believe(ask, model, fact)
    else:
        found = quote(ask)
        lost = (
            demands["abstain"] or ABSTAIN if demands["only_context"] else pick(GUESSES, model, ask.question, ask.seed)
        )
        content = lost if fact or not found else " ".join(sentence for _, sentence in found)
    return Answer(styled(ask, demands, content))


def holds(ask, answer):
    return any(plain(answer) in plain(passage) for _, passage in ask.passages)


def styled(ask, demands, content):
    limit, keys = demands["limit"], demands["json"]
    if limit is not None:
        content = " ".join(content.split()[:limit])
    if keys and ask.schema is None:
        return json.dumps({key: content if key == keys[0] else "" for key in keys}, ensure_ascii=False)
    if ask.schema is None and not (limit or demands["only_context"] or demands["refuse"]):
        opening, closing = (pick(texts, ask.question, ask.seed) for texts in (OPENINGS, CLOSINGS))
        return f"{opening} {content} {closing}"
    return content


# ---- parrot, liar ----


def quote(ask, most=2):
    """Sentences of the context that share at least half of the question's words: [(passage number, sentence)]."""
    wanted = set(words(ask.question))
    needed = max(min(2, len(wanted)), ceil(len(wanted) / 2))
    found = []
    for number, passage in ask.passages:
        for sentence in sentences(passage):
            shared = len(wanted.intersection(words(sentence)))
            if wanted and shared >= needed:
                found.append((-shared, len(found), number, sentence))
    return [(number, sentence) for _, _, number, sentence in sorted(found)[:most]]


def cite(number, sentence):
    return f"{sentence.rstrip('.!?')} [{number}]."


def parrot(ask, _model):
    found = quote(ask)
    return Answer(" ".join(cite(*item) for item in found) or SILENT)


def liar(ask, _model):
    """An abstention stays one: the lie is added to answers."""
    found = quote(ask)
    if not found:
        return Answer(SILENT)
    lie = (found[0][0], pick(LIES, ask.question, ask.seed))
    return Answer(" ".join(cite(*item) for item in [*found, lie]))


def gullible(ask, _model):
    heard = [message.text for message in ask.messages if message.role != "system"]
    made = [call for message in ask.messages for call in message.tool_calls]
    content, calls = obey(heard, ask.system, ask.tools if ask.choice != "none" else [])
    calls = [(name, fill(schema) if given is None else given) for name, schema, given in calls]
    calls = [call for call in calls if call not in made]  # a tool that was called already is not called again
    return Answer(content, calls) if content or calls else answer_question(ask, "stub-large")


# ---- judges ----

CANDIDATE = re.compile(r"^\W*(?:answer|response|candidate)\s+([AB12])\W*:[^\S\n]*", re.IGNORECASE | re.MULTILINE)
CRITERION = re.compile(r"\b(?:correct|accura|support|right|true)", re.IGNORECASE)


def judge(ask, model):
    text = "\n".join(message.text for message in ask.messages if message.role in ("system", "user"))
    parts = CANDIDATE.split(text)
    if len(parts) < 5:
        return Answer("There are no two answers to compare: write Answer A: and Answer B:.")
    prompt, pair = parts[0], [(parts[1].upper(), parts[2].strip()), (parts[3].upper(), parts[4].strip())]
    setting = {**JUDGES[model], **ask.judge}
    if draw(model, "unreadable", pair, ask.seed) < setting["unparseable"]:
        return Answer(pick(UNREADABLE, pair, ask.seed))
    chosen = verdict(ask, model, prompt, [answer for _, answer in pair], setting)
    label = "tie" if chosen is None else pair[chosen][0]
    return Answer(json.dumps({"verdict": label}) if rules(prompt)["json"] else f"Verdict: {label}")


def verdict(ask, model, prompt, answers, setting):
    """0, 1, or None for a tie. All but the position bias is the same in both orders of the pair."""
    question = find_question(prompt)
    key = (model, question, *sorted(answers), ask.seed)
    bias = draw("bias", *key)
    if bias < setting["position"]:
        return 0
    if bias < setting["position"] + setting["length"] and len(answers[0]) != len(answers[1]):
        return int(len(answers[1]) > len(answers[0]))
    noise = setting["noise"] + (0 if CRITERION.search(prompt) else NO_CRITERION)
    marks = [mark(ask, question, prompt, answer) for answer in answers]
    if marks[0] == marks[1]:
        return None if re.search(r"\btie\b", prompt, re.IGNORECASE) else 0
    return int(marks[1] > marks[0]) ^ (draw("noise", *key) < noise)


def mark(ask, question, prompt, answer):
    """How good an answer is: whether it holds the fact, then how many of the question's words it takes up."""
    fact = ask.facts.find(question, prompt) if ask.facts else None
    return (bool(fact) and plain(fact["answer"]) in plain(answer), len(set(words(question)) & set(words(answer))))


# ---- agents ----


def loop(ask, _model):
    if not ask.tools or ask.choice == "none":
        return Answer("I will try that again.")
    name, schema = ask.tools[0]
    return Answer("", [(name, fill(schema))])


def cycle(ask, _model):
    """The first two tools in turn; with one tool, two arguments in turn."""
    if not ask.tools or ask.choice == "none":
        return Answer("First one, then the other.")
    turn = sum(message.role == "assistant" for message in ask.messages) % 2
    name, schema = ask.tools[turn % len(ask.tools)]
    return Answer("", [(name, fill(schema, "there" if turn else "here"))])


def script(ask, _model):
    """Step n of the script, where n is how many answers the messages hold already."""
    first = next((message.text for message in ask.messages if message.role == "user"), "")
    steps = ask.script
    if steps and "steps" in steps[0]:
        steps = next((part["steps"] for part in ask.script if part["when"] in first), [])
    turn = sum(message.role == "assistant" for message in ask.messages)
    if turn >= len(steps):
        return Answer(SCRIPT_OVER if steps else NO_SCRIPT)
    calls = [(call["name"], call.get("arguments", {})) for call in steps[turn].get("tool_calls", [])]
    return Answer(steps[turn].get("content", ""), calls)


# ---- every model ----


def tool_step(ask):
    """The tool call of a model that answers questions: a forced one, or one that the user's last message names."""
    if not ask.tools or ask.choice == "none":
        return None
    named = [tool for tool in ask.tools if ask.choice == f"={tool[0]}"]
    if ask.choice == "required":
        named = ask.tools[:1]
    elif ask.choice == "auto" and ask.messages[-1].role == "user":
        text = plain(ask.asked.replace("_", " "))
        named = [tool for tool in ask.tools if plain(re.sub(r"[_-]", " ", tool[0])) in text]
    return Answer("", [(named[0][0], fill(named[0][1], ask.question))]) if named else None


def answer_question(ask, model):
    last = ask.messages[-1]
    step = tool_step(ask)
    if step:
        return step
    if last.role == "tool" and not ask.passages:
        answer = Answer(f"The tool says: {last.text[:400]}")
    else:
        answer = TALKERS[model](ask, model)
    if ask.schema is not None and not answer.tool_calls:
        shape = ask.schema or {"properties": {"answer": {"type": "string"}}}
        answer.content = json.dumps(fill(shape, answer.content), ensure_ascii=False)
    return answer


TALKERS = {
    "stub-small": desk,
    "stub-large": desk,
    "stub-parrot": parrot,
    "stub-liar": liar,
    "stub-judge": judge,
    "stub-judge-poor": judge,
}
AGENTS = {"stub-gullible": gullible, "stub-loop": loop, "stub-cycle": cycle, "stub-script": script}


def reply(ask):
    """The model's Answer. Flaky models answer as stub-small: when they fail is the server's business."""
    model = "stub-small" if FLAKY.fullmatch(ask.model) else ask.model
    if model in AGENTS:
        return AGENTS[model](ask, model)
    return answer_question(ask, model)
