"""What an evaluation needs from outside: clock, zone, randomness, lists, language."""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from usga_expressions.moments import days_of, parse_moment, whole_days_of
from usga_expressions.reading import Reading

Row = dict[str, str]


class Table:
    """A choice list or look-up table: rows of text, indexed by a column at first use."""

    __slots__ = ("_by_name", "_indexes", "_names", "labels", "rows")

    def __init__(self, rows: Iterable[Mapping[str, object]]) -> None:
        self.rows: list[Row] = []
        self.labels: list[Mapping[str, object]] = []
        self._names: frozenset[str] | None = None
        self._by_name: dict[str, Row] | None = None
        self._indexes: dict[str, dict[str, list[Row]]] = {}
        for row in rows:
            label = row.get("label")
            self.labels.append(label if isinstance(label, Mapping) else {})
            self.rows.append(_flat(row))

    def find(self, column: str, value: str) -> list[Row]:
        """Return the rows whose column holds exactly this text, in order."""
        index = self._indexes.get(column)
        if index is None:
            index = {}
            for row in self.rows:
                if column in row:
                    index.setdefault(row[column], []).append(row)
            self._indexes[column] = index
        return index.get(value, [])

    @property
    def names(self) -> frozenset[str]:
        """The names of all choices."""
        if self._names is None:
            self._names = frozenset(row["name"] for row in self.rows if "name" in row)
        return self._names

    @property
    def by_name(self) -> dict[str, Row] | None:
        """Rows by the name of their choice; None when a name stands for several rows."""
        if self._by_name is None:
            self._by_name = {row["name"]: row for row in self.rows if "name" in row}
        return self._by_name if len(self._by_name) == len(self.rows) else None

    def label(self, name: str, language: str) -> str:
        """Return the label of a choice in a language, empty when there is no such choice."""
        for row in self.find("name", name):
            labels = self.labels[self.rows.index(row)] if self.labels else {}
            return str(labels.get(language, row.get("label", "")))
        return ""


EMPTY_TABLE = Table(())


def _flat(row: Mapping[str, object]) -> Row:
    flat: Row = {}
    extra = row.get("extra")
    if isinstance(extra, Mapping):
        flat.update((str(key), _cell(value)) for key, value in extra.items())
    for key, value in row.items():
        if key == "extra":
            continue
        if isinstance(value, Mapping):
            flat[key] = _cell(next(iter(value.values()), ""))
        elif value is not None:
            flat[key] = _cell(value)
    return flat


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


class Environment:
    """One evaluation's surroundings; cheap to make, not shared between threads.

    `now` is an aware moment, `zone` the zone in which dates are read, `draw` gives numbers in
    [0, 1) for random() and uuid().
    """

    __slots__ = ("_days", "_moments", "draw", "language", "now", "tables", "whole_days", "zone")

    def __init__(
        self,
        *,
        now: datetime,
        zone: tzinfo | None = None,
        draw: Callable[[], float] | None = None,
        tables: Mapping[str, Table] | None = None,
        language: str = "",
        reading: Reading = Reading.SPECIFICATION,
    ) -> None:
        self.now = now
        self.zone: tzinfo = zone or now.tzinfo or UTC
        self.draw = draw or random.Random(0).random  # noqa: S311 - a sample draw, no secret
        self.tables: Mapping[str, Table] = tables or {}
        self.language = language
        self.whole_days = reading is Reading.JAVAROSA
        self._days: dict[str, float] = {}
        self._moments: dict[str, datetime | None] = {}

    def days(self, text: str) -> float:
        """Return the days since 1970 of a date's or moment's text, NaN for other text."""
        known = self._days.get(text)
        if known is None:
            count = whole_days_of if self.whole_days else days_of
            known = self._days[text] = count(text, self.zone)
        return known

    def moment(self, text: str) -> datetime | None:
        """Return the moment that a date's or moment's text means, None for other text."""
        if text in self._moments:
            return self._moments[text]
        found = self._moments[text] = parse_moment(text, self.zone)
        return found

    def table(self, name: str) -> Table:
        """Return a choice list or look-up table by its name, empty when it is not there."""
        return self.tables.get(name, EMPTY_TABLE)
