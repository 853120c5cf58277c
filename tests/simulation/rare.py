"""What must really have happened over many seeds: a simulation without it proves nothing."""

from collections import Counter
from collections.abc import Iterable

from tests.simulation.hubs import HUB_TROUBLES
from tests.simulation.network import FAULTS
from tests.simulation.season import Outcome
from tests.simulation.troubles import TROUBLES

SOMETIMES = frozenset({
    *FAULTS,
    *TROUBLES,
    *HUB_TROUBLES,
    *(f"receipt {state}" for state in ("stored", "duplicate", "conflict", "branched")),
    "receipt quarantined",
    "receipt withdrawn",
    "decision approve",
    "decision return",
    "withdrawal",
    "revocation",
    "edit",
    "range proved",
    "gap shown",
    "fork shown",
    "restore lost interviews",
    "late form accepted",
    "enrolled again",
    "sync interrupted",
    "tablet crash",
    "tablet clock jump",
    "push on a full disk refused",
    "compact answers",
    "file HEAD 200",
    *(f"file PATCH {status}" for status in (204, 409, 415, 460)),
    "file kept",
    "picture kept",
    "file refused",
    *(f"file refused attachment-{why}" for why in ("unexpected", "unreadable")),
    "file told missing",
    "file told no more",
    "power loss in a file",
    "file carried",
    *(f"file at a hub POST {status}" for status in (201, 507)),
    "file at a hub HEAD 200",
    *(f"file at a hub PATCH {status}" for status in (204, 409, 415, 460)),
    "power loss in a file at a hub",
    *(f"file by a hub {state}" for state in ("coming", "waiting", "kept")),
    "file by a hub refused attachment-unexpected",
    "file receipt by a hub",
    "file undelivered at a hub",
    "undelivered hub-enrolled-anew",
    "file freed at a hub",
    "died over its start",
    "died over its restore",
    "body with a dictionary",
    "strange dictionary refused",
    "hub receipt",
    "parcel receipted",
    "parcel refused",
    *(f"receipt by hub {state}" for state in ("stored", "duplicate", "conflict", "quarantined")),
    "receipt by mail",
    "undelivered by mail",
    "range proved by mail",
    "freed at a hub",
    "hub enrolled anew",
    "drained by hubs alone",
})  # fmt: skip
"""Each fault and each branch of the protocol that some seed must reach."""


def counted(outcomes: Iterable[Outcome]) -> tuple[Counter[str], Counter[str]]:
    """How often each thing happened, and in how many seeds."""
    times: Counter[str] = Counter()
    seeds: Counter[str] = Counter()
    for outcome in outcomes:
        times.update(outcome.seen)
        seeds.update(name for name, count in outcome.seen.items() if count)
    return times, seeds


def never(outcomes: Iterable[Outcome]) -> list[str]:
    """What should have happened sometimes, and never did."""
    times, _ = counted(outcomes)
    return sorted(name for name in SOMETIMES if not times[name])


def table(outcomes: list[Outcome]) -> str:
    """The counts as lines of text."""
    times, seeds = counted(outcomes)
    names = sorted({*SOMETIMES, *times})
    return "\n".join(f"{name:26} {times[name]:8} in {seeds[name]:6} seeds" for name in names)
