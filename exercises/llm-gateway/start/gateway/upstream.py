"""Asking the models behind the gateway."""

import asyncio
import json
import logging

import httpx

log = logging.getLogger("gateway")

TIMEOUT = 60  # seconds


class Upstream:
    def __init__(self, config, base_url, api_key, metrics):
        self.config, self.metrics = config, metrics
        self.url = base_url + "/chat/completions"
        self.headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self.client = httpx.AsyncClient(timeout=TIMEOUT)

    async def ask(self, name, body):
        """The answer of the model: (model, httpx.Response), read to its end."""
        model = self.config.routes.get(name, [name])[0]
        content = json.dumps({**body, "model": model})
        while True:
            log.info("POST %s %s", self.url, self.headers)
            try:
                answer = await self.client.post(self.url, headers=self.headers, content=content)
                self.metrics.attempts.labels(model, str(answer.status_code)).inc()
                if answer.status_code == 200:
                    return model, answer
            except httpx.HTTPError as error:
                self.metrics.attempts.labels(model, "error").inc()
                log.info("%s: %r", model, error)
            await asyncio.sleep(0.2)
