"""The rows of the day, against those that the champion was trained on."""
from damage import quality, registry, settings, training
from damage.statistics import psi


def scores(baseline, today):
    return {column: psi(baseline[column], today[column]) for column in baseline}


def run():
    config = settings.load()["watch"]
    day = settings.rows_of_today()
    found = scores(registry.champion().baseline, day)
    settings.publish("psi", found)
    settings.note_day(moved=max(found.values()) > config["psi_above"] or quality.last() < config["auc_floor"])
    if settings.days_moved() >= config["days_running"]:
        return training.run()
    return 0
