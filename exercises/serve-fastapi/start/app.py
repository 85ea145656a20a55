"""The late-parcel model as a service."""

import os

import uvicorn
from fastapi import FastAPI

from tools import latemodel

app = FastAPI(debug=True)


@app.get("/healthz")
async def healthz():
    return {"status": "ok"}


@app.get("/readyz")
async def readyz():
    return {"status": "ok"}


@app.post("/predict")
async def predict(body: dict):
    model = latemodel.load(os.environ["MODEL_PATH"])
    scores = latemodel.scores(model, body["parcels"])
    return {"scores": scores, "late": [score >= model["threshold"] for score in scores]}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
