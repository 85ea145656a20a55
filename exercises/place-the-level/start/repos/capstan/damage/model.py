"""A damage rate for each belt and weight class."""


def fit(rows, chance):
    sample = chance.sample(rows, min(len(rows), 20000))
    counts = {}
    for row in sample:
        cell = counts.setdefault((row["belt"], int(row["weight_kg"] // 5)), [1, 20])
        cell[0] += row["damaged"]
        cell[1] += 1
    return {cell: damaged / parcels for cell, (damaged, parcels) in counts.items()}
