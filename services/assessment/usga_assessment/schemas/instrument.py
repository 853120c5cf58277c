"""What the API shows of instruments."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from usga_shared.wire.implied import implied_by
from usga_shared.wire.vocabulary import Missing

from usga_assessment.domain.export.codes import missing_codes
from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.domain.xlsform.codebook import Variable, codebook
from usga_assessment.domain.xlsform.compiled_form import CompiledForm, digest_of


class FindingView(BaseModel):
    """One thing wrong or doubtful in one cell of the workbook."""

    code: str = Field(description="Stable name of the rule.", examples=["duplicate-choice"])
    severity: str = Field(description="error, warning or note.", examples=["warning"])
    cell: str = Field(description="Sheet, column and row.", examples=["choices!B6"])
    sheet: str | None = Field(None, description="The sheet.", examples=["choices"])
    row: int | None = Field(None, description="The row.", examples=[6])
    name: str | None = Field(
        None, description="The question, group or choice that it speaks of.", examples=["often"]
    )
    message: str = Field(description="What was found.", examples=["The choice '4' stands twice."])
    expected: str | None = Field(
        None, description="What would be right.", examples=["unique names"]
    )
    hint: str | None = Field(None, description="A way out.", examples=["Rename one of them."])


def finding_views(said: Iterable[dict[str, Any]]) -> list[FindingView]:
    """The views of findings that have their language."""
    known = FindingView.model_fields
    return [FindingView(**{k: v for k, v in each.items() if k in known}) for each in said]


class InstrumentView(BaseModel):
    """An instrument version, without its document."""

    id: UUID = Field(description="Identifier of the version.")
    assessment: str = Field(description="Assessment code.", examples=["KE-MATHARE-2026"])
    name: str = Field(description="form_id of the form.", examples=["hvs"])
    version: str = Field(description="version of the form.", examples=["2026.1.0"])
    digest: str = Field(description="SHA-256 of the canonical document.", examples=["ab" * 32])
    state: InstrumentState = Field(description="draft, published or retired.", examples=["draft"])
    title: dict[str, str] = Field(description="Title by language.", examples=[{"en": "Survey"}])
    languages: list[str] = Field(description="Languages of the form.", examples=[["en", "sw"]])
    questions: int = Field(description="Number of questions.", examples=[206])
    created_at: datetime = Field(description="When it was imported.")
    published_at: datetime | None = Field(None, description="When it was published.")
    retired_at: datetime | None = Field(None, description="When it was retired.")
    findings: list[FindingView] = Field(description="What the compiler and the ethics lint say.")

    @classmethod
    def of(cls, kept: InstrumentVersion, said: Iterable[dict[str, Any]]) -> "InstrumentView":
        """The view of a stored version; `said` are its findings in the caller's language."""
        document = kept.document
        return cls(
            id=kept.id,
            assessment=kept.assessment,
            name=kept.name,
            version=kept.version,
            digest=kept.digest,
            state=kept.state,
            title=document["title"],
            languages=document["languages"],
            questions=document["size"]["questions"],
            created_at=kept.created_at,
            published_at=kept.published_at,
            retired_at=kept.retired_at,
            findings=finding_views(said),
        )


class CompiledView(BaseModel):
    """What an accepted form would become."""

    name: str = Field(examples=["hvs"])
    version: str = Field(examples=["2026.1.0"])
    languages: list[str] = Field(examples=[["en", "sw"]])
    questions: int = Field(examples=[206])
    digest: str = Field(description="SHA-256 of the canonical document.", examples=["ab" * 32])


