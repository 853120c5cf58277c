"""The zstd dictionary of an instrument version: what its interviews have in common (P-9).

It is trained on invented interviews of that form in the compact form, so it tells of the form and
of nobody.
"""

import contextlib
import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import zstandard
from usga_expressions.compact import Layout, NotCompact
from usga_expressions.instrument import Instrument

from usga_assessment.domain.preview import AT, try_instrument

MOST_BYTES = 16 * 1024
"""Size of a dictionary: it is fetched once with its form, over the same link."""
_SCOUTS, _TRIALS = 40, 150
"""Many invented respondents say no and are done: the fullest of a few shows the others the way."""
_FOLLOWED = 0.6
"""How often a respondent answers as that one did, where the form lets it."""
_LEAST_SAMPLES = 8
_LEAST_ID, _ID_BITS = 1 << 15, 31
"""Ids below and above are reserved by the format."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A trained dictionary; its id stands in every frame that needs it."""

    id: int
    content: bytes

    @property
    def sha256(self) -> str:
        """Of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


def train(document: Mapping[str, Any], assessment: str, digest: str) -> Dictionary | None:
    """The dictionary of a form, the same whenever it is trained; None where it gains nothing."""
    samples = _samples(document, assessment, digest)
    size = min(MOST_BYTES, sum(map(len, samples)) // 8)
    if len(samples) < _LEAST_SAMPLES:
        return None
    try:
        trained = zstandard.train_dictionary(
            size,
            list[bytes | bytearray | memoryview](samples),
            dict_id=_id_of(assessment, digest),
            level=19,
        )
    except zstandard.ZstdError:  # a form of a few questions has nothing to learn from
        return None
    return Dictionary(trained.dict_id(), trained.as_bytes())


def _id_of(assessment: str, digest: str) -> int:
    seed = hashlib.sha256(f"usga dictionary/1 {assessment} {digest}".encode()).digest()
    return _LEAST_ID + int.from_bytes(seed[:8]) % ((1 << _ID_BITS) - _LEAST_ID)


def _samples(document: Mapping[str, Any], assessment: str, digest: str) -> list[bytes]:
    instrument, layout = Instrument.load(document), Layout.of(document)
    draw = random.Random(digest)  # noqa: S311 - invented interviews
    scouts = [try_instrument(instrument, seed=seed).answers for seed in range(_SCOUTS)]
    fullest = max(scouts, key=len)
    manifold = dict(_manifold(document["nodes"], document.get("choice_lists") or {}))
    lines: list[bytes] = []
    for seed in range(_SCOUTS, _SCOUTS + _TRIALS):
        known = {n: v for n, v in fullest.items() if draw.random() < _FOLLOWED}
        known |= {name: _several(choices, draw) for name, choices in manifold.items()}
        trial = try_instrument(instrument, seed=seed, known=known)
        with contextlib.suppress(NotCompact):
            row = layout.shorten(trial.answers, AT)
            line = {**_envelope(document, assessment, draw), "answers": row}
            lines.append(orjson.dumps(line) + b"\n")
    return lines


def _manifold(
    nodes: Sequence[Mapping[str, Any]], lists: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[tuple[str, list[str]]]:
    """Questions that take several choices, with those."""
    for node in nodes:
        yield from _manifold(node.get("children") or (), lists)
        if node.get("type") == "select_multiple" and node.get("list") in lists:
            yield node["name"], [str(row.get("name")) for row in lists[node["list"]]]


def _several(choices: Sequence[str], draw: random.Random) -> str:
    count = min(len(choices), 1 + int(draw.expovariate(1.0)))
    return " ".join(choices[n] for n in sorted(draw.sample(range(len(choices)), count)))


def _envelope(document: Mapping[str, Any], assessment: str, draw: random.Random) -> dict[str, Any]:
    """Members in the order in which the reference client writes them."""
    started = AT + timedelta(minutes=draw.randrange(500_000), seconds=draw.randrange(60))
    ended = started + timedelta(minutes=draw.randrange(20, 90))
    return {
        "id": str(UUID(int=draw.getrandbits(128), version=4)),
        "assessment": assessment,
        "instrument": document["name"],
        "version": document["version"],
        "purpose": "production",
        "started_at": started.isoformat(timespec="seconds"),
        "ended_at": ended.isoformat(timespec="seconds"),
        "language": draw.choice(document.get("languages") or ["en"]),
        "answers": None,
        "paradata": {},
        "case": f"c-{draw.randrange(1000):03}",
        "install": str(UUID(int=draw.getrandbits(128), version=4)),
        "seq": draw.randrange(1, 400),
        "salt": f"{draw.getrandbits(128):032x}",
    }
