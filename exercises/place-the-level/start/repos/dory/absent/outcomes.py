"""Joins the predictions of three days ago to what the drivers met, and publishes the hit rate."""
from absent.table import drivers, predictions, publish_metric


def main():
    met = drivers(days_ago=3)
    for day, rows in predictions(days_ago=3).items():
        hits = [row["absent"] == met[row["door"]] for row in rows if row["door"] in met]
        publish_metric("hit_rate", sum(hits) / len(hits), day=day, doors=len(hits))


if __name__ == "__main__":
    main()
