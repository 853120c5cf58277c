"""What the indicators service says of fieldwork."""

from pydantic import BaseModel, Field


class InterviewerFlag(BaseModel):
    """One measure that stands out among all interviewers: the start of a back-check, no proof."""

    measure: str = Field(description="As in docs/methods/quality.md.", examples=["straightline"])
    p: float = Field(description="Adjusted for all comparisons of the survey.", examples=[0.003])


class InterviewerView(BaseModel):
    """One interviewer, by pseudonym; shares are of interviews, of answers for missing ones."""

    interviewer: str = Field(description="Stable in an assessment.", examples=["5d2c0a91be77f3e0"])
    few: bool = Field(default=False, description="Fewer than 10 interviews: nothing is told.")
    interviews: int | None = Field(None, description="Null where few.", examples=[42])
    median_minutes: float | None = Field(None, examples=[37.5])
    share_short: float | None = Field(None, examples=[0.02])
    share_straight_lined: float | None = Field(None, examples=[0.01])
    share_near_duplicates: float | None = Field(None, examples=[0.0])
    whipple: float | None = Field(None, description="100 is no heaping of ages.", examples=[104.0])
    share_outside: float | None = Field(
        None, description="Positions outside the area of the case.", examples=[0.05]
    )
    median_distance_m: float | None = Field(
        None, description="Metres to the centre of the area.", examples=[310.0]
    )
    share_missing: float | None = Field(None, examples=[0.08])
    flags: list[InterviewerFlag] = Field(default_factory=list)


class Effect(BaseModel):
    """How much interviewers differ on one rating question (intraclass correlation)."""

    item: str = Field(examples=["scale_mean"])
    icc: float | None = Field(None, examples=[0.03])
    design_effect: float | None = Field(None, examples=[1.6])


class QualityView(BaseModel):
    """The fieldwork of an assessment's survey in numbers."""

    assessment: str = Field(examples=["KE-TESTVILLE-2026"])
    instrument: str = Field(examples=["hvs"])
    interviews: int = Field(examples=[820])
    left_out: int = Field(0, description="Older interviews beyond the 20,000 newest.")
    interviewers: int = Field(examples=[24])
    rating_items: list[str] = Field(
        default_factory=list, description="The grid that straight-lining is judged by."
    )
    median_minutes: float | None = Field(None, examples=[38.0])
    overlapping: int = Field(0, description="Began before the interviewer's last one ended.")
    flagged: list[str] = Field(default_factory=list, description="Interviewers with flags.")
    effects: list[Effect] = Field(default_factory=list)
    by_interviewer: list[InterviewerView] = Field(default_factory=list)
