"""The late-parcel model as a service: see contract.md. The body is read by pydantic, and its own list of faults is the answer."""

import os
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools import latemodel

FAULTS_MOST = 5  # that an answer tells
NAME_MOST = 60  # characters of a field's name in an answer


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Parcel(Strict):
    created_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$")]
    depot: Literal["A", "B", "C", "D", "E", "F"]
    tier: Literal["economy", "standard", "express"]
    weight_kg: Annotated[float, Field(ge=0.05, le=60)]
    distance_km: Annotated[float, Field(ge=1, le=1500)]
    stops: Annotated[int, Field(ge=1, le=100)]
    weather: Literal["clear", "rain", "snow", "storm"]


class Batch(Strict):
    parcels: Annotated[list[Parcel], Field(min_length=1, max_length=100)]


@asynccontextmanager
async def lifespan(app):
    try:
        app.state.model = latemodel.load(os.environ["MODEL_PATH"])
        app.state.sha = latemodel.model_sha(app.state.model)
    except ValueError as error:
        app.state.model = None
        print(f"no model: {error}", flush=True)
    yield


app = FastAPI(lifespan=lifespan)


def refusal(error):
    """What pydantic found, each fault with the page that explains it; of the input, only names, and those cut."""
    faults = error.errors(include_input=False)[:FAULTS_MOST]
    for fault in faults:
        fault["loc"] = [part[:NAME_MOST] if isinstance(part, str) else part for part in fault["loc"]]
    return JSONResponse({"detail": faults}, status_code=422)


@app.get("/healthz")
async def healthz():
    return {"status": "alive"}


@app.get("/readyz")
async def readyz():
    return JSONResponse({"ready": app.state.model is not None}, status_code=200 if app.state.model else 503)


@app.post("/predict")
async def predict(request: Request):
    if not app.state.model:
        return JSONResponse({"error": "no-model"}, status_code=503)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return JSONResponse({"error": "send application/json"}, status_code=415)
    try:
        batch = Batch.model_validate_json(await request.body())
    except ValidationError as error:
        return refusal(error)
    scores = latemodel.scores(app.state.model, [parcel.model_dump() for parcel in batch.parcels])
    late = [score >= app.state.model["threshold"] for score in scores]
    return {"model_sha": app.state.sha, "scores": scores, "late": late}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
