"""Spans of OTLP/JSON, checked and made plain: for otlpsink.py.

A request with a fault in it is refused whole, with the place of the fault. Fields that nobody knows are ignored, as
OTLP demands of receivers.
"""

import base64
import binascii
import re

from labhttp import Refusal

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
CODES = ("unset", "ok", "error")
DEPTH_MOST = 16  # of an attribute's value


def demand(holds, place, expected):
    if not holds:
        raise Refusal(400, f"{place}: expected {expected}")


def members(parent, key, place):
    """The objects of a list, each with its place; a list that is absent is empty."""
    demand(isinstance(parent, dict), place, "an object")
    items = parent.get(key)
    demand(items is None or isinstance(items, list), f"{place}.{key}".lstrip("."), "a list")
    for index, item in enumerate(items or []):
        where = f"{place}.{key}[{index}]".lstrip(".")
        demand(isinstance(item, dict), where, "an object")
        yield item, where


def child(parent, key, place):
    value = parent.get(key)
    demand(value is None or isinstance(value, dict), f"{place}.{key}", "an object")
    return value or {}


def read_request(request):
    """The spans of an ExportTraceServiceRequest, as they stand in the file. Unknown fields are ignored."""
    demand(isinstance(request, dict), "the body", "an object with resourceSpans")
    found = []
    for resource_spans, place in members(request, "resourceSpans", ""):
        resource = child(resource_spans, "resource", place)
        about = read_attributes(resource, f"{place}.resource")
        for scope_spans, scope_place in members(resource_spans, "scopeSpans", place):
            scope = read_text(child(scope_spans, "scope", scope_place), "name", f"{scope_place}.scope")
            for span, span_place in members(scope_spans, "spans", scope_place):
                found.append({**read_span(span, span_place), "resource": about, "scope": scope})
    return found


def read_span(span, place):
    status = child(span, "status", place)
    return {
        "traceId": read_id(span, "traceId", 32, place),
        "spanId": read_id(span, "spanId", 16, place),
        "parentSpanId": read_id(span, "parentSpanId", 16, place) if span.get("parentSpanId") else "",
        "name": read_text(span, "name", place),
        "kind": read_word(span, "kind", KINDS, place),
        "startTimeUnixNano": read_time(span, "startTimeUnixNano", place),
        "endTimeUnixNano": read_time(span, "endTimeUnixNano", place),
        "attributes": read_attributes(span, place),
        "events": [read_event(event, where) for event, where in members(span, "events", place)],
        "links": [read_link(link, where) for link, where in members(span, "links", place)],
        "status": {
            "code": read_word(status, "code", CODES, f"{place}.status"),
            "message": read_text(status, "message", f"{place}.status"),
        },
    }


def read_event(event, place):
    return {
        "name": read_text(event, "name", place),
        "timeUnixNano": read_time(event, "timeUnixNano", place),
        "attributes": read_attributes(event, place),
    }


def read_link(link, place):
    return {
        "traceId": read_id(link, "traceId", 32, place),
        "spanId": read_id(link, "spanId", 16, place),
        "attributes": read_attributes(link, place),
    }


def read_text(parent, key, place):
    text = parent.get(key, "")
    demand(isinstance(text, str), f"{place}.{key}", "a text")
    return text


def read_id(parent, key, digits, place):
    """In OTLP/JSON ids are hexadecimal, not base64 as other bytes are."""
    text = parent.get(key)
    fits = isinstance(text, str) and re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", text) and text.strip("0")
    demand(fits, f"{place}.{key}", f"{digits} hexadecimal digits, not all 0")
    return text.lower()


def read_integer(value, place):
    """A number, or a text of digits: JSON's numbers do not hold 64 bits everywhere."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        value = int(value)
    fits = isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
    demand(fits, place, "a 64-bit integer, as a number or a text")
    return value


def read_time(parent, key, place):
    time = read_integer(parent.get(key), f"{place}.{key}")
    demand(time >= 0, f"{place}.{key}", "nanoseconds since 1970")
    return time


def read_word(parent, key, words, place):
    """An enum: OTLP/JSON writes its number."""
    number = read_integer(parent.get(key, 0), f"{place}.{key}")
    demand(0 <= number < len(words), f"{place}.{key}", f"a number from 0 to {len(words) - 1}")
    return words[number]


def read_attributes(parent, place, key="attributes", depth=0):
    found = {}
    for item, where in members(parent, key, place):
        name = item.get("key")
        demand(isinstance(name, str) and name and name not in found, f"{where}.key", "a text that no other has")
        found[name] = read_value(item.get("value"), f"{where}.value", depth)
    return found


def read_value(value, place, depth):
    """An AnyValue: an object with one of the fields below, or none."""
    demand(value is None or isinstance(value, dict), place, 'an object such as {"stringValue": …}')
    demand(depth < DEPTH_MOST, place, f"at most {DEPTH_MOST} levels")
    known = [key for key in value or {} if key in VALUES]
    demand(len(known) <= 1, place, "one value")
    return VALUES[known[0]](value[known[0]], f"{place}.{known[0]}", depth) if known else None


def read_plain(*kinds):
    def read(value, place, _depth):
        demand(isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)), place, kinds[0].__name__)
        return value

    return read


def read_double(value, place, _depth):
    fits = value in ("NaN", "Infinity", "-Infinity") if isinstance(value, str) else isinstance(value, (int, float))
    demand(fits and not isinstance(value, bool), place, "a number")
    return value


def read_bytes(value, place, _depth):
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        demand(False, place, "base64")
    return value


def read_array(value, place, depth):
    return [read_value(item, where, depth + 1) for item, where in members(value, "values", place)]


VALUES = {
    "stringValue": read_plain(str),
    "boolValue": read_plain(bool),
    "intValue": lambda value, place, _depth: read_integer(value, place),
    "doubleValue": read_double,
    "bytesValue": read_bytes,
    "arrayValue": read_array,
    "kvlistValue": lambda value, place, depth: read_attributes(value, place, "values", depth + 1),
}
