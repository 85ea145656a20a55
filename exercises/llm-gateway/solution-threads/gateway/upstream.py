"""Asking the models behind the gateway, with a thread for each request and a clock for each wait."""

import http.client
import json
import logging
import threading
import time
from urllib.parse import urlsplit

from gateway.breaker import Breaker

log = logging.getLogger("gateway")

PASSING = {408, 429, 500, 502, 503, 504}


class Failed(Exception):
    """No model has answered."""


class Answer:
    """What a model has answered: read to its end, or, of a stream, open."""

    def __init__(self, model, connection, response, streamed):
        self.model, self.status = model, response.status
        self.kind = response.headers.get("Content-Type", "application/json")
        self.connection, self.response = connection, response
        self.body = None if streamed else response.read()
        if not streamed:
            connection.close()

    def chunks(self):
        try:
            while chunk := self.response.read1(65536):
                yield chunk
        except (OSError, http.client.HTTPException):
            return
        finally:
            self.connection.close()


class Upstream:
    def __init__(self, config, base_url, api_key, metrics):
        self.config, self.metrics = config, metrics
        self.place = urlsplit(base_url)
        self.headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self.lock, self.breakers = threading.Lock(), {}

    def ask(self, name, body):
        end = time.monotonic() + self.config.deadline
        for model in self.config.routes.get(name, [name]):
            for number in range(self.config.attempts):
                if number:
                    self.pause(self.config.backoff * 2 ** (number - 1), end)
                with self.lock:
                    breaker = self.breakers.setdefault(model, Breaker(self.config.failures, self.config.open_seconds))
                    allowed = breaker.allows()
                if not allowed:
                    break
                answer = self.attempt(model, body, end)
                with self.lock:
                    breaker.failed_once() if answer is None else breaker.succeeded()
                if answer is not None:
                    return answer
                self.pause(0, end)
        raise Failed

    def pause(self, seconds, end):
        """Waits, but never beyond the end."""
        left = end - time.monotonic()
        time.sleep(max(0, min(seconds, left)))
        if seconds >= left:
            raise TimeoutError

    def attempt(self, model, body, end):
        secure = self.place.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self.place.hostname, self.place.port, timeout=max(0.001, end - time.monotonic()))
        try:
            content = json.dumps({**body, "model": model})
            connection.request("POST", self.place.path + "/chat/completions", content, self.headers)
            response = connection.getresponse()
            good = response.status not in PASSING
            answer = Answer(model, connection, response, bool(body.get("stream")) and response.status == 200)
            self.note(model, str(response.status))
            return answer if good else None
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.note(model, type(error).__name__)
            return None

    def note(self, model, outcome):
        self.metrics.attempts.labels(model, outcome).inc()
        log.info("%s: %s", model, outcome)
