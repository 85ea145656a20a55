"""The client: answers with whoever is champion now."""

import json

from tools.latemodel import ModelError, score

from late.registry import RegistryError


class Models:
    """Models by version. A version never changes, so each is fetched once; who is champion is asked every time."""

    def __init__(self, registry):
        self.registry, self.known = registry, {}

    def champion(self):
        version = self.registry.alias("champion")
        if version is None:
            raise RegistryError(f"{self.registry.name} has no champion")
        if version not in self.known:
            self.known[version] = self.registry.model(version)
        return version, self.known[version]


def answer(models, line):
    try:
        parcel = json.loads(line)
        if not isinstance(parcel, dict):
            raise ModelError("a parcel is an object")
        version, model = models.champion()
        chance = score(model, parcel)
    except (ValueError, RecursionError, RegistryError) as error:
        return {"error": str(error)}
    return {"version": version, "score": chance, "late": chance >= model["threshold"]}


def serve(registry, requests, answers):
    """Answers each parcel, a line of JSON, by a line of JSON."""
    models = Models(registry)
    for line in requests:
        print(json.dumps(answer(models, line)), file=answers)
