"""The words of a comparison: one change of one variable, and its effect (ADR-0028)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a change does to comparing answers of the two versions."""

    FULL = "full"
    """Answers compare as before; the change is told so that a person can object."""
    PARTIAL = "partial"
    """Answers compare with a caveat: something was asked, offered or said otherwise."""
    BROKEN = "broken"
    """Answers are not of one variable: other values, or other people were asked."""


_RANK = {Effect.FULL: 0, Effect.PARTIAL: 1, Effect.BROKEN: 2}


def worst(effects: Iterable[Effect]) -> Effect:
    """The gravest of these effects; nothing changed is full."""
    return max(effects, key=_RANK.__getitem__, default=Effect.FULL)


class Aspect(StrEnum):
    """What of a variable changed."""

    ADDED = "added"
    REMOVED = "removed"
    TYPE = "type"
    REPEAT = "repeat"
    UNIVERSE = "universe"
    CALCULATION = "calculation"
    WORDING = "wording"
    HINT = "hint"
    CODE_ADDED = "code-added"
    CODE_REMOVED = "code-removed"
    CODE_RELABELLED = "code-relabelled"
    CODE_ORDER = "code-order"
    CODE_LIST = "code-list"
    CHOICE_FILTER = "choice-filter"
    CONSTRAINT = "constraint"
    REQUIRED = "required"
    SENSITIVITY = "sensitivity"
    FIELD_CLASS = "field-class"
    MODULE = "module"
    ORDER = "order"
    IMPLIED = "implied"
    LANGUAGE_ADDED = "language-added"
    LANGUAGE_REMOVED = "language-removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; `variable` is None for a change of the whole form."""

    aspect: Aspect
    effect: Effect
    variable: str | None = None
    language: str | None = None
    code: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes from one version to another, in the order of the newer form."""

    changes: tuple[Change, ...]
    effects: Mapping[str, Effect] = field(default_factory=dict)
    """The gravest effect on each variable that changed."""

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Comparison":
        """A comparison from its changes."""
        found = tuple(changes)
        by_variable: dict[str, list[Effect]] = {}
        for change in found:
            if change.variable is not None:
                by_variable.setdefault(change.variable, []).append(change.effect)
        return cls(found, {name: worst(effects) for name, effects in by_variable.items()})

    @property
    def effect(self) -> Effect:
        """The gravest effect of all."""
        return worst(change.effect for change in self.changes)
