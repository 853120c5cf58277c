"""`usga-tablet`: enrol, collect synthetic interviews, sync, see what is kept.

The data directory (default var/tablet) is the tablet: copy it and you have cloned a device.
"""

import argparse
import asyncio
import os
import random
import sqlite3
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
from usga_expressions.compact import Layout
from usga_expressions.instrument import Instrument

from usga_tablet.drafts import WILLING, make_draft
from usga_tablet.enrolment import read_payload
from usga_tablet.filebox import FileBox
from usga_tablet.files import FileReport, FileSender
from usga_tablet.habits import Habits
from usga_tablet.hub_link import hub_link
from usga_tablet.hubs import HubReport, HubVisit
from usga_tablet.outbox import Outbox
from usga_tablet.receipts import ReceiptRefused, read_receipt
from usga_tablet.refused_files import RefusedFile
from usga_tablet.respondent import Respondent, Situation
from usga_tablet.sync import SyncReport, SyncStopped, Tablet

LONGEST_NAME = 255
"""Characters of a file's name, as file systems have it."""

READER_GONE = 141
"""128 + SIGPIPE: nobody reads what is written any more, as in `| head`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit status, 141 when the reader went away."""
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE


def _run(arguments: Sequence[str] | None) -> int:
    given = _parser().parse_args(arguments)
    if given.run is None:
        return _verify(given)
    try:
        outbox = Outbox(Path(given.data_dir) / "outbox.db")
    except (OSError, sqlite3.Error) as why:
        _say(f"the data folder {given.data_dir} cannot be used: {_reason(why)}", error=True)
        return 2
    language = given.lang or _system_language()
    try:
        if outbox.setting("language") != language:
            outbox.remember("language", language)
        return int(given.run(given, outbox))
    except SyncStopped as stopped:
        _say(str(stopped), error=True)
        return 1
    except httpx.InvalidURL as why:
        _say(f"this is no address: {why}", error=True)
        return 1
    finally:
        outbox.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="usga-tablet", description=__doc__)
    parser.add_argument("--data-dir", default="var/tablet", help="the tablet's own folder")
    parser.add_argument(
        "--lang",
        default="",
        help="language of the server's refusals: en, es, ru, sw; else the system's."
        " What this program itself says is English",
    )
    commands = parser.add_subparsers(required=True)
    enrol = commands.add_parser("enrol", help="exchange a one-time code for a device credential")
    enrol.add_argument(
        "url", help="origin of the platform, e.g. http://127.0.0.1:8080, or what its QR code says"
    )
    enrol.add_argument("code", nargs="?", help="the one-time code; it stands in a QR code")
    enrol.add_argument("--name", default="", help="label for supervisors; no person's name")
    enrol.set_defaults(run=_enrol)
    collect = commands.add_parser("collect", help="make synthetic interviews for assigned cases")
    collect.add_argument("--count", type=_count, default=10)
    collect.add_argument("--seed", type=int, default=1)
    collect.add_argument("--language", default="en")
    collect.add_argument("--habits", type=Path, help="TOML file of tendencies")
    collect.set_defaults(run=_collect)
    commands.add_parser("sync", help="push, then pull").set_defaults(run=_sync)
    visit = commands.add_parser("visit", help="give a hub what is queued, take what waits there")
    visit.add_argument("url", help="origin of the hub, e.g. https://192.168.1.20:8095")
    visit.add_argument(
        "--plain",
        action="store_true",
        help="take a link that is not encrypted, from elsewhere too",
    )
    visit.set_defaults(run=_visit)
    commands.add_parser("check", help="prove what the server holds, then free space").set_defaults(
        run=_check
    )
    commands.add_parser("status", help="what is kept here").set_defaults(run=_status)
    verify = commands.add_parser(
        "verify",
        help="check a receipt offline: who signed it, and what it says",
        description="Exit 0: a published key signed it; 1: none did; 2: nothing to check with.",
    )
    verify.add_argument("receipt", help="the receipt, a file with it, or - for standard input")
    verify.add_argument(
        "--keys", type=Path, help="JWK set of the server; else the keys that this tablet keeps"
    )
    verify.set_defaults(run=None)  # it needs no tablet
    return parser


def _system_language() -> str:
    """The first two letters of what the environment asks for; English where it says nothing."""
    asked = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    language = asked[:2].lower()
    return language if language.isascii() and language.isalpha() and len(language) > 1 else "en"


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


