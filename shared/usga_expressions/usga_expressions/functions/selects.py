"""Functions over blank-separated lists of choices, and over choice lists."""

from collections.abc import Sequence

from usga_expressions.environment import Environment


def selected(text: str, item: str) -> bool:
    """Tell whether one item of the list equals `item`; an empty list holds the empty item.

    Blanks around the item do not count.
    """
    item = item.strip()
    return item in text.split() or (item == "" and not text.strip())


def selected_at(text: str, index: float) -> str:
    """Return the item at an index counted from 0; empty outside."""
    items = text.split()
    if not 0 <= index < len(items):
        return ""
    return items[int(index)]


def count_selected(text: str) -> float:
    """Count the items."""
    return float(len(text.split()))


def checklist(least: float, most: float, marks: Sequence[bool]) -> bool:
    """Count what holds and compare with the limits; -1 is no limit."""
    return _within(float(sum(marks)), least, most)


def weighted_checklist(
    least: float, most: float, marks: Sequence[bool], weights: Sequence[float]
) -> bool:
    """Add the weights of what holds and compare with the limits; -1 is no limit."""
    total = sum(weight for mark, weight in zip(marks, weights, strict=False) if mark)
    return _within(total, least, most)


def _within(total: float, least: float, most: float) -> bool:
    return (least == -1 or total >= least) and (most == -1 or not total > most)


def choice_name(
    environment: Environment, name: str, table: str, key: str = "name", label: str = "label"
) -> str:
    """Return the label of a choice in the language of the evaluation."""
    return environment.table(table).label(name, environment.language, key, label)


def label_of(name: str, values: Sequence[str], labels: Sequence[str]) -> str:
    """Return the label beside the first value that is this name; empty when there is none."""
    if not name:
        return ""
    return next((label for value, label in zip(values, labels, strict=True) if value == name), "")


def itext(environment: Environment, key: str) -> str:
    """Return the text of a choice by its key, in the language of the evaluation."""
    return environment.itext(key)


def pull(environment: Environment, table: str, column: str, key: str, value: str) -> str:
    """Return a cell of the first row whose key column holds the value."""
    for row in environment.table(table).find(key, value):
        return row.get(column, "")
    return ""
