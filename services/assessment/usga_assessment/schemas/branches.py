"""How branches are shown, and what resolves one."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.submission.differences import Branch, Branches
from usga_assessment.domain.submission.held import Held
from usga_assessment.schemas.base import Body, Text
from usga_assessment.schemas.submission import RevisionView, revision_views


class QuestionView(BaseModel):
    """One place in the answers where the branch and the head differ; null: not answered."""

    pointer: str = Field(description="JSON pointer into the envelope.", examples=["/answers/age"])
    field_class: FieldClass
    base: Any = Field(description="What both began from.", examples=[44])
    head: Any = Field(description="What stands.", examples=[45])
    branch: Any = Field(description="What the branch says.", examples=[54])


class BranchView(BaseModel):
    """One stale edit."""

    branch: RevisionView
    base: RevisionView | None = Field(description="What it edits; null: that is not held.")
    device: str | None = Field(description="The tablet that sent it.")
    questions: list[QuestionView]


class BranchesView(BaseModel):
    """The branches of one interview beside what stands."""

    head: RevisionView
    items: list[BranchView]
    opened: list[FieldClass] = Field(description="Sealed classes that were opened for this.")
    withheld: list[FieldClass] = Field(
        description="Classes that your roles do not read: they were not compared."
    )

    @classmethod
    def of(cls, found: Branches) -> "BranchesView":
        """The view of what was compared."""
        return cls(
            head=_revision(found.head),
            items=[_branch(each) for each in found.branches],
            opened=list(found.opened),
            withheld=list(found.withheld),
        )


class Resolution(Body):
    """What becomes of a branch: answers of the head, some as the branch has them."""

    branch: UUID = Field(description="`revision` of the branch.")
    head: UUID = Field(description="`revision` of the head as it was seen: 409 when it moved.")
    take: list[Annotated[str, Field(min_length=1, max_length=255)]] = Field(
        max_length=500,
        description="Names of questions and of whole repeats to take from the branch.",
        examples=[["age"]],
    )
    comment: Text = Field(description="Why; it stands in the history.")


def _branch(found: Branch) -> BranchView:
    return BranchView(
        branch=_revision(found.held),
        base=_revision(found.base) if found.base else None,
        device=found.held.device,
        questions=[
            QuestionView(
                pointer=d.pointer, field_class=d.field_class, base=d.base, head=d.head,
                branch=d.branch,
            )
            for d in found.differences
        ],
    )  # fmt: skip


def _revision(held: Held) -> RevisionView:
    return revision_views([held])[0]
