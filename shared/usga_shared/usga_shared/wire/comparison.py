"""What changed between two versions of a form, as far as answers are to be compared."""

from typing import Literal

from pydantic import BaseModel, Field

Comparability = Literal["full", "partial", "broken"]


class VersionChange(BaseModel):
    """One change of one variable, or of the whole form."""

    variable: str | None = Field(
        None, description="Null for a change of the whole form.", examples=["safe_night"]
    )
    aspect: str = Field(
        description="What changed: added, removed, type, repeat, universe, calculation, wording, "
        "hint, code-added, code-removed, code-relabelled, code-order, code-list, choice-filter, "
        "constraint, required, sensitivity, field-class, module, order, implied, language-added, "
        "language-removed.",
        examples=["wording"],
    )
    effect: Comparability = Field(
        description="full: answers compare as before; partial: with a caveat; broken: they do not."
    )
    language: str | None = Field(None, description="Of a text.", examples=["sw"])
    code: str | None = Field(None, description="Of a choice.", examples=["dk"])
    before: str | None = Field(None, examples=["How safe do you feel here after dark?"])
    after: str | None = Field(None, examples=["How safe do you feel in your area after dark?"])


class VersionComparison(BaseModel):
    """All changes from one version of a form to a later one."""

    instrument: str = Field(examples=["hvs"])
    from_version: str = Field(examples=["2026.1.0"])
    to_version: str = Field(examples=["2026.2.0"])
    effect: Comparability = Field(description="The gravest effect of all.")
    changes: list[VersionChange]
