"""Faults planted on purpose into synthetic fieldwork, to see that the platform handles them."""

import random
from collections.abc import Mapping
from copy import deepcopy
from enum import StrEnum
from typing import Any
from uuid import uuid4


class Fault(StrEnum):
    """What can go wrong in the field."""

    INVALID = "invalid"
    DUPLICATE = "duplicate"
    STALE_EDIT = "stale_edit"
    GATE_CLOSED = "gate_closed"
    WITHDRAWN = "withdrawn"


def plan(total: int, share: float, rng: random.Random) -> dict[int, Fault]:
    """Choose which of `total` interviews get a fault, in turn of every kind."""
    chosen = sorted(rng.sample(range(total), round(total * share)))
    kinds = list(Fault)
    return {number: kinds[i % len(kinds)] for i, number in enumerate(chosen)}


def make_invalid(answers: Mapping[str, Any], variable: str = "age") -> dict[str, Any]:
    """Break a rule of the form as a mistyped answer does."""
    broken = dict(answers)
    broken[variable] = 999
    return broken


def close_gate(
    answers: Mapping[str, Any], consent: str = "consent_sens", s3: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Withdraw the sensitive consent but leave the answers behind it, as a defective app would."""
    leaking = dict(answers)
    leaking[consent] = "no"
    for name, value in (s3 or {}).items():
        leaking.setdefault(name, value)
    return leaking


def edit(
    draft: Mapping[str, Any], finalised_id: object, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """A new revision of a finalised interview; two edits of one revision make a branch."""
    revised = deepcopy(dict(draft))
    revised["id"] = str(uuid4())
    revised["revises"] = str(finalised_id)
    revised["answers"] = {**revised["answers"], **changes}
    return revised
