"""Files that a server or a hub says no upload will be taken for (docs/protocol/sync.md P-96)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from usga_tablet.outbox import Finalised

_PLACE = re.compile(r"/attachments/([0-9]{1,3})\Z")
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of an interview that stays on this tablet, and why, for the interviewer's eyes."""

    submission: UUID
    name: str
    code: str
    message: str

    def words(self) -> str:
        """One line for a screen; names may hold anything, which is why some are refused."""
        told = f"file {self.name} of interview {self.submission} is not taken: {self.message}"
        return "".join(letter if letter.isprintable() else "\ufffd" for letter in told)


def refused_files(told: Any, batch: Sequence[Finalised]) -> list[RefusedFile]:
    """What an answer's `files` refuse of a batch; what is not of their shape is passed over.

    Nobody signs it, so that nothing is deleted for it.
    """
    lines = {str(item.id): item for item in batch}
    found: list[RefusedFile] = []
    for entry in _mappings(told):
        item = lines.get(str(entry.get("submission")))
        if item is None:
            continue
        listed = orjson.loads(item.line).get("attachments") or []
        for refused in _mappings(entry.get("refused")):
            place = _PLACE.match(str(refused.get("pointer")))
            if place is None or int(place[1]) >= len(listed):
                continue
            code = str(refused.get("code"))[:_LONGEST]
            message = str(refused.get("message") or code)[:_LONGEST]
            found.append(RefusedFile(item.id, str(listed[int(place[1])]["name"]), code, message))
    return found


def _mappings(told: Any) -> Iterator[dict[str, Any]]:
    return (each for each in (told if isinstance(told, list) else ()) if isinstance(each, dict))
