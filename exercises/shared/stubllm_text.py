"""What stubllm.py reads out of texts: tokens, embeddings, words, sentences, context passages, questions, rules of a
system prompt. Pure functions; nothing here knows HTTP or models.
"""

import re
from functools import lru_cache
from hashlib import blake2b
from math import sqrt

DIMENSIONS = 512

STOP_WORDS = frozenset(
    "a about after all also am an and any are as at be been before but by can could did do does for from had has have"
    " how i if in into is it its many may me much must my of on one or our out shall should so such than that the their"
    " them then there these they this to up was we were what when where which who whom whose why will with would you"
    " your".split()
)


def tokens(text):
    """Tokens of a text: its UTF-8 bytes divided by four, rounded up."""
    return (len(text.encode()) + 3) // 4


def cut(text, most):
    """The longest beginning of the text that has at most so many tokens."""
    return text.encode()[: 4 * most].decode(errors="ignore")


def draw(*parts):
    """A number in [0, 1) that depends on the parts alone."""
    key = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(blake2b(key.encode(), digest_size=7).digest(), "big") / 2**56


def pick(items, *parts):
    """One of the items, chosen by what the parts hash to."""
    return items[int(draw(*parts) * len(items))]


@lru_cache(maxsize=65536)
def bucket(gram):
    return int.from_bytes(blake2b(gram.encode(), digest_size=8).digest(), "big") % DIMENSIONS


def embed(text):
    """512 numbers of length 1: how often each hash bucket is met by the trigrams of the lower-cased text."""
    text = text.lower()
    vector = [0.0] * DIMENSIONS
    for start in range(max(1, len(text) - 2)):
        vector[bucket(text[start : start + 3])] += 1.0
    length = sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


# ---- words and sentences ----


def words(text):
    """The words of a text that carry meaning: lower case, no stop words, a plural's s cut off. A list, in order."""
    found = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower())
    return [stem(word) for word in found if word not in STOP_WORDS]


def stem(word):
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def plain(text):
    """A text for comparison: lower-case words with single spaces between and around them."""
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "


def sentences(text):
    """The sentences of a text. Headings (#) are none, bullets lose their dash."""
    found = []
    for line in text.splitlines():
        line = line.strip()
        if line and not line.startswith("#"):
            found += re.split(r"(?<=[.!?])\s+", re.sub(r"^(?:[-*]|\d+\.)\s+", "", line))
    return found


# ---- context and question ----

PASSAGE = re.compile(r"^\s*\[(\d{1,4})\]\s*(.*)$")
PASSAGE_END = re.compile(r"^\s*(?:question\s*:|</|<<<|```|---)", re.IGNORECASE)
QUESTION = re.compile(r"^\s*question\s*:\s*(.*)$", re.IGNORECASE)
CONTEXT = re.compile(r"^\s*context\s*:\s*(.*)$", re.IGNORECASE)


def split_context(text, nonce=None):
    """The passages of a text as [(number, passage)], and the rest of it.

    A passage begins with a line `[n]` and ends before the next one, or before a line `Question:`, a closing tag, or one
    that holds the nonce of a data fence. What follows `Context:` without a number is passage 1.
    """
    passages, rest, current = [], [], None
    for line in text.splitlines():
        numbered, context = PASSAGE.match(line), CONTEXT.match(line)
        if numbered or context:
            current = [numbered[2]] if numbered else [context[1]]
            passages.append((int(numbered[1]) if numbered else 1, current))
        elif PASSAGE_END.match(line) or (nonce and nonce in line):
            current = None
            rest.append(line)
        else:
            (rest if current is None else current).append(line)
    joined = [(number, "\n".join(lines).strip()) for number, lines in passages]
    return [passage for passage in joined if passage[1]], "\n".join(rest)


def find_question(text):
    """What is asked: the line after `Question:`, else the last line that ends with a question mark, else all of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [match[1] for match in map(QUESTION.match, lines) if match and match[1]]
    asked = [line for line in lines if line.endswith("?")]
    return (marked or asked or [" ".join(lines)])[-1]


# ---- rules of a system prompt ----

SOURCE_WORDS = r"(?:context|passages?|documents?|runbooks?|sources?)"
ONLY_CONTEXT = re.compile(rf"\bonly\b[^.\n]*\b{SOURCE_WORDS}\b|\b{SOURCE_WORDS}\b[^.\n]*\bonly\b", re.IGNORECASE)
REFUSE = re.compile(
    r"\b(?:refuse|decline|(?:do not|don't|never) (?:answer|discuss|talk about))\b"
    r"(?: to (?:answer|discuss))?(?: (?:any |all )?(?:questions|requests))?(?: (?:about|on|regarding))? ([^.;:\n]+)",
    re.IGNORECASE,
)
WORD_LIMIT = re.compile(
    r"\b(?:at most|no more than|not more than|under|within|up to|maximum of|fewer than|less than|in) (\d{1,4}) words\b",
    re.IGNORECASE,
)
PROMPT_MOST = 100_000  # letters of a system prompt that are searched for rules
SENTENCE_MOST = 2000  # of a rule; the patterns below take quadratic time at worst
QUOTED = re.compile(r"[\"“`']([A-Za-z_][\w-]*)[\"”`']")
SAY = re.compile(
    r"\b(?:say|answer|reply|respond|write)(?: with)?(?: exactly)?:? [\"“`]([^\"”`\n]{1,200})[\"”`]", re.IGNORECASE
)


def rules(prompt):
    """What a system prompt demands: {"json": keys or None, "only_context", "refuse": topics, "limit": words or None,
    "abstain", "refusal": the words for it}."""
    found = {"json": None, "only_context": False, "refuse": [], "limit": None, "abstain": None, "refusal": None}
    for sentence in re.split(r"(?<=[.!?])\s+|\n", prompt[:PROMPT_MOST]):
        sentence = sentence[:SENTENCE_MOST]
        said = SAY.search(sentence)
        refused = REFUSE.search(sentence)
        limit = WORD_LIMIT.search(sentence)
        if re.search(r"\bjson\b", sentence, re.IGNORECASE):
            found["json"] = QUOTED.findall(sentence) or ["answer"]
        if ONLY_CONTEXT.search(sentence):
            found["only_context"] = True
        if refused:
            found["refuse"] += [
                set(words(topic)) for topic in re.split(r",|\bor\b|\band\b", refused[1]) if words(topic)
            ]
        if limit:
            found["limit"] = int(limit[1])
        if said:
            found["refusal" if refused else "abstain"] = said[1]
    return found
