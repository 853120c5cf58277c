"""What an evaluation needs from outside: clock, zone, randomness, lists, language."""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from usga_expressions.moments import days_of, parse_moment, whole_days_of
from usga_expressions.reading import Reading

Row = dict[str, str]


class Table:
    """A choice list or look-up table: rows of text, indexed by a column at first use."""

    __slots__ = ("_indexes", "_unique", "_values", "labels", "rows")

    def __init__(self, rows: Iterable[Mapping[str, object]], *, itext: str = "") -> None:
        """Take the rows; `itext` is the list's name when its labels stand by language.

        As pyxform writes them, the rows then have the column `itextId`, for jr:itext().
        """
        self.rows: list[Row] = []
        self.labels: list[Mapping[str, object]] = []
        self._values: dict[str, frozenset[str]] = {}
        self._unique: dict[str, dict[str, Row]] = {}
        self._indexes: dict[str, dict[str, list[Row]]] = {}
        for row in rows:
            label = row.get("label")
            self.labels.append(label if isinstance(label, Mapping) else {})
            self.rows.append(_flat(row))
            if itext:
                self.rows[-1].setdefault("itextId", f"{itext}-{len(self.rows) - 1}")

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

    def values(self, column: str) -> frozenset[str]:
        """Return every text of a column."""
        known = self._values.get(column)
        if known is None:
            known = frozenset(row[column] for row in self.rows if column in row)
            self._values[column] = known
        return known

    def unique(self, column: str) -> dict[str, Row] | None:
        """Return the rows by a column; None when a text stands for several rows."""
        known = self._unique.get(column)
        if known is None:
            known = {row[column]: row for row in self.rows if column in row}
            self._unique[column] = known
        return known if len(known) == len(self.rows) else None

    def label(self, name: str, language: str, key: str = "name", label: str = "label") -> str:
        """Return the label of a choice in a language, empty when there is no such choice."""
        for row in self.find(key, name):
            labels = self.labels[self.rows.index(row)] if label == "label" else {}
            return str(labels.get(language, row.get(label, "")))
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


class _Draw:
    """The same numbers for every evaluation; the generator is made when one is drawn."""

    __slots__ = ("_random",)

    def __init__(self) -> None:
        self._random: random.Random | None = None

    def __call__(self) -> float:
        if self._random is None:
            self._random = random.Random(0)  # noqa: S311 - a sample draw, no secret
        return self._random.random()


class Environment:
    """One evaluation's surroundings; cheap to make, not shared between threads.

    `now` is an aware moment, `zone` the zone in which dates are read, `draw` gives numbers in
    [0, 1) for random() and uuid().
    """

    __slots__ = (
        "_days", "_moments", "dates", "draw", "language", "now", "tables", "whole_days", "zone",
    )  # fmt: skip

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
        self.draw = draw or _Draw()
        self.tables: Mapping[str, Table] = tables or {}
        self.language = language
        self.whole_days = reading is Reading.JAVAROSA
        self.dates: dict[str, str] = {}  # what date() made of texts
        self._days: dict[str, float] = {}
        self._moments: dict[str, datetime | None] = {}

    def read_as(self, reading: Reading) -> "Environment":
        """Return the same surroundings for expressions that were compiled in another reading."""
        return Environment(
            now=self.now,
            zone=self.zone,
            draw=self.draw,
            tables=self.tables,
            language=self.language,
            reading=reading,
        )

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

    def itext(self, key: str) -> str:
        """Return the label that `jr:itext('list-3')` means, empty for other keys."""
        name, _, place = key.rpartition("-")
        labels = self.table(name).labels
        if not place.isdecimal() or not place.isascii() or int(place[:9]) >= len(labels):
            return ""
        return str(labels[int(place[:9])].get(self.language, ""))

    def table(self, name: str) -> Table:
        """Return a choice list or look-up table by its name, empty when it is not there."""
        return self.tables.get(name, EMPTY_TABLE)
