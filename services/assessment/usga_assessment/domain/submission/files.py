"""Files of an interview: those that its answers name, and those that its envelope lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from usga_assessment.domain.attachments.kinds import TOO_LARGE, known, objection
from usga_assessment.domain.submission.typed import Level, answers_of
from usga_assessment.domain.submission.unconsented import Place

TYPES = frozenset({"image", "audio", "video", "file", "background-audio", "audit"})
NOT_LISTED, NOT_NAMED = "file-not-listed", "file-not-named"
"""Doubtful, and no more: files follow their interview later, and on their own way."""
OTHER_KIND = "file-of-other-kind"
"""A photo question answered by a sheet: it breaks the form as a text in a number does (P-95)."""
_IN_VIDEO_BOXES = ("audio/", "video/mp4", "video/3gpp", "video/webm")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "image": ("image/",),
    "audio": _IN_VIDEO_BOXES,
    "background-audio": _IN_VIDEO_BOXES,
    "video": ("video/",),
    "audit": ("text/",),
}
"""What a media type begins with, by the type of its question; recorders name their boxes."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that an answer names; what the envelope says of it, when it lists it."""

    place: Place
    name: str
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    type: str = "file"
    """Of its question."""

    @property
    def is_of_other_kind(self) -> bool:
        """Whether the envelope lists it as something that its question does not ask for."""
        listed = known(self.media_type)
        return listed is not None and not listed.startswith(_KINDS.get(self.type, ("",)))

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
                answer.place,
                answer.value,
                item.get("sha256"),
                item.get("size"),
                item.get("type"),
                answer.type,
            )
        )
    return found


def not_taken(listed: list[dict[str, Any]], most: int | None = None) -> list[tuple[int, str]]:
    """The positions in the envelope's list of files for which no upload is taken, and why.

    `most` are the bytes that an upload may have here; None: sizes are not judged.
    """
    found: list[tuple[int, str]] = []
    for index, item in enumerate(listed):
        code = objection(item["name"], item["type"])
        if code is None and most is not None and item["size"] > most:
            code = TOO_LARGE
        if code is not None:
            found.append((index, code))
    return found


def unnamed(named: list[NamedFile], listed: list[dict[str, Any]]) -> list[int]:
    """The positions in the envelope's list of files that no answer names."""
    names = {file.name for file in named}
    return [index for index, item in enumerate(listed) if item["name"] not in names]