def _enrol(given: argparse.Namespace, outbox: Outbox) -> int:
    if given.code is None:
        given.url, given.code = read_payload(given.url)

    async def run() -> SyncReport:
        async with httpx.AsyncClient(base_url=given.url) as http:
            tablet = _tablet(outbox, http)
            await tablet.enrol(given.code, given.name)
            outbox.remember("url", given.url)
            return await tablet.sync()

    report = asyncio.run(run())
    _say(f"enrolled for {outbox.setting('assessment')}; {report.pulled} items pulled")
    return 0


def _collect(given: argparse.Namespace, outbox: Outbox) -> int:
    try:
        habits = Habits.read(given.habits) if given.habits else Habits()
    except (OSError, ValueError, TypeError, AttributeError) as why:
        _say(f"the habits in {given.habits} cannot be used: {_reason(why)}", error=True)
        return 2
    documents = [i["document"] for i in outbox.pulled("instrument").values() if "document" in i]
    if not documents:
        _say("no instrument here yet: sync first", error=True)
        return 1
    lists = {name: value["rows"] for name, value in outbox.pulled("list").items()}
    cases: list[tuple[str | None, dict[str, Any]]] = list(outbox.pulled("case").items())
    done = int(outbox.setting("collected") or 0)
    instrument, layout = Instrument.load(documents[-1]), Layout.of(documents[-1])
    now = datetime.now(UTC).replace(microsecond=0)
    for number in range(done, done + given.count):
        case_id, case = cases[number % len(cases)] if cases else (None, {})
        draft = make_draft(
            assessment=outbox.setting("assessment") or "",
            document=documents[-1],
            instrument=instrument,
            respondent=Respondent(habits, seed=given.seed, number=number),
            situation=Situation(
                cluster=str(case.get("psu", "")),
                started=now - timedelta(minutes=50 * (given.count + done - number)),
                fixed={**WILLING, **case.get("preload", {})},
            ),
            case=case_id,
            language=given.language,
            lists=lists,
        )
        outbox.finalise(draft, layout)
    outbox.remember("collected", str(done + given.count))
    _say(f"{given.count} synthetic interviews finalised; they wait for the next sync")
    return 0


def _sync(given: argparse.Namespace, outbox: Outbox) -> int:
    box = FileBox(Path(given.data_dir) / "files")

    async def run() -> tuple[SyncReport, FileReport]:
        async with _client(outbox) as http:
            tablet = _tablet(outbox, http)
            await tablet.learn_courier_key()
            report = await tablet.sync()
            box.refuse(report.refused_files)
            sender = FileSender(box, outbox, http, rng=random.Random())  # noqa: S311
            return report, await sender.send()

    try:
        report, files = asyncio.run(run())
    finally:
        box.close()
    states = ", ".join(f"{n} {state}" for state, n in sorted(report.outcomes.items())) or "nothing"
    _say(
        f"sent {report.sent} ({states}) in {report.bytes_sent} bytes,"
        f" {report.retries} retries; pulled {report.pulled}"
    )
    _say_refused(report.refused_files)
    if files.sent or files.proven or files.refused:
        _say(f"files: {files.sent} sent, {files.proven} proven and freed, {files.refused} refused")
    return 0


def _check(_given: argparse.Namespace, outbox: Outbox) -> int:
    async def run() -> int:
        async with _client(outbox) as http:
            return await _tablet(outbox, http).check()

    _say(f"{asyncio.run(run())} interviews proven on the server and freed here")
    return 0


def _visit(given: argparse.Namespace, outbox: Outbox) -> int:
    box = FileBox(Path(given.data_dir) / "files")

    async def run() -> HubReport:
        async with hub_link(given.url, plain=given.plain) as link:
            visit = HubVisit(outbox, link.http, rng=random.Random())  # noqa: S311 - spreads retries
            visit.files, visit.shown = box, link.shown
            return await visit.visit()

    try:
        done = asyncio.run(run())
    finally:
        box.close()
    _say(
        f"{done.name}: {done.carried} given to carry, {done.receipted} receipted by the centre,"
        f" {done.freed} freed, {done.undelivered} not delivered, {done.pulled} items pulled"
    )
    if done.is_refused:
        _say("the centre takes nothing from this hub any more: nothing was given to it")
    if done.unproven:
        _say(f"{done.unproven} forms or lists are not what the centre says: they were not taken")
    _say_refused(done.refused_files)
    files = done.files
    if files.carried or files.proven or files.returned or files.refused:
        _say(
            f"files: {files.carried} given to carry, {files.proven} proven by the centre and"
            f" freed, {files.returned} not delivered, {files.refused} not taken"
        )
    return 0


