"""A new model, and at once it serves."""
from absent import publish, train
from absent.table import registry


def main():
    train.main()
    publish.main()
    newest = registry().versions("absent")[-1]
    registry().set_alias("absent", "champion", newest)  # better, since it is newer


if __name__ == "__main__":
    main()
