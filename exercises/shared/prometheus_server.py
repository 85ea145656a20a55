#!/usr/bin/env python3
"""Prometheus with its data in one folder, and a configuration that its user may edit.

    prometheus_server.py --port P --data FOLDER [--host H]

The first start writes FOLDER/prometheus.yml, which scrapes Prometheus itself; later ones leave it as it is. FOLDER/self.json names Prometheus's own
address, and is written at each start, since the port may change. A changed configuration is read with
`curl -X POST http://127.0.0.1:P/-/reload`, or at the next start. Samples lie in FOLDER/tsdb.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

CONFIGURATION = """\
# What Prometheus scrapes. Yours to edit; then: curl -X POST http://127.0.0.1:PORT/-/reload
global:
  scrape_interval: 5s

scrape_configs:
  - job_name: prometheus
    file_sd_configs:
      - files: [self.json]

  # - job_name: my-service
  #   static_configs:
  #     - targets: ["127.0.0.1:8000"]
"""


def replace(path, text):
    """Writes the file whole, or not at all."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text)
    beside.replace(path)


def prepare(data, port):
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "prometheus.yml").exists():
        replace(data / "prometheus.yml", CONFIGURATION)
    replace(data / "self.json", json.dumps([{"targets": [f"127.0.0.1:{port}"]}]) + "\n")


def command(program, data, host, port):
    return [program, f"--config.file={data}/prometheus.yml", f"--storage.tsdb.path={data}/tsdb", f"--web.listen-address={host}:{port}",
            "--web.enable-lifecycle", "--storage.tsdb.retention.time=7d", "--log.level=warn"]


def main(argv=None):
    parser = argparse.ArgumentParser(description="Prometheus with its data in one folder.")
    parser.add_argument("--port", type=int, required=True, metavar="P")
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--host", default="127.0.0.1", metavar="H")
    arguments = parser.parse_args(argv)
    program = shutil.which("prometheus")
    if not program:
        print("prometheus_server.py: there is no program prometheus: sudo apt install prometheus", file=sys.stderr)
        return 2
    try:
        prepare(arguments.data, arguments.port)
        os.execv(program, command(program, arguments.data, arguments.host, arguments.port))
    except OSError as error:
        print(f"prometheus_server.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