def _status(given: argparse.Namespace, outbox: Outbox) -> int:
    _say(f"install {outbox.install}, assessment {outbox.setting('assessment') or 'none yet'}")
    for state, count in sorted(outbox.counts().items()):
        _say(f"{state:12} {count}")
    for hub, count in outbox.carried().items():
        name = outbox.setting(f"hub {hub}") or hub
        _say(f"carried by hub {name}: {count} of those queued, until the server has them")
    _say_files(given, outbox)
    return 0


def _say_files(given: argparse.Namespace, outbox: Outbox) -> None:
    """Files that are kept here, who carries them, and what the server lacked when it was heard."""
    box = FileBox(Path(given.data_dir) / "files")
    try:
        queued, carried = len(box.queued()), box.carried()
    finally:
        box.close()
    if queued:
        _say(f"files        {queued}, until the server has proven that it keeps them")
    for hub, count in carried.items():
        name = outbox.setting(f"hub {hub}") or hub
        _say(f"carried by hub {name}: {count} of these files")
    if lacking := int(outbox.setting("files_missing") or 0):
        _say(f"files missing at the server when it was heard last: {lacking}")


def _say_refused(files: Sequence[RefusedFile]) -> None:
    for file in files:
        _say(file.words(), error=True)


def _verify(given: argparse.Namespace) -> int:
    try:
        keys = _keys(given)
    except (OSError, ValueError, sqlite3.Error) as why:
        _say(f"no keys can be read there: {_reason(why)}", error=True)
        return 2
    if keys is None:
        _say("no keys here: give --keys, from /.well-known/jwks.json", error=True)
        return 2
    try:
        payload = read_receipt(_text_of(given.receipt), keys)
    except (OSError, UnicodeDecodeError) as why:
        _say(f"there is no receipt to read in {given.receipt}: {_reason(why)}", error=True)
        return 2
    except ReceiptRefused as refusal:
        _say(f"no receipt to believe: {refusal}", error=True)
        return 1
    at = datetime.fromtimestamp(payload["iat"], UTC).isoformat()
    batch, sequence = payload["batch"], payload.get("sequence")
    _say(f"signed by {payload['iss']} at {at}, epoch {payload['epoch']}")
    _say(f"assessment {payload.get('assessment')}, device {payload['device']}")
    _say(
        f"{batch['count']} interviews, {payload['state']} but for these; digest {batch['digest']}"
    )
    for other in payload["exceptions"]:
        name = other.get("id") or f"number {other.get('index')}"
        _say(f"  {name}: {other['state']} {other.get('code') or ''}".rstrip())
    if sequence:
        gaps = ", ".join(f"{first}-{last}" for first, last in sequence["gaps"]) or "none"
        _say(f"install {sequence['install']}: whole up to {sequence['contiguous']}, gaps: {gaps}")
    return 0


def _keys(given: argparse.Namespace) -> dict[str, Any] | None:
    if given.keys is not None:
        return _key_set(given.keys.read_bytes())
    path = Path(given.data_dir) / "outbox.db"
    if not path.exists():
        return None
    outbox = Outbox(path)
    try:
        kept = outbox.setting("receipt_keys")
    finally:
        outbox.close()
    return None if kept is None else _key_set(kept)


def _key_set(text: bytes | str) -> dict[str, Any]:
    """A JWK set; raises ValueError for anything else."""
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ValueError("it is no JWK set")
    return dict(found)


def _text_of(given: str) -> str:
    if given == "-":
        return sys.stdin.read().strip()
    # A receipt is longer than any file name may be, and has no slash: else a file was meant.
    is_receipt = len(given) > LONGEST_NAME and "/" not in given
    return given if is_receipt else Path(given).read_text("utf-8").strip()


def _reason(why: Exception) -> str:
    """What went wrong, in one line, without a path that was already told."""
    if isinstance(why, OSError) and why.strerror:
        return why.strerror.lower()
    if isinstance(why, UnicodeDecodeError):
        return "it is no text in UTF-8"
    if isinstance(why, tomllib.TOMLDecodeError):
        return f"it is no TOML: {why}"
    return str(why)


def _client(outbox: Outbox) -> httpx.AsyncClient:
    url = outbox.setting("url")
    if url is None:
        raise SyncStopped("this tablet is not enrolled: usga-tablet enrol URL CODE")
    return httpx.AsyncClient(base_url=url)


def _tablet(outbox: Outbox, http: httpx.AsyncClient) -> Tablet:
    return Tablet(outbox, http, rng=random.Random())  # noqa: S311 - spreads retries


def _say(words: str, *, error: bool = False) -> None:
    print(words, file=sys.stderr if error else sys.stdout)


if __name__ == "__main__":
    raise SystemExit(main())
