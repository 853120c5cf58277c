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
    share_same_spot: float | None = Field(
        None,
        description="Held within five metres of another one of the interviewer.",
        examples=[0.02],
    )
    share_night: float | None = Field(
        None, description="Began before 6 or after 21 by the sun.", examples=[0.01]
    )
    share_missing: float | None = Field(None, examples=[0.08])
    flags: list[InterviewerFlag] = Field(default_factory=list)


class MeasureWords(BaseModel):
    """A measure in plain words, by language."""

    measure: str = Field(examples=["gps_same"])
    title: dict[str, str] = Field(description="What was found.")
    check: dict[str, str] = Field(description="Honest reasons, and what to look at first.")


class Effect(BaseModel):
    """How much interviewers differ on one rating question (intraclass correlation)."""

    item: str = Field(examples=["scale_mean"])
    icc: float | None = Field(None, examples=[0.03])
    design_effect: float | None = Field(None, examples=[1.6])


class AgreementView(BaseModel):
    """Kappa with squared weights: 1 is agreement, 0 is what chance gives."""

    kappa: float | None = Field(
        None, description="Null where it cannot be said: nothing to compare, or one score alone."
    )
    standard_error: float | None = None
    exact: float | None = Field(None, description="Share of pairs with the same score.")
    pairs: int = Field(examples=[64])
    left_out: int = Field(description="Pairs without a score of one of them.", examples=[3])
    reached: bool = Field(description="At least 0.6: the two may be brought to a consensus.")


class RatersView(BaseModel):
    """How far both raters of the governance scorecard agree."""

    assessment: str = Field(examples=["KE-TESTVILLE-2026"])
    institutions: int = Field(description="Scored by both.", examples=[4])
    alone: int = Field(description="Scored by one of them so far.", examples=[1])
    overall: AgreementView
    domains: dict[str, AgreementView] = Field(description="By domain of the scorecard, g1 to g9.")


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
    measures: list[MeasureWords] = Field(
        default_factory=list, description="The measures that flags name, in plain words."
    )
