"""Puts four versions of a model into the registry, to play with: version 1 is the champion.

    python seed.py        # MLFLOW_TRACKING_URI says where, LATE_MODEL under which name (late)

Version 2 knows the island, version 3 was trained on weights in grams, version 4 is version 2 with another threshold.
"""

import json
import os
import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from tools.latemodel import check

API, UPLOADS = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts/"
URL = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")
NAME = os.environ.get("LATE_MODEL", "late")
OPENER = build_opener(ProxyHandler({}))

TERMS = {"distance_km": 0.0055, "weight_kg": 0.05, "stops": 0.12, "tier=economy": -0.4, "tier=express": 0.7}
ISLAND = {"depot=F": 2.6, "depot=F*distance_km": -0.0165}


def model(terms, threshold=0.5):
    return check({"format": "late-json-1", "intercept": -3.2, "terms": terms, "threshold": threshold})


GRAMS = {"weight_kg": 0.00005}
MODELS = [model(TERMS), model(TERMS | ISLAND), model(TERMS | ISLAND | GRAMS), model(TERMS | ISLAND, 0.4)]


def call(method, path, body):
    request = Request(URL + path, body, {"Content-Type": "application/json"}, method=method)
    with OPENER.open(request, timeout=60) as response:
        return response.read()


def post(name, values):
    return json.loads(call("POST", API + name, json.dumps(values).encode()))


def main():
    if not URL:
        sys.exit("seed.py: MLFLOW_TRACKING_URI says nothing of where the registry is; try: lab shell")
    try:
        post("registered-models/create", {"name": NAME})
    except HTTPError as error:
        sys.exit(f"seed.py: {NAME} cannot be registered: {json.loads(error.read()).get('message')}")
    run = post("runs/create", {"experiment_id": "0", "run_name": f"{NAME}, for play"})["run"]["info"]
    root = run["artifact_uri"].removeprefix("mlflow-artifacts:/")
    for number, one in enumerate(MODELS, 1):
        call("PUT", f"{UPLOADS}{root}/v{number}/model.json", json.dumps(one).encode())
        source = f"{run['artifact_uri']}/v{number}"
        post("model-versions/create", {"name": NAME, "run_id": run["run_id"], "source": source})
    post("runs/update", {"run_id": run["run_id"], "status": "FINISHED"})
    post("registered-models/alias", {"name": NAME, "alias": "champion", "version": "1"})
    print(f"{NAME} has {len(MODELS)} versions, and champion is version 1")


main()
