"""What a request has to be, field by field, without a framework's help."""

import datetime
import json
from math import isfinite


class Refused(Exception):
    def __init__(self, status, message, field=None):
        super().__init__(message)
        self.status, self.field = status, field


def number(low, high, whole=False):
    def judge(value):
        is_number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        return is_number and isfinite(value) and low <= value <= high
    return judge


def choice(*values):
    return lambda value: isinstance(value, str) and value in values


def is_time(value):
    try:
        datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    except (TypeError, ValueError):
        return False
    return True


FIELDS = {
    "created_at": is_time,
    "depot": choice(*"ABCDEF"),
    "tier": choice("economy", "standard", "express"),
    "weight_kg": number(0.05, 60),
    "distance_km": number(1, 1500),
    "stops": number(1, 100, whole=True),
    "weather": choice("clear", "rain", "snow", "storm"),
}


def judge_parcel(parcel):
    if not isinstance(parcel, dict):
        raise Refused(400, "a parcel is an object", "parcels")
    for name in parcel.keys() - FIELDS.keys():
        raise Refused(400, "unknown field", name[:40])
    for name, holds in FIELDS.items():
        if not holds(parcel.get(name)):
            raise Refused(400, "missing, or not allowed", name)


def parcels_of(body, content_type):
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "send application/json")
    try:
        request = json.loads(body)
    except ValueError:
        raise Refused(400, "this is no JSON") from None
    if not isinstance(request, dict) or not isinstance(request.get("parcels"), list):
        raise Refused(400, "an object with a list", "parcels")
    for name in request.keys() - {"parcels"}:
        raise Refused(400, "unknown field", name[:40])
    if not 1 <= len(request["parcels"]) <= 100:
        raise Refused(413, "1 to 100 of them", "parcels")
    for parcel in request["parcels"]:
        judge_parcel(parcel)
    return request["parcels"]
