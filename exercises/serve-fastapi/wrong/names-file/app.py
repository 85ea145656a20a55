"""The late-parcel model as a service: see contract.md."""

import os
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from tools import latemodel

FAULTS_MOST = 10  # that an answer names
NAME_MOST = 60  # characters of a field's name in an answer


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    created_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$")]
    depot: Literal["A", "B", "C", "D", "E", "F"]
    tier: Literal["economy", "standard", "express"]
    weight_kg: Annotated[float, Field(ge=0.05, le=60)]
    distance_km: Annotated[float, Field(ge=1, le=1500)]
    stops: Annotated[int, Field(ge=1, le=100)]
    weather: Literal["clear", "rain", "snow", "storm"]


class Batch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parcels: Annotated[list[Parcel], Field(min_length=1, max_length=100)]


class Loaded:
    """The model as it was when the service started, and its hash; without one the service is alive, and not ready."""

    def __init__(self, path):
        self.model = self.sha = None
        try:
            self.model = latemodel.load(path)
            self.sha = latemodel.model_sha(self.model)
        except ValueError as error:
            print(f"no model: {error}", flush=True)


loaded = Loaded(os.environ.get("MODEL_PATH", "models/champion.json"))
app = FastAPI()


@app.exception_handler(RequestValidationError)
async def refuse(_request: Request, error: RequestValidationError):
    names = [".".join(str(part)[:NAME_MOST] for part in fault["loc"]) for fault in error.errors()[:FAULTS_MOST]]
    return JSONResponse({"error": "invalid", "fields": names, "where": os.path.basename(__file__)}, status_code=422)


@app.get("/healthz")
async def healthz():
    return {"status": "alive"}


@app.get("/readyz")
async def readyz():
    if loaded.model is None:
        return JSONResponse({"error": "no-model"}, status_code=503)
    return {"status": "ready", "model_sha": loaded.sha}


@app.post("/predict")
async def predict(batch: Batch):
    if loaded.model is None:
        return JSONResponse({"error": "no-model"}, status_code=503)
    rows = [parcel.model_dump() for parcel in batch.parcels]
    scores = latemodel.scores(loaded.model, rows)
    late = [score >= loaded.model["threshold"] for score in scores]
    return {"model_sha": loaded.sha, "scores": scores, "late": late}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
