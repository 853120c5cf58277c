"""What an author sees of a form before it is published, and how versions compare."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.wire.comparison import VersionComparison

from usga_assessment.domain.instrument import InstrumentState
from usga_assessment.domain.preview import LanguageSummary, SectionSummary, Trial


class SectionView(BaseModel):
    """A group or repeat at the top of the form; without a name: questions that stand in none."""

    name: str | None = Field(examples=["module_e"])
    kind: str = Field(description="group, repeat or question.", examples=["group"])
    module: str | None = Field(examples=["E"])
    label: dict[str, str] = Field(examples=[{"en": "Safety"}])
    questions: int = Field(description="Questions inside, all levels.", examples=[17])
    types: dict[str, int] = Field(
        description="Questions by type.", examples=[{"select_one": 12, "integer": 5}]
    )
    sensitivity: int = Field(description="The highest inside, S0 to S3.", examples=[2])

    @classmethod
    def of(cls, found: SectionSummary) -> "SectionView":
        """The view of a section."""
        return cls(
            name=found.name,
            kind=found.kind,
            module=found.module,
            label=dict(found.label),
            questions=found.questions,
            types=dict(found.types),
            sensitivity=found.sensitivity,
        )


class LanguageView(BaseModel):
    """How much of the form's texts a language has."""

    language: str = Field(examples=["sw"])
    texts: int = Field(description="Labels, hints, messages and choices.", examples=[812])
    translated: int = Field(description="Of these, those that the language has.", examples=[812])
    share: float = Field(description="From 0 to 1.", examples=[1.0])

    @classmethod
    def of(cls, found: LanguageSummary) -> "LanguageView":
        """The view of a language."""
        share = found.translated / found.texts if found.texts else 1.0
        return cls(
            language=found.language,
            texts=found.texts,
            translated=found.translated,
            share=round(share, 4),
        )


class StepView(BaseModel):
    """One question that the trial respondent was asked."""

    pointer: str = Field(examples=["/answers/age"])
    name: str = Field(examples=["age"])
    type: str = Field(examples=["integer"])
    answer: Any = Field(description="Invented; null: left open.", examples=[34])
    required: bool


class TrialView(BaseModel):
    """An invented interview: what is asked in which order, and what is calculated."""

    seed: int = Field(description="The same seed gives the same interview.", examples=[1])
    steps: list[StepView]
    answers: dict[str, Any] = Field(
        description="As a tablet would send them, calculations included.",
        examples=[{"consent": "yes", "age": 34, "age_band": "a2534"}],
    )
    complete: bool = Field(description="False when the form is longer than a trial goes.")

    @classmethod
    def of(cls, found: Trial, seed: int) -> "TrialView":
        """The view of a trial interview."""
        return cls(
            seed=seed,
            steps=[
                StepView(
                    pointer=f"/answers{step.pointer}",
                    name=step.name,
                    type=step.type,
                    answer=step.answer,
                    required=step.required,
                )
                for step in found.steps
            ],
            answers=dict(found.answers),
            complete=found.complete,
        )


class PreviewView(BaseModel):
    """A form from above."""

    id: UUID
    name: str = Field(examples=["hvs"])
    version: str = Field(examples=["2026.1.0"])
    state: InstrumentState
    questions: int = Field(examples=[206])
    sections: list[SectionView]
    languages: list[LanguageView]
    trial: TrialView


MOST_CHANGES = 5_000


class ComparisonView(VersionComparison):
    """All changes from one version to another."""

    from_id: UUID = Field(description="The earlier version.")
    to_id: UUID = Field(description="The later version.")
    count: int = Field(
        description=f"All changes; `changes` has at most {MOST_CHANGES:,}.", examples=[12]
    )
