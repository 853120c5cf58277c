"""A published release taken back."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from usga_shared.http.strict import StrictRoute
from usga_shared.problems import Forbidden, MissingCredential, NotFound, responses
from usga_shared.wire.vocabulary import RetractionReason

from usga_indicators.dependencies import ClockDep, DatabaseDep, KnownActor
from usga_indicators.messages import NotAReplacement, ReleaseImmutable
from usga_indicators.operations.retract_release import retract_release
from usga_indicators.schemas import Language, Sentences
from usga_indicators.schemas_releases import ReleaseDetail

router = APIRouter(
    prefix="/v1/releases/{release}/retraction", tags=["releases"], route_class=StrictRoute
)


class RetractionBody(BaseModel):
    """Why a release is taken back, for everybody to read."""

    model_config = ConfigDict(extra="forbid")

    reason: RetractionReason = Field(
        description="wrong_data: what it rests on is wrong; wrong_method: definitions, weights or "
        "code are; disclosure: somebody may be recognised; not_agreed: it was out without the "
        "agreement that it needed.",
        examples=["wrong_method"],
    )
    text: dict[Language, Sentences] = Field(
        description="By language; English at least. It is public: with `disclosure` name neither "
        "the cell nor whom it tells of.",
        examples=[{"en": "The weights of two strata were exchanged."}],
    )
    instead: str | None = Field(
        None,
        max_length=36,
        description="Another published release of the assessment to use meanwhile. A correction "
        "of this one that is published later takes its place.",
    )

    @field_validator("text")
    @classmethod
    def _in_english(cls, text: dict[Language, Sentences]) -> dict[Language, Sentences]:
        if "en" not in text:
            raise PydanticCustomError("retraction_text", "say it in English at least")
        return text


@router.post(
    "",
    summary="Retract a published release",
    responses=responses(MissingCredential, Forbidden, NotFound, ReleaseImmutable, NotAReplacement),
)
async def retract(
    *,
    release: Annotated[str, Path(max_length=36)],
    body: RetractionBody,
    actor: KnownActor,
    database: DatabaseDep,
    clock: ClockDep,
) -> ReleaseDetail:
    """Take it back for ever, at once: every read of its numbers is 410 from now on.

    The release stays listed as `retracted`, with the reason. What was read of it stays known, so
    later releases are protected beside it. The same request again changes nothing.
    """
    found = await retract_release(
        database,
        release,
        reason=body.reason,
        text={str(language): words for language, words in body.text.items()},
        instead=body.instead,
        actor=actor,
        clock=clock,
    )
    return ReleaseDetail.of(found.release, found.corrected_by, found.use_instead)
