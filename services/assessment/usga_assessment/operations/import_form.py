"""Import a form: compile it, then keep the outcome as a draft version."""

from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from usga_shared.problems import Problem

from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.xlsform.compiled_form import CompiledForm, digest_of
from usga_assessment.operations.findings import FormFaults


class FormRefused(FormFaults):
    """The form has errors; `errors` names each cell, `findings` says all with hints."""

    slug: ClassVar[str] = "form-refused"
    title: ClassVar[str] = "The form has errors"
    status: ClassVar[int] = 422


class FormUnreadable(FormFaults):
    """The bytes are no XLSForm workbook, or pass a cap."""

    slug: ClassVar[str] = "form-unreadable"
    title: ClassVar[str] = "The file cannot be read as a form"
    status: ClassVar[int] = 422


class InstrumentVersionExists(Problem):
    """The assessment already has this name and version with other content."""

    slug: ClassVar[str] = "instrument-version-exists"
    title: ClassVar[str] = "This version exists with other content"
    status: ClassVar[int] = 409


class Instruments(Protocol):
    """What the import needs of the storage."""

    async def find(self, assessment: str, name: str, version: str) -> InstrumentVersion | None:
        """The version of this name, or None."""
        ...

    async def add(self, made: InstrumentVersion) -> None:
        """Keep a new version."""
        ...


def accepted(form: CompiledForm) -> dict[str, Any]:
    """The document of a compiled form; raises what the author must change."""
    if form.document is not None:
        return form.document
    kind = FormRefused if form.readable else FormUnreadable
    raise kind(form.findings)


async def import_form(
    instruments: Instruments, form: CompiledForm, *, assessment: str, new_id: UUID, at: datetime
) -> tuple[InstrumentVersion, bool]:
    """Keep a form as a draft; says whether it is new. The same form again changes nothing."""
    document = accepted(form)
    digest = digest_of(document)
    name, version = str(document["name"]), str(document["version"])
    kept = await instruments.find(assessment, name, version)
    if kept is not None:
        if kept.digest != digest:
            raise InstrumentVersionExists(name=name, version=version)
        return kept, False
    made = InstrumentVersion(
        id=new_id,
        assessment=assessment,
        name=name,
        version=version,
        digest=digest,
        document=document,
        state=InstrumentState.DRAFT,
        findings=tuple(finding.as_json() for finding in form.findings),
        created_at=at,
    )
    await instruments.add(made)
    return made, True
