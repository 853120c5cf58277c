"""Refusals that list everything an author has to mend, in the caller's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from usga_shared.i18n import Messages
from usga_shared.problems import Problem

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.wording import all_in_language, in_language


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


class FormFaults(Problem):
    """A form that its author must mend: `findings` says all, `errors` those that refuse it."""

    most: ClassVar[int] = 1_000

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(found=len(findings))
        self._findings = findings

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        body = super().document(messages, language, instance)
        said = all_in_language(self._findings[: self.most], language)
        body["errors"] = [
            {"pointer": each.cell, "code": each.code, "message": each.message}
            for each in said
            if each.severity is Severity.ERROR
        ]
        body["findings"] = [each.as_json() for each in said]
        return body


def localised(kept: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, Any]]:
    """Findings as they were stored with an instrument version, in the language of the caller."""
    return [_localised(each, language) for each in kept]


def _localised(kept: Mapping[str, Any], language: str) -> dict[str, Any]:
    if "values" not in kept:  # stored before findings could be said in another language
        return dict(kept)
    finding = Finding(
        kept["code"],
        Severity(kept["severity"]),
        kept["cell"],
        kept["message"],
        kept["expected"],
        kept["hint"],
        tuple(kept["values"].items()),
    )
    return in_language(finding, language).as_json()


ETHICS = ("E-", "C-")


def against_publication(kept: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings of ethics that stand against publishing a version for real interviews.

    A form made elsewhere may be imported and looked at with them; notes do not count.
    """
    return [
        each
        for each in kept
        if str(each["code"]).startswith(ETHICS) and each["severity"] != Severity.NOTE.value
    ]


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
