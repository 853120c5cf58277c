"""Publish or retire an instrument version."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol

from usga_shared.i18n import Messages
from usga_shared.problems import Problem

from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion, may_move
from usga_assessment.operations.findings import against_publication, localised


class InstrumentStateRefused(Problem):
    """The version is in a state that does not allow the move; `state` says which."""

    slug: ClassVar[str] = "instrument-state"
    title: ClassVar[str] = "The state of the version does not allow this"
    status: ClassVar[int] = 409


class PublicationRefused(Problem):
    """Rules of ethics stand against it; `errors` names each that nobody has accepted."""

    slug: ClassVar[str] = "publication-refused"
    title: ClassVar[str] = "Rules of ethics stand against publishing this version"
    status: ClassVar[int] = 409

    def __init__(self, findings: Sequence[Mapping[str, Any]] = (), **members: Any) -> None:
        super().__init__(**members)
        self._findings = findings

    def document(self, messages: Messages, language: str, instance: str) -> dict[str, Any]:
        body = super().document(messages, language, instance)
        if self._findings:
            body["errors"] = [
                {"pointer": each["cell"], "code": each["code"], "message": each["message"]}
                for each in localised(self._findings, language)
            ]
        return body


class Instruments(Protocol):
    """What the move needs of the storage."""

    async def move(
        self, kept: InstrumentVersion, to: InstrumentState, at: datetime
    ) -> InstrumentVersion:
        """Record a new state with its time."""
        ...


async def move_instrument(
    instruments: Instruments,
    kept: InstrumentVersion,
    to: InstrumentState,
    *,
    at: datetime,
    accepted: Sequence[str] = (),
) -> InstrumentVersion:
    """Move a version; a second call changes nothing. Retired versions never come back.

    `accepted` are the codes of ethics findings with which a person publishes all the same.
    Raises InstrumentStateRefused, PublicationRefused.
    """
    if kept.state is to:
        return kept
    if not may_move(kept.state, to):
        raise InstrumentStateRefused(state=kept.state.value)
    if to is InstrumentState.PUBLISHED:
        standing = [f for f in against_publication(kept.findings) if f["code"] not in accepted]
        if standing:
            raise PublicationRefused(standing)
    return await instruments.move(kept, to, at)
