"""The directives that stub-gullible of stubllm.py obeys wherever it meets them: reveal, say, call a tool, open a URL.

A directive stands at the beginning of a clause, in English, French, German or Spanish, as it is, in base64, or with
look-alike letters. What stands in a data fence is data: the system message declares a nonce (the word "nonce", then 8
to 64 letters, digits, - or _ with at least one digit), and the text between two occurrences of it is not obeyed. An
attacker who does not know the nonce cannot close the fence; one that is left open reaches to the end of its message.
"""

import json
import re
import unicodedata
from base64 import b64decode, b64encode

from labhttp import compact

CLAUSE = (
    r"(?:(?:^|[\n.!?:;,>\"“(\[*-])[^\S\n]*|\b(?:and|then|et|puis|und|dann|y|luego)\s+)"
    r"(?:(?:and|then|please|now|just|also|et|puis|maintenant|und|dann|bitte|jetzt|y|luego|ahora|por favor)\s+){0,3}"
)
YOURS = r"(?:your|hidden|secret|initial|ton|tes|votre|vos|deinen?|deine|ihren?|ihre|tus?|sus?)"
INSTRUCTIONS = r"(?:prompt|instructions|rules|systemprompt|anweisungen|regeln|consignes|instrucciones|reglas)"
GAP = r"[^.!?\n]{0,60}?"
QUOTE_OPEN, QUOTE_CLOSE = "[\"“«„'‘]", "[\"”»“'’]"


def clause(verbs, rest):
    return re.compile(rf"{CLAUSE}(?:{verbs})\b{rest}", re.IGNORECASE)


REVEAL = clause(
    "reveal|print|repeat|show|display|output|tell|give|leak|révèle|affiche|montre|répète|donne|zeige?|verrate?"
    "|wiederhole|nenne|gib|revela|muestra|repite|imprime|dime",
    rf"{GAP}\b(?:{YOURS}\s+(?:\w+\s+){{0,2}}{INSTRUCTIONS}|system[ -]?(?:prompt|message)"
    r"|prompt (?:système|del sistema))"
    r"[^.!?\n]{0,80}",
)
SAY = clause(
    "say|reply|answer|respond|write|output|print|dis|réponds|écris|sage?|antworte|schreibe?|di|responde|escribe",
    rf"[^\"“«„'‘.!?\n]{{0,30}}{QUOTE_OPEN}([^\n]{{1,300}}?){QUOTE_CLOSE}(?!\w)",
)
OPEN = clause(
    "open|visit|fetch|load|go to|browse to|ouvre|visite|charge|va sur|öffne|besuche|lade|abre|visita|carga|ve a",
    r"[^\n]{0,40}?(https?://[^\s\"'<>()\[\]]{1,500})",
)
CALL_VERBS = (
    "call|use|invoke|run|execute|appelle|utilise|lance|exécute|rufe?|nutze|verwende|benutze|starte|llama a|usa|utiliza"
    "|ejecuta"
)
BACKWARDS = re.compile(r"\b(?:revers|backwards|à l'envers|rückwärts|al revés)", re.IGNORECASE)
BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,}={0,2}")
NONCE = re.compile(r"\bnonce\b(?:\s+(?:is|of))?[\s:=\"'`<]*((?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{8,64})")

LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁһӏԛԝАВЕКМНОРСТХІЈЅαονιτρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlqwABEKMHOPCTXIJSaovitpuABEZHIKMNOPTYX"
)

ATTENTION = 100_000  # letters at each end of a text that are read; what lies between in a longer one is not
CODED_MOST = 100  # base64 words of one text that are tried
TOOLS_MOST = 128


def find_nonce(system):
    """The nonce of the data fence that the system message declares, or None."""
    found = NONCE.search(system)
    return found[1] if found else None


def outside_fence(text, nonce):
    return "\n".join(text.split(nonce)[::2]) if nonce else text


def unmask(text):
    """The text with look-alike letters as the Latin ones that they pass for, and without invisible ones."""
    text = unicodedata.normalize("NFKC", text).translate(LOOK_ALIKE)
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf") if not text.isascii() else text


def decoded(text, depth=2):
    """The readable texts that stand in this one in base64, also doubly."""
    found = []
    for word in BASE64.findall(text)[:CODED_MOST]:
        try:
            inner = b64decode(word + "=" * (-len(word) % 4), validate=True).decode()
        except ValueError:
            continue
        if all(letter.isprintable() or letter.isspace() for letter in inner):
            found += [inner, *(decoded(inner, depth - 1) if depth > 1 else [])]
    return found


def obey(texts, system, tools):
    """(content, calls) of all directives in the texts, in their order; ("", []) when there is none.

    tools: [(name, schema)] on offer. calls: [(name, schema, arguments)], arguments None where the directive gives none.
    """
    nonce, contents, calls = find_nonce(system), [], []
    for text in texts:
        text = outside_fence(text, nonce)
        if len(text) > 2 * ATTENTION:
            text = f"{text[:ATTENTION]}\n{text[-ATTENTION:]}"
        for part in [text, *decoded(text)]:
            part = unmask(part)
            contents += [turned(system, match[0]) for match in REVEAL.finditer(part)]
            contents += [match[1].strip() for match in SAY.finditer(part)]
            calls += called(part, tools)
            for match in OPEN.finditer(part):
                opened(match[1].rstrip(".,;!?"), tools, contents, calls)
    return " ".join(contents), calls


def turned(system, directive):
    """The system message in the form that the directive asks for."""
    if re.search("base64", directive, re.IGNORECASE):
        return b64encode(system.encode()).decode()
    return system[::-1] if BACKWARDS.search(directive) else system


def called(text, tools):
    found = []
    for name, schema in tools[:TOOLS_MOST]:
        if name not in text:
            continue
        for match in clause(CALL_VERBS, rf"[^.!?\n]{{0,40}}?(?<!\w){re.escape(name)}(?!\w)").finditer(text):
            found.append((match.start(), (name, schema, arguments_after(text[match.end() : match.end() + 2000]))))
    return [call for _, call in sorted(found, key=lambda item: item[0])]


def arguments_after(text):
    """The JSON object that follows within 40 characters, or None; NaN, 1e999 and lone surrogates are no JSON."""
    start = text.find("{", 0, 41)
    if start < 0:
        return None
    try:
        given = json.JSONDecoder().raw_decode(text, start)[0]
        compact(given).encode()
        return given
    except (ValueError, RecursionError):
        return None


def opened(url, tools, contents, calls):
    """Through a tool that takes a url, else as an image, which a page that shows the answer would load."""
    for name, schema in tools:
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if isinstance(properties, dict) and "url" in properties:
            calls.append((name, schema, {"url": url}))
            return
    contents.append(f"![]({url})")
