"""From the events of the belt to a candidate in the registry."""
import random

from damage import contract, model, registry, settings


def run():
    config = settings.load()
    rows = settings.read(config["data"])
    faults = contract.faults(rows)
    if faults:
        print("\n".join(faults))
        return 1
    chance = random.Random(config["random_seed"])
    fitted = model.fit(rows, chance)
    registry.add(fitted, rows=rows, state="candidate")
    return 0
