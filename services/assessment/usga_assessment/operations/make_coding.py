"""Prepare the versions of a form so that an export can say why each value is missing."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from usga_expressions.environment import Table
from usga_shared.wire.implied import implied_by
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.export.coding import Coding
from usga_assessment.domain.export.reasons import Reasons
from usga_assessment.domain.instrument import InstrumentVersion
from usga_assessment.storage.instruments import compiled


def make_coding(
    versions: Sequence[InstrumentVersion],
    classes: frozenset[FieldClass],
    lists: Mapping[str, Table],
    names: Sequence[str],
) -> Coding:
    """Compile what is needed: heavy for long forms, so not for an event loop."""
    reasons: dict[str, Reasons] = {}
    implied: set[str] = set()
    for version in versions:
        instrument = compiled(version)
        wanted = {n: t for n, t in lists.items() if n in instrument.external_lists}
        reasons[version.version] = Reasons.of(
            version.document, instrument, classes=classes, lists=wanted
        )
        implied |= {
            node["name"] for node in _questions(version.document["nodes"]) if implied_by(node)
        }
    return Coding(reasons, tuple(name for name in names if name in implied))


def _questions(nodes: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for node in nodes:
        if node["kind"] == "question":
            yield node
        yield from _questions(node.get("children") or ())
