"""Files of an interview: those that its answers name, and those that its envelope lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from usga_assessment.domain.submission.typed import Level, answers_of
from usga_assessment.domain.submission.unconsented import Place

TYPES = frozenset({"image", "audio", "video", "file", "background-audio", "audit"})
NOT_LISTED, NOT_NAMED = "file-not-listed", "file-not-named"
"""Doubtful, and no more: files follow their interview later, and on their own way."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that an answer names; what the envelope says of it, when it lists it."""

    place: Place
    name: str
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None

    @property
    def question(self) -> str:
        """The name of the question that it answers."""
        return str(self.place[-1])


def named_files(
    answers: Mapping[str, Any], level: Level, listed: list[dict[str, Any]]
) -> list[NamedFile]:
    """The files that the answers name, in the order of the form."""
    by_name = {str(item["name"]): item for item in listed}
    found: list[NamedFile] = []
    for answer in answers_of(answers, level):
        item = by_name.get(answer.value, {})
        found.append(
            NamedFile(
                answer.place, answer.value, item.get("sha256"), item.get("size"), item.get("type")
            )
        )
    return found


def unnamed(named: list[NamedFile], listed: list[dict[str, Any]]) -> list[int]:
    """The positions in the envelope's list of files that no answer names."""
    names = {file.name for file in named}
    return [index for index, item in enumerate(listed) if item["name"] not in names]
