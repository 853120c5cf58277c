"""Refusals that list everything an author has to mend, in the caller's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from usga_shared.i18n import Messages
from usga_shared.problems import Problem


@dataclass(frozen=True, slots=True)
class Fault:
    """Where something is wrong, and which rule says so (`finding.<code>` has the words)."""

    pointer: str
    code: str


class FaultsFound(Problem):
    """Every fault of a body at once; `errors` has at most 1,000 of them, `found` counts all."""

    slug: ClassVar[str] = "faults-found"
    title: ClassVar[str] = "The content has faults"
    status: ClassVar[int] = 422
    most: ClassVar[int] = 1_000

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(found=len(faults))
        self._faults = faults

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        body = super().document(messages, language, instance)
        body["errors"] = [
            {
                "pointer": fault.pointer,
                "code": fault.code,
                "message": messages.text(f"finding.{fault.code}", language) or fault.code,
            }
            for fault in self._faults[: self.most]
        ]
        return body


class SampleRefused(FaultsFound):
    """The sample has faults; nothing of it was stored."""

    slug: ClassVar[str] = "sample-refused"
    title: ClassVar[str] = "The sample has faults"


class AreasRefused(FaultsFound):
    """The areas have faults; nothing of them was stored."""

    slug: ClassVar[str] = "areas-refused"
    title: ClassVar[str] = "The areas have faults"


class ListRefused(FaultsFound):
    """The list has faults; nothing of it was stored."""

    slug: ClassVar[str] = "list-refused"
    title: ClassVar[str] = "The list has faults"
