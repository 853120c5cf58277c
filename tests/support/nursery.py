"""Keeps one process of the assessment service alive: whenever it dies, its like is there at once.

Run as `python -m tests.support.nursery PORT`; settings come from the environment. The listening
socket outlives the children, the modules are loaded once, so a start takes a tenth of a second.
Prints the process id of each child; ends when its input ends.
"""

import contextlib
import os
import select
import signal
import socket
import sys

import uvicorn
from usga_assessment.app import create_app
from usga_assessment.domain.access.policy import load_policy


def main(port: int) -> None:
    """Fork, wait, fork again, until nobody listens."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(512)
    load_policy()
    child = 0
    while True:
        if child and os.waitpid(child, os.WNOHANG)[0]:
            child = 0
        if not child:
            child = os.fork()
            if not child:
                serve(listening)
                os._exit(0)
            print(child, flush=True)  # noqa: T201 - what the test reads
        if select.select([sys.stdin], [], [], 0.005)[0]:
            break
    os.kill(child, signal.SIGTERM)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)


def serve(listening: socket.socket) -> None:
    """One life of the service."""
    config = uvicorn.Config(create_app, factory=True, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
