"""What a sync costs on a bad link: bytes of an interview, and seconds for a day of interviews.

The bytes are those of bodies, 20 interviews in each, invented ones of the household form and of
the 40 questions of the other sync rows. The seconds are those of the reference tablet through the
gateway, behind a simulated link (tests/bench/link.py); its forms were pulled before.
"""

import asyncio
import gzip
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from usga_assessment.domain.access.credential import Credential
from usga_assessment.domain.sync.dictionary import Dictionary, train
from usga_assessment.domain.xlsform.compiler import canonical, compile_form
from usga_assessment.storage.credentials import Credentials
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.instruments import Instruments
from usga_expressions.compact import Layout
from usga_expressions.instrument import Instrument
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, make_token
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7
from usga_tablet.drafts import WILLING, make_draft
from usga_tablet.habits import Habits
from usga_tablet.outbox import Finalised, Outbox
from usga_tablet.respondent import Respondent, Situation
from usga_tablet.sync import Patience, Tablet, encode

from tests.bench.harness import Row
from tests.bench.link import GPRS, bad_link
from tests.bench.sync_load import form_of
from tests.support.collecting import DEVICE, FORMS, HERE, add_form, seed
from tools.launcher.stack import Stack

BATCH, DAY, ROUNDS = 20, 50, 3
HOUSEHOLDS = (FORMS / "hvs/hvs.csv").read_bytes()
MORNING = datetime(2026, 6, 1, 5, 0, tzinfo=UTC).astimezone(
    datetime.fromisoformat("2026-06-01T08:00:00+03:00").tzinfo
)


def finalised(outbox: Outbox, document: dict[str, Any], count: int, *, short: bool) -> int:
    """Invented interviews of a form, as the tablet's app finalises them; answers a piece."""
    instrument, layout = Instrument.load(document), Layout.of(document)
    answers = 0
    for number in range(count):
        draft = make_draft(
            assessment=HERE, document=document, instrument=instrument,
            respondent=Respondent(Habits(), seed=11, number=number),
            situation=Situation("p-1", MORNING + timedelta(minutes=11 * number), fixed=WILLING),
            case=f"{str(outbox.install)[:4]}-{number:03}", language="sw", lists={},
        )  # fmt: skip
        outbox.finalise(draft, layout if short else None)
        answers += len(draft["answers"])
    return round(answers / count)


def _body(batch: Sequence[Finalised]) -> bytes:
    return b"".join(each.line + b"\n" for each in batch)


def _bytes(name: str, source: bytes, home: Path) -> list[Row]:
    document = _document(source)
    bodies: dict[bool, bytes] = {}
    answers = 0
    for short in (False, True):
        outbox = Outbox(home / f"{uuid4()}.db")
        answers = finalised(outbox, document, BATCH, short=short)
        bodies[short] = _body(outbox.queued(most=BATCH, most_bytes=10**8))
        outbox.close()
    made = train(document, HERE, "0" * 64)
    dictionary = made.content if made else None
    plain = len(gzip.compress(bodies[False], 6)) / BATCH
    best = len(encode(bodies[True], "zstd", dictionary)) / BATCH
    what = f"bytes a submission, {name} ({answers} answers), batch of {BATCH}"
    return [
        Row(f"{what}, JSON + gzip", "", plain, "B", "460 (40 answers)", "JSON",
            len(bodies[False]) / BATCH),
        Row(f"{what}, compact + dictionary", "", best, "B", "250 (40 answers)", "JSON + gzip",
            plain),
    ]  # fmt: skip


def _document(source: bytes) -> dict[str, Any]:
    document = compile_form(source).document
    assert document is not None
    return dict(orjson.loads(canonical(document)))


async def _collect(url: str, made: Dictionary) -> str:
    """An assessment that collects with the household form; the credential of its tablet."""
    database = Database(url)
    token, now = make_token(TokenKind.DEVICE), datetime.now(UTC)
    try:
        await seed(database, state="collecting")
        async with database.write() as session:
            await add_form(session, HOUSEHOLDS)
            kept = {v.name: v.id for v in await Instruments(session).for_assessment(HERE)}
            await Dictionaries(session).add(kept["hvs"], HERE, made)
            await Credentials(session).add(
                Credential(
                    id=uuid7(now), kind=ActorKind.DEVICE, name="bench", subject=DEVICE,
                    created_at=now, created_by="bench", expires_at=None,
                    grants={HERE: frozenset({Role.ENUMERATOR})},
                ),
                hash_token(token),
            )  # fmt: skip
    finally:
        await database.close()
    return token


async def _a_day(home: Path) -> list[Row]:
    document = _document(HOUSEHOLDS)
    made = await asyncio.to_thread(train, document, HERE, "1" * 64)
    assert made is not None
    stack = Stack(home / "stack")
    try:
        await asyncio.to_thread(stack.prepare)
        token = await _collect(stack.databases["assessment"], made)
        await asyncio.to_thread(stack.serve)
        taken = [await _sync(stack, token, document, home, turn) for turn in range(ROUNDS)]
    finally:
        await asyncio.to_thread(stack.stop)
    seconds = statistics.median(each[0] for each in taken)
    sent = statistics.median(each[1] for each in taken)
    return [
        Row(f"{DAY} interviews, 50 kbit/s, 600 ms, 2 % loss, gateway", "sqlite", seconds, "s",
            "6 s; ODK Collect 105 s", "the bytes alone", 8 * sent / GPRS.up),
    ]  # fmt: skip


async def _sync(
    stack: Stack, token: str, document: dict[str, Any], home: Path, turn: int
) -> tuple[float, int]:
    """Seconds of one sync over the link, and bytes that left the tablet for it."""
    outbox = Outbox(home / f"tablet-{turn}.db")
    rng = random.Random(turn)
    settings = {"device": str(UUID(DEVICE)), "token": token, "assessment": HERE}
    for name, value in settings.items():
        outbox.remember(name, value)
    async with httpx.AsyncClient(base_url=stack.origin) as near:
        keys = (await near.get("/.well-known/jwks.json")).content
        outbox.remember("receipt_keys", keys.decode())
        await Tablet(outbox, near, rng=rng).sync()
    finalised(outbox, document, DAY, short=True)
    async with bad_link(stack.ports.gateway, GPRS, rng) as link:
        origin = f"http://127.0.0.1:{link.port}"
        async with httpx.AsyncClient(base_url=origin) as far:
            began = time.perf_counter()
            report = await Tablet(outbox, far, rng=rng, patience=Patience(tries=3)).sync()
            taken = time.perf_counter() - began
    assert report.outcomes == {"stored": DAY}, report.outcomes
    outbox.close()
    return taken, link.up


async def rows() -> list[Row]:
    """Bytes, then seconds."""
    with tempfile.TemporaryDirectory(prefix="usga-bench-") as name:
        home = Path(name)
        found = _bytes("household form", HOUSEHOLDS, home)
        found += _bytes("40 questions", form_of().encode(), home)
        return found + await _a_day(home)
