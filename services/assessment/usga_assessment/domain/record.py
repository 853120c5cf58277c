"""Values that are made for every interview of a push, by the hundred thousand."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def record(cls: type[_T]) -> type[_T]:
    """A slotted dataclass that is frozen for the type checker alone.

    Freezing at run time costs 0.1 us for each field of each value: with all the values that are
    made of one interview more than reading its JSON.
    """
    return dataclass(slots=True)(cls)
