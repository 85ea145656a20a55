"""What a row has to be."""

BELTS = {"north", "south", "sort"}


def faults(rows):
    """One line for each fault; training stops at any."""
    found = [] if rows else ["no rows"]
    for number, row in enumerate(rows):
        if row.get("belt") not in BELTS:
            found.append(f"row {number}: belt {row.get('belt')!r}")
        if not 0.05 <= row.get("weight_kg", 0) <= 60:
            found.append(f"row {number}: {row.get('weight_kg')} kg")
    return found
