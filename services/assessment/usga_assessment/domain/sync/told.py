"""What a tablet was told, and where its pull stands (protocol P-60 to P-69)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from usga_shared.wire.sync import Change

from usga_assessment.domain.sync.rows import print_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull stands: the feed, the name of what was told, and changes half told."""

    feed: int = 0
    told: str = ""
    pending: str = ""
    offset: int = 0

    def encoded(self) -> list[Any]:
        """As a cursor holds it."""
        return [self.feed, self.told, self.pending, self.offset]

    @classmethod
    def of(cls, place: list[Any]) -> "Place":
        """From what a cursor holds.

        Cursors of earlier versions hold fingerprints of whole kinds: what they were told is not
        known here, so that it is told once more; their place in the feed stands.
        """
        return cls(*place) if len(place) == len(cls.__slots__) else cls(place[0])


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a tablet's scope: its print changes when it is to be told again."""

    kind: str
    id: str
    print: str
    value: Mapping[str, Any]

    @classmethod
    def of(cls, kind: str, id_: str, value: Mapping[str, Any]) -> "Entry":
        """An entry whose print is that of its whole value."""
        return cls(kind, id_, print_of(value), value)

    def change(self) -> Change:
        """The complete value."""
        return Change.model_construct(kind=self.kind, id=self.id, value=dict(self.value))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Told:
    """Prints of everything that a tablet was told, by kind and id."""

    prints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Told":
        """What somebody knows who was told these entries."""
        prints: dict[str, dict[str, str]] = {}
        for entry in entries:
            prints.setdefault(entry.kind, {})[entry.id] = entry.print
        return cls(prints)

    def knows(self, entry: Entry) -> bool:
        """Whether the entry was told as it is now."""
        return self.prints.get(entry.kind, {}).get(entry.id) == entry.print

    def content(self) -> bytes:
        """As it is kept."""
        return orjson.dumps(self.prints, option=orjson.OPT_SORT_KEYS)

    @classmethod
    def read(cls, content: bytes) -> "Told":
        """From what was kept."""
        return cls(orjson.loads(content))

    def name(self) -> str:
        """Sixteen hex digits that stand for it in a cursor."""
        return hashlib.sha256(self.content()).hexdigest()[:16]
