"""The states of an assessment, in their order (domain dossier 1.2)."""

from enum import StrEnum


class State(StrEnum):
    """Where an assessment stands."""

    DRAFT = "draft"
    SCOPED = "scoped"
    APPROVED = "approved"
    PILOTING = "piloting"
    COLLECTING = "collecting"
    PROCESSING = "processing"
    ANALYSING = "analysing"
    VALIDATING = "validating"
    PUBLISHED = "published"
    MONITORING = "monitoring"
    ARCHIVED = "archived"


ORDER = tuple(State)


def following(state: State) -> State | None:
    """The state after this one; None at the end."""
    position = ORDER.index(state) + 1
    return ORDER[position] if position < len(ORDER) else None


def reached(state: State, milestone: State) -> bool:
    """Whether an assessment in `state` is at `milestone` or past it."""
    return ORDER.index(state) >= ORDER.index(milestone)
