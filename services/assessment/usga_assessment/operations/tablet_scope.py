"""What belongs to a tablet now: forms, dictionaries, lists, cases, settings (P-60, P-61, P-69)."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from usga_assessment.domain.access.credential import Device
from usga_assessment.domain.assessment.assessment import ReferenceList
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.sampling.case import Case
from usga_assessment.domain.sync.rows import digest_of_plain
from usga_assessment.domain.sync.told import Entry

SETTINGS, WIPE, INSTRUMENT, DICTIONARY, LIST, CASE = (
    "settings", "wipe", "instrument", "dictionary", "list", "case",
)  # fmt: skip
SHARED = frozenset({INSTRUMENT, DICTIONARY, LIST})
"""What all tablets of an assessment share; by a hub a tablet's own comes sealed, as mail."""
LOSABLE = (INSTRUMENT, DICTIONARY, LIST, CASE)
"""Kinds of which the tablet is told what is no longer its own, each with `removed`."""


class Named(Protocol):
    """A dictionary; what stands for it is its digest."""

    @property
    def id(self) -> int: ...

    @property
    def sha256(self) -> str: ...

    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What belongs to a tablet now, as it is held.

    Documents, rows and contents stand for themselves by digest: `entries_of` gives the same prints
    without them.
    """

    device: Device
    instruments: Sequence[InstrumentVersion]
    lists: Sequence[ReferenceList]
    cases: Sequence[Case]
    dictionaries: Mapping[UUID, Named] = field(default_factory=dict)


def entries_of(scope: Scope) -> list[Entry]:
    """Everything that the tablet is to know, each with its print; what names it comes first."""
    published = [v for v in scope.instruments if v.state is InstrumentState.PUBLISHED]
    cases = [Entry.of(CASE, case.case_id, _case(case)) for case in scope.cases]
    wipe = [Entry(WIPE, str(scope.device.id), "1", {})] if scope.device.wipe else []
    return [
        Entry.of(SETTINGS, "scope", _settings(published, scope.lists, cases)),
        *wipe,
        *map(_instrument, published),
        *(
            _dictionary(version, scope.dictionaries[version.id])
            for version in published
            if version.id in scope.dictionaries
        ),
        *map(_list, scope.lists),
        *cases,
    ]


def _settings(
    published: Sequence[InstrumentVersion], lists: Sequence[ReferenceList], cases: Sequence[Entry]
) -> dict[str, Any]:
    """What belongs to the tablet by name: whatever is not named is no longer its own."""
    named = sorted(cases, key=lambda entry: entry.id)
    return {
        "instruments": sorted(str(version.id) for version in published),
        "lists": sorted(item.name for item in lists),
        "cases": [entry.id for entry in named],
        "case_count": len(named),
        "case_digest": digest_of_plain([[entry.id, entry.value] for entry in named]),
    }


def _instrument(version: InstrumentVersion) -> Entry:
    value = {
        "name": version.name,
        "version": version.version,
        "digest": version.digest,
        "document": version.document,
    }
    return Entry(INSTRUMENT, str(version.id), version.digest[:16], value)


def _dictionary(version: InstrumentVersion, made: Named) -> Entry:
    """What bodies with interviews of a published version may be compressed with (P-9)."""
    value = {
        "number": made.id,
        "instrument": version.name,
        "version": version.version,
        "sha256": made.sha256,
        "content": b64encode(made.content).decode(),
    }
    return Entry(DICTIONARY, str(version.id), made.sha256[:16], value)


def _list(item: ReferenceList) -> Entry:
    value = {"digest": item.digest, "size": len(item.rows), "rows": item.rows}
    return Entry(LIST, item.name, item.digest[:16], value)


def _case(case: Case) -> dict[str, Any]:
    return {
        "stratum": case.design.stratum,
        "psu": case.design.psu,
        "disposition": case.disposition,
        "visits": case.visits,
        "preload": {
            "stratum": case.design.stratum,
            "psu_code": case.design.psu,
            "psu": case.design.psu,
        },
    }