class CompilationView(BaseModel):
    """The outcome of checking a form; nothing was stored."""

    accepted: bool = Field(description="No finding of severity error.")
    readable: bool = Field(description="The bytes are a workbook.")
    instrument: CompiledView | None = Field(description="Null when it is refused.")
    findings: list[FindingView]

    @classmethod
    def of(cls, form: CompiledForm, said: Iterable[dict[str, Any]]) -> "CompilationView":
        """The view of a compilation; `said` are its findings in the caller's language."""
        document = form.document
        made = None
        if document is not None:
            made = CompiledView(
                name=document["name"],
                version=document["version"],
                languages=document["languages"],
                questions=document["size"]["questions"],
                digest=digest_of(document),
            )
        return cls(
            accepted=not form.refused,
            readable=form.readable,
            instrument=made,
            findings=finding_views(said),
        )


class CodeView(BaseModel):
    """One code of a variable."""

    code: str = Field(description="The stored value.", examples=["yes"])
    label: dict[str, str] = Field(description="Label by language.", examples=[{"en": "Yes"}])


class MissingView(BaseModel):
    """A reason for which the variable can have no value of its own."""

    code: str = Field(description="In exports with `missing=codes`.", examples=[".dk"])
    reason: Missing = Field(examples=["dk"])
    sent: str | None = Field(
        description="What tablets send for it; null: the answer is absent.", examples=["-98"]
    )


class ImpliedView(BaseModel):
    """An earlier answer that makes the value certain."""

    screener: str = Field(description="The earlier question.", examples=["sh_3y"])
    when: list[str] = Field(description="Its answers that do so.", examples=[["none"]])
    value: str = Field(description="The value then.", examples=["no"])


class VariableView(BaseModel):
    """One variable of the codebook."""

    name: str = Field(description="Variable name.", examples=["safe_night"])
    type: str = Field(description="XLSForm type.", examples=["select_one"])
    repeat: str | None = Field(description="Repeat that holds it.", examples=[None])
    module: str | None = Field(description="Module letter.", examples=["E"])
    label: dict[str, str] = Field(description="Question by language.", examples=[{"en": "Sex"}])
    codes: list[CodeView] = Field(description="Codes and their labels.")
    code_list: str | None = Field(description="Choice list, file or repeat.", examples=["safe4n"])
    universe: str | None = Field(
        description="Relevance that governs it; null: asked of all.", examples=["${consent}='yes'"]
    )
    calculation: str | None = Field(description="Formula of a calculation.", examples=[None])
    sensitivity: int = Field(description="S0 to S3.", examples=[0])
    field_class: str = Field(description="open, or the class that seals it.", examples=["open"])
    missing: list[MissingView] = Field(description="Every reason for no value of its own.")
    implied: ImpliedView | None = Field(description="What makes its value certain unasked.")

    @classmethod
    def of(cls, variable: Variable, node: dict[str, Any]) -> "VariableView":
        """The view of a variable and of its node in the document."""
        own = ("codes", "missing", "implied")
        plain = {name: getattr(variable, name) for name in cls.model_fields if name not in own}
        rule = implied_by(node)
        return cls(
            codes=[CodeView(code=code, label=label) for code, label in variable.codes],
            missing=[
                MissingView(code=found.code, reason=found.reason, sent=found.sent)
                for found in missing_codes(
                    node,
                    codes=frozenset(code for code, _ in variable.codes),
                    has_universe=variable.universe is not None,
                )
            ],
            implied=ImpliedView(screener=rule.screener, when=list(rule.when), value=rule.value)
            if rule
            else None,
            **plain,
        )


def variable_views(document: dict[str, Any]) -> list[VariableView]:
    """The codebook of an instrument document, missing values included."""
    nodes = dict(_questions(document["nodes"], None))
    return [VariableView.of(v, nodes[v.repeat, v.name]) for v in codebook(document)]


def _questions(
    nodes: Iterable[dict[str, Any]], repeat: str | None
) -> Iterator[tuple[tuple[str | None, str], dict[str, Any]]]:
    for node in nodes:
        if node["kind"] == "question":
            yield (repeat, node["name"]), node
        inside = node["name"] if node["kind"] == "repeat" else repeat
        yield from _questions(node["children"], inside)
