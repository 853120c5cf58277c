"""What two edits of one interview say, question by question, beside what both began from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.submission.held import Held

Parts = Mapping[FieldClass, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in the answers where they are not alike; None: not answered."""

    pointer: str
    field_class: FieldClass
    base: Any
    head: Any
    branch: Any


@dataclass(frozen=True, slots=True)
class Branch:
    """One stale edit: what it edits (None: that is not held), and where it differs."""

    held: Held
    base: Held | None
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Branches:
    """What stands of an interview, and the edits that were kept beside it."""

    head: Held
    branches: list[Branch]
    opened: tuple[FieldClass, ...]
    withheld: tuple[FieldClass, ...]


def differences(base: Parts | None, head: Parts, branch: Parts) -> list[Difference]:
    """Every place in which the head and the branch differ from each other.

    Where both say the same there is nothing to decide, whatever they began from. Rows of repeats
    are compared by their number.
    """
    found: list[Difference] = []
    for kind in FieldClass:
        begun = dict(_leaves((base or {}).get(kind, {})))
        stands, other = (dict(_leaves(parts.get(kind, {}))) for parts in (head, branch))
        found += [
            Difference(place, kind, begun.get(place), stands.get(place), other.get(place))
            for place in dict.fromkeys([*stands, *other])
            if stands.get(place) != other.get(place)
        ]
    return found


def _leaves(answers: Mapping[str, Any], at: str = "/answers") -> Iterator[tuple[str, Any]]:
    for name, value in answers.items():
        if type(value) is list and all(type(row) is dict for row in value):
            for number, row in enumerate(value):
                yield from _leaves(row, f"{at}/{name}/{number}")
        elif value not in (None, ""):
            yield f"{at}/{name}", value
