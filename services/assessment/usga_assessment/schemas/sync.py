"""How outcomes of a push are shown, in the caller's language."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field
from usga_shared.i18n import Messages
from usga_shared.wire.sync import AssessmentCode, ItemProblem, ItemResult, SequencePicture
from usga_shared.wire.vocabulary import ItemState

from usga_assessment.domain.submission.check import ProblemNote
from usga_assessment.domain.submission.files import not_taken
from usga_assessment.domain.sync.outcome import Outcome

ITEM_MESSAGES = Messages.load(["usga_assessment.locale"], "items")
"""Words for what can be wrong with an item, by code."""


def item_results(
    outcomes: Iterable[Outcome], messages: Messages, language: str
) -> list[ItemResult]:
    """The items that were not simply stored, with words for a person."""
    return [
        ItemResult(
            index=index,
            id=outcome.id,
            state=outcome.state,
            code=outcome.code,
            problems=problem_views(_notes(outcome), messages, language),
        )
        for index, outcome in enumerate(outcomes)
        if outcome.state is not ItemState.STORED or outcome.code
    ]


def problem_views(
    notes: Iterable[ProblemNote], messages: Messages, language: str
) -> list[ItemProblem]:
    """Problems with words; a code without words speaks for itself."""
    return [
        ItemProblem(
            pointer=note.pointer,
            code=note.code,
            message=messages.text(note.code, language) or note.code,
        )
        for note in notes
    ]


def never_taken(listed: list[dict[str, Any]], most: int, language: str) -> list[ItemProblem]:
    """The files that an envelope lists and no upload is taken for, with words for a person."""
    refused = not_taken(listed, most)
    notes = [ProblemNote(f"/attachments/{index}", code) for index, code in refused]
    return problem_views(notes, ITEM_MESSAGES, language)


def _notes(outcome: Outcome) -> Iterable[ProblemNote]:
    if outcome.problems:
        return outcome.problems
    word = outcome.code or outcome.state.value
    return (ProblemNote("", word),) if word != ItemState.DUPLICATE.value else ()


class InstallReceipt(BaseModel):
    """What is held of one installation, in words and signed."""

    assessment: AssessmentCode
    receipt: str = Field(description="Compact JWS of an empty batch with the sequence picture.")
    sequence: SequencePicture


class ReceiptPage(BaseModel):
    """One entry for each assessment that holds interviews of the installation."""

    items: list[InstallReceipt]
