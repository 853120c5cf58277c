"""Keeps several processes of the assessment service alive, hubs too: who dies is there again at once.

Run as `python -m tests.support.creche FILE`: a JSON list of `{name, socket, environment}`, for TLS
with `certificate` and `key`; `socket` is a listening one that was handed on. As in the nursery, sockets outlive the children and modules are loaded
once. Prints name and process id of each child; ends when its input ends.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from usga_assessment.app import create_app
from usga_assessment.domain.access.policy import load_policy

Service = dict[str, Any]


def main(services: list[Service]) -> None:
    """Fork, wait, fork again, until nobody listens."""
    listening = {each["name"]: socket.socket(fileno=each["socket"]) for each in services}
    load_policy()
    alive: dict[str, int] = {}
    while True:
        for each in services:
            name = each["name"]
            if name in alive and os.waitpid(alive[name], os.WNOHANG)[0]:
                del alive[name]
            if name not in alive:
                child = os.fork()
                if not child:
                    _serve(each, listening[name])
                    os._exit(0)
                alive[name] = child
                print(name, child, flush=True)  # noqa: T201 - what the test reads
        if select.select([sys.stdin], [], [], 0.005)[0]:
            break
    for child in alive.values():
        os.kill(child, signal.SIGTERM)
    for child in alive.values():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def _serve(service: Service, listening: socket.socket) -> None:
    """One life of one service."""
    os.environ.update(service["environment"])
    config = uvicorn.Config(
        create_app, factory=True, log_level="warning", access_log=False,
        ssl_certfile=service.get("certificate"), ssl_keyfile=service.get("key"),
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")))
