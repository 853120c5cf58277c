"""`make hub`: a hub on this machine, for the platform that `make run` started or for any other.

With the demonstration it invites itself; for another centre give the one-time code that a
supervisor made there. Everything it keeps is in one folder: what it carries is sealed to the
centre, and nobody can open it here.
"""

import argparse
import contextlib
import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import httpx
from usga_tablet.enrolment import is_near

from tools.demo import ASSESSMENT
from tools.demo.api import PATIENT, Api, Refused
from tools.launcher.hub import HubProcess
from tools.launcher.ports import is_free
from tools.launcher.process import RESTARTS, ProcessFailed
from tools.launcher.stack import ROOT

_PATIENCE = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Start, enrol, say how tablets reach it, and serve until Ctrl-C; the exit status."""
    given = _parse(arguments)
    if not is_free(given.port, given.listen):
        print(f"port {given.port} is in use: `make hub HUB_PORT=8096`", file=sys.stderr)
        return 1
    hub = HubProcess(
        given.home,
        centre=given.centre,
        port=given.port,
        host=given.listen,
        name=given.name,
        code=given.code or _invited(given),
        encrypted=not (given.plain or is_near(given.listen)),
        environment={"UPSTREAM_SECONDS": str(given.seconds)},
    )
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` outlives the terminal
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        hub.start()
        print(_words(hub, given), flush=True)
        if not given.once:
            serve(hub)
    except KeyboardInterrupt:
        return 0
    except ProcessFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    finally:
        hub.stop()
    return 0


def serve(hub: HubProcess, *, pause: float = 0.5) -> NoReturn:
    """Until Ctrl-C; a hub that ended by itself is started again, a few times.

    Raises ProcessFailed when it ends again and again.
    """
    restarts = 0
    while True:
        time.sleep(pause)
        if hub.running:
            continue
        restarts += 1
        if restarts > RESTARTS:
            raise ProcessFailed(f"the hub ends again and again:\n{hub.tail()}")
        print("the hub has ended; starting it again", flush=True)
        with contextlib.suppress(ProcessFailed):
            hub.restart()


def _invited(given: argparse.Namespace) -> str:
    """A code that the demonstration's supervisor makes; none when it is enrolled already."""
    if (given.home / "keys" / "hub.json").exists():
        return ""
    memory = given.memory
    if not memory.exists():
        return ""
    token = json.loads(memory.read_text())["tokens"]["supervisor"]
    with httpx.Client(base_url=given.centre, timeout=PATIENT, trust_env=False) as http:
        try:
            invited = Api(http, token).post(
                "/v1/hubs/enrolments", {"assessments": [ASSESSMENT], "label": given.name}
            )
        except (httpx.TransportError, Refused) as error:
            print(f"no code from {given.centre}: {error}", file=sys.stderr)
            return ""
    return str(invited["code"])


def _words(hub: HubProcess, given: argparse.Namespace) -> str:
    told = _told(hub, has_code=bool(given.code))
    state = state_words(told, given.centre, is_enrolled=hub.is_enrolled)
    return "\n".join(
        [
            "",
            f"  The hub `{given.name}` serves at {hub.origin}",
            *(f"  {line}" for line in state),
            f"  Data            {hub.home} (what it carries is sealed to the centre)",
            "",
            "  A tablet that is enrolled at the centre:",
            f"    usga-tablet --data-dir var/tablet visit {hub.origin}",
            "  Who it is:",
            f"    curl -s{'' if hub.context is None else 'k'} {hub.origin}/v1/hub",
            "",
            "  Tablets on the local Wi-Fi: `make hub LISTEN=0.0.0.0`, and this machine's address",
            "  with https://; they know it by its key, for which the centre vouches.",
            "  Ctrl-C stops it; the next start goes on where it was.",
            "",
        ]
    )


def state_words(told: Mapping[str, object] | None, centre: str, *, is_enrolled: bool) -> list[str]:
    """What came of the hub's first look for the centre, in lines for a person."""
    if told is None and is_enrolled:
        return [f"It has not met the centre {centre} yet; it goes on looking."]
    if told is None:
        return [
            f"It has not met the centre {centre} yet and is not enrolled: give CODE=...;",
            "it goes on looking.",
        ]
    met_at = datetime.fromtimestamp(int(str(told["at"])), UTC).strftime("%Y-%m-%d %H:%M UTC")
    match told.get("link"):
        case "met":
            return [f"It met the centre {centre}; tablets enrolled there may come."]
        case "refused":
            return [
                f"The centre {centre} takes nothing from this hub any more ({told['refusal']}):",
                f"it was revoked since they met last, {met_at}. What it holds stays sealed here,",
                "and on its tablets. A new code enrols it anew: `make hub CODE=...`.",
            ]
        case _:
            return [
                f"The centre {centre} does not answer; they met last {met_at}. Tablets that were",
                "enrolled before that may come; it goes on looking.",
            ]


def _told(hub: HubProcess, *, has_code: bool) -> dict[str, object] | None:
    """What it says of itself once it has looked for the centre; None before they ever met.

    With a code a refusal is not the end: it is enrolled anew, and looks once more.
    """
    last: dict[str, object] | None = None
    is_open = {"looking", "refused"} if has_code else {"looking"}
    deadline = time.monotonic() + (_PATIENCE if hub.is_enrolled else 5.0)
    trusted = hub.context
    with httpx.Client(
        base_url=hub.origin,
        timeout=5.0,
        trust_env=False,
        verify=True if trusted is None else trusted,
    ) as http:
        while time.monotonic() < deadline:
            answer = http.get("/v1/hub")
            last = dict(answer.json()) if answer.is_success else None  # 503: under a new number
            if last is not None and last.get("link") not in is_open:
                return last
            time.sleep(0.1)
    return last


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.hub", description=__doc__)
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "hub", help="its folder")
    parser.add_argument("--centre", default="http://127.0.0.1:8080", help="origin of the centre")
    parser.add_argument("--port", type=int, default=8095, help="where tablets reach it")
    parser.add_argument("--listen", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--plain", action="store_true", help="do not encrypt what tablets say over the network"
    )
    parser.add_argument("--name", default="hub", help="what people call it")
    parser.add_argument("--code", default="", help="one-time code, for the first start")
    parser.add_argument("--seconds", type=float, default=15.0, help="pause between two looks")
    parser.add_argument(
        "--memory",
        type=Path,
        default=ROOT / "var" / "keys" / "demo.json",
        help="tokens of the demonstration",
    )
    parser.add_argument("--once", action="store_true", help="stop after having said so")
    return parser.parse_args(arguments)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
