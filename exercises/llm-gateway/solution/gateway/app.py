"""What the gateway answers over HTTP."""

import json

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from gateway import access
from gateway.metrics import Metrics
from gateway.upstream import Failed, Upstream

BODY_MOST = 4 << 20  # bytes


def refusal(status, code, message):
    """An error as OpenAI's clients expect it."""
    return JSONResponse({"error": {"message": message, "type": "gateway_error", "code": code}}, status)


def no_number(text):
    raise ValueError(f"{text} is not JSON")


async def read_body(request):
    """The JSON object of the request; None when it is none that names a model."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > BODY_MOST:  # mutants: contract.md has no bound
            return None
    try:
        body = json.loads(data, parse_constant=no_number)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and isinstance(body.get("model"), str) else None


async def pass_on(found):
    """The bytes of a stream as they come. What breaks off stays broken off: nothing may be said twice."""
    try:
        async for chunk in found.aiter_raw():
            yield chunk
    except httpx.TransportError:
        return
    finally:
        await found.aclose()


def build(config, base_url, api_key):
    app = FastAPI(openapi_url=None)
    metrics = Metrics()
    upstream = Upstream(config, base_url, api_key, metrics)

    async def answer(request):
        team = access.team_of(config, request.headers.get("authorization"))
        if team is None:
            return refusal(401, "invalid_api_key", "This key is not known here, or was revoked.")
        body = await read_body(request)
        if body is None:
            return refusal(400, "invalid_request", "The body must be a JSON object with a model.")
        if not access.may_ask(config, team, body["model"]):
            return refusal(403, "model_not_allowed", "Your team may not use this model.")
        try:
            model, found = await upstream.ask(body["model"], body)
        except TimeoutError:
            return refusal(504, "deadline_exceeded", "No model has answered in time.")
        except Failed:
            return refusal(502, "upstream_failed", "No model that you may use answers now.")
        headers = {"x-served-by": model}
        kind = found.headers.get("content-type")
        if found.is_closed:
            return Response(found.content, found.status_code, headers, kind)
        return StreamingResponse(pass_on(found), found.status_code, headers, kind)

    @app.get("/healthz")
    async def health():
        return {"status": "ok"}

    @app.get("/metrics")
    async def numbers():
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    @app.post("/v1/chat/completions")
    async def chat(request: Request):
        response = await answer(request)
        metrics.requests.labels(str(response.status_code)).inc()
        return response

    return app
