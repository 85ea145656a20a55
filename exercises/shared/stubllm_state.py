"""What stubllm.py remembers: the call log, faults, counters, the script. All of it is forgotten on a reset."""

import json
import threading
from contextlib import contextmanager

from labhttp import compact
from stubllm_ask import Facts
from stubllm_models import FLAKY, MODELS

CACHE_TOKENS = 16384  # of a model's key-value cache, which the running requests fill


class CallLog:
    """The calls in the order of their arrival. A call that is over is also a line of the file, if there is one."""

    def __init__(self, clock, path=None):
        self.clock, self.began = clock, clock()
        self.lock = threading.Lock()
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.calls = []

    def begin(self, path, headers):
        call = {
            "n": 0,
            "at": round(self.clock() - self.began, 4),
            "path": path,
            "model": None,
            "status": None,
            "stream": False,
            "seed": None,
            "prompt_tokens": 0,
            "completion_tokens": 0,
            "chunks": 0,
            "finish_reason": None,
            "content": "",
            "tool_calls": [],
            "done": False,
            "whole": False,
            "headers": headers,
            "request": None,
        }
        with self.lock:
            call["n"] = len(self.calls) + 1
            self.calls.append(call)
        return call

    def end(self, call):
        with self.lock:
            call["done"] = True
            is_kept = len(self.calls) >= call["n"] and self.calls[call["n"] - 1] is call  # else a reset came between
            if is_kept and self.file and not self.file.closed:
                self.file.write(compact(call) + "\n")
                self.file.flush()

    def close(self):
        if self.file:
            self.file.close()

    def text(self):
        with self.lock:
            return compact({"calls": self.calls}).encode()

    def reset(self):
        with self.lock:
            self.calls = []
            self.began = self.clock()
            if self.file:
                self.file.truncate(0)


class State:
    def __init__(self, clock, facts, script=(), log_path=None, seed=0):
        self.facts, self.first_script = facts, list(script)
        self.log = CallLog(clock, log_path)
        self.lock = threading.Lock()
        self.seed = seed
        self.reset()

    def reset(self):
        self.log.reset()
        with self.lock:
            self.faults, self.script = {}, self.first_script
            self.counter, self.failures = self.seed, {}
            self.waiting, self.running, self.held, self.totals = {}, {}, {}, {}

    # ---- seeds and failures ----

    def next_seed(self):
        with self.lock:
            self.counter += 1
            return self.counter

    def fails_now(self, model):
        """Whether a flaky model fails this time: the first N times since the reset."""
        flaky = FLAKY.fullmatch(model)
        with self.lock:
            self.failures[model] = self.failures.get(model, 0) + 1
            return bool(flaky) and self.failures[model] <= int(flaky[1])

    def set_faults(self, faults, all_of_them):
        with self.lock:
            kept = {} if all_of_them else self.faults
            self.faults = {**kept, **{fault["model"]: fault for fault in faults}}

    def list_faults(self):
        with self.lock:
            return [dict(fault) for fault in self.faults.values()]

    def take_fault(self, model):
        """The fault that this request meets, which counts as one of its `count`; {} when there is none."""
        with self.lock:
            name = model if model in self.faults else "*"
            fault = self.faults.get(name, {})
            if "count" in fault:
                left = fault["count"] - 1
                self.faults = {key: value for key, value in self.faults.items() if key != name or left}
                if left:
                    self.faults[name] = {**fault, "count": left}
            return fault

    # ---- metrics ----

    @contextmanager
    def counted(self, gauge, model, by=1):
        """Adds to one of waiting and running (requests) and held (tokens) as long as the block lasts. It is the gauge of before
        the block: one that a reset has put in its place knows nothing of the call."""
        self.change(gauge, model, by)
        try:
            yield
        finally:
            self.change(gauge, model, -by)

    def change(self, gauge, model, by):
        with self.lock:
            gauge[model] = gauge.get(model, 0) + by

    def end_call(self, call):
        """The call is over, for log and metrics. Before the last byte is sent: who has an answer finds it there."""
        if call["done"]:
            return
        self.log.end(call)
        if call["status"] == 200:
            self.count(call)

    def count(self, call):
        with self.lock:
            total = self.totals.setdefault(call["model"], {"prompt": 0, "completion": 0, "reasons": {}})
            total["prompt"] += call["prompt_tokens"]
            total["completion"] += call["completion_tokens"]
            reason = call["finish_reason"]
            if reason and call["whole"]:
                total["reasons"][reason] = total["reasons"].get(reason, 0) + 1

    def metrics(self):
        """The exposition format of Prometheus, under the names of vLLM."""
        with self.lock:
            models = [*MODELS, *sorted(name for name in self.totals if name not in MODELS)]
            used = {name: min(1.0, self.held.get(name, 0) / CACHE_TOKENS) for name in models}
            totals = {name: self.totals.get(name, {"prompt": 0, "completion": 0, "reasons": {}}) for name in models}
            waiting = {name: self.waiting.get(name, 0) for name in models}
            running = {name: self.running.get(name, 0) for name in models}
        lines = []
        for name, kind, text, values in (
            ("num_requests_running", "gauge", "Requests that are being answered.", running),
            ("num_requests_waiting", "gauge", "Requests whose answer has not begun.", waiting),
            ("kv_cache_usage_perc", "gauge", "Part of the key-value cache in use, 0 to 1.", used),
            ("prompt_tokens_total", "counter", "Tokens read.", {name: totals[name]["prompt"] for name in models}),
            (
                "generation_tokens_total",
                "counter",
                "Tokens written.",
                {name: totals[name]["completion"] for name in models},
            ),
        ):
            lines += [f"# HELP vllm:{name} {text}", f"# TYPE vllm:{name} {kind}"]
            lines += [f'vllm:{name}{{model_name="{model}"}} {value}' for model, value in values.items()]
        lines += [
            "# HELP vllm:request_success_total Answers that were sent whole.",
            "# TYPE vllm:request_success_total counter",
        ]
        for model, total in totals.items():
            for reason, count in sorted(total["reasons"].items()):
                label = f'finished_reason="{reason}",model_name="{model}"'
                lines.append(f"vllm:request_success_total{{{label}}} {count}")
        return "\n".join(lines) + "\n"


def load_facts(path):
    """FactsError names the line that is wrong."""
    with open(path, encoding="utf-8") as file:
        return Facts(file, path)


def load_script(path):
    """The script of a file: a JSON list, or one step a line."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]
