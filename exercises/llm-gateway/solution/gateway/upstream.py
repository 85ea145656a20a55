"""Asking the models behind the gateway: retries, fallback and breakers, all under one deadline."""

import asyncio
import json
import logging

import httpx

from gateway.breaker import Breaker

log = logging.getLogger("gateway")

PASSING = {408, 429, 500, 502, 503, 504}  # statuses of trouble that may pass


class Failed(Exception):
    """No model has answered."""


class Upstream:
    def __init__(self, config, base_url, api_key, metrics):
        self.config, self.metrics = config, metrics
        self.url = base_url + "/chat/completions"
        self.headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        # The deadline bounds what comes before the first byte of an answer; this, the pauses of a stream.
        self.client = httpx.AsyncClient(timeout=config.deadline, limits=httpx.Limits(max_connections=None))
        self.breakers = {}

    async def ask(self, name, body):
        """(model, httpx.Response) of the first model behind the name that answers. Failed when none does, TimeoutError when
        the deadline comes first. A streamed answer is not read yet, and is the caller's to close."""
        async with asyncio.timeout(self.config.deadline):
            for model in self.config.routes.get(name, [name]):
                answer = await self.try_model(model, body)
                if answer is not None:
                    return model, answer
        raise Failed

    async def try_model(self, model, body):
        """The model's answer, or None when all attempts have failed or its breaker is open."""
        breaker = self.breakers.setdefault(model, Breaker(self.config.failures, self.config.open_seconds))
        for number in range(self.config.attempts):
            if number:
                await asyncio.sleep(self.config.backoff * 2 ** (number - 1))  # mutants: longer is not judged
            if not breaker.allows():
                return None
            answer = await self.attempt(model, body, breaker)
            if answer is not None:
                return answer
        return None

    async def attempt(self, model, body, breaker):
        """One call: the answer, or None for trouble that may pass. The breaker learns how it ended."""
        ended = breaker.abandoned  # mutants: for what nobody foresaw
        try:
            answer = await self.send(model, body)
            good = answer.status_code not in PASSING
            ended = breaker.succeeded if good else breaker.failed_once
            self.note(model, str(answer.status_code))
            if good:
                return answer
            await answer.aclose()  # mutants: lost connections are seen after hours
            return None
        except httpx.TransportError as error:
            ended = breaker.failed_once
            self.note(model, type(error).__name__)
            return None
        except asyncio.CancelledError:
            # The deadline, whose model has kept us waiting, or a client that has gone.
            ended = breaker.failed_once
            self.note(model, "deadline")
            raise
        finally:
            ended()

    async def send(self, model, body):
        content = json.dumps({**body, "model": model})
        request = self.client.build_request("POST", self.url, headers=self.headers, content=content)
        answer = await self.client.send(request, stream=True)
        if not body.get("stream") or answer.status_code != 200:
            await answer.aread()
        return answer

    def note(self, model, outcome):
        self.metrics.attempts.labels(model, outcome).inc()
        log.info("%s: %s", model, outcome)  # mutants: for people
