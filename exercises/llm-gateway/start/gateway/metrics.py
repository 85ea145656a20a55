"""The numbers of /metrics. This file is right as it is."""

from prometheus_client import CollectorRegistry, Counter, generate_latest


class Metrics:
    def __init__(self):
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "gateway_requests_total", "Answers to clients.", ["status"], registry=self.registry
        )
        self.attempts = Counter(
            "gateway_attempts_total", "Calls to a model.", ["model", "outcome"], registry=self.registry
        )

    def text(self):
        return generate_latest(self.registry)
