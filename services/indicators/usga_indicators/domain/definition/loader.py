"""From YAML to a definition; whatever is wrong comes out at once, as findings (S-8)."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import yaml
from usga_expressions.findings import Finding, error

from usga_indicators.domain.definition.model import (
    Breakdown,
    Counted,
    Definition,
    Method,
    MissingPolicy,
    Part,
    Source,
    StatisticKind,
    UnitMeasure,
    Weight,
)

LANGUAGES = ("en", "es", "ru", "sw", "uz")
ROLES = ("risk", "resilience", "outcome", "context", "quality")
_REQUIRED = (
    "code",
    "version",
    "title",
    "theme",
    "statistic",
    "unit",
    "unit_measure",
    "weight",
    "missing_policy",
    "reference_period",
    "direction",
    "sensitivity",
)
_TEXTS = (
    "numerator",
    "denominator",
    "filter",
    "population",
    "count_by",
    "weigh_by",
    "sdg",
    "umf",
    "level",
    "beside",
    "instrument",
)
_OTHERS = (
    "parts",
    "minimum_valid",
    "quantile",
    "union",
    "items",
    "disaggregations",
    "role",
    "key_figure",
    "description",
    "caveats",
    "source",
    "method",
    "iccs",
    "counted",
    "lag_years",
)
CODE = re.compile(r"[A-Z]{3}-\d{2}[a-z]?")
VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_WITHOUT_EXPRESSION = frozenset(
    {Method.RESPONSE_RATE_2, Method.RESPONSE_RATE_3, Method.ITEM_SILENCE}
)
_S3 = 3


class InvalidDefinition(ValueError):
    """The file is no definition; `findings` say why."""

    def __init__(self, source: str, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"{source}: {'; '.join(f.message for f in findings)}")
        self.findings = findings


def parse_definition(text: str, source: str = "definition") -> Definition:
    """Read one YAML document; raises InvalidDefinition with every finding."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        raise InvalidDefinition(source, (error("yaml", "this is not YAML"),)) from None
    if not isinstance(data, dict):
        raise InvalidDefinition(source, (error("shape", "a definition is a mapping"),))
    return definition_of(data, source)


def definition_of(data: Mapping[str, Any], source: str = "definition") -> Definition:
    """Read a definition from plain values; raises InvalidDefinition with every finding."""
    findings = tuple(_shape(data))
    if findings:
        raise InvalidDefinition(source, findings)
    return _definition(data)


def _shape(data: Mapping[str, Any]) -> list[Finding]:
    known = {*_REQUIRED, *_TEXTS, *_OTHERS}
    findings = [error("missing-field", f"{n} is missing") for n in _REQUIRED if n not in data]
    findings += [error("unknown-field", f"{n!r} is no field") for n in data if n not in known]
    kinds: tuple[tuple[str, type[StrEnum]], ...] = (
        ("statistic", StatisticKind),
        ("unit_measure", UnitMeasure),
        ("weight", Weight),
        ("missing_policy", MissingPolicy),
        ("source", Source),
        ("method", Method),
        ("counted", Counted),
    )
    for name, kind in kinds:
        if name in data or name in _REQUIRED:
            findings += _one_of(name, data.get(name), kind)
    for value in data.get("disaggregations") or ():
        findings += _one_of("disaggregations", value, Breakdown)
    findings += _names(data)
    title = data.get("title")
    if not isinstance(title, dict) or not title.get("en"):
        findings.append(error("title", "the title needs English at least"))
    elif unknown := set(title) - set(LANGUAGES):
        findings.append(error("title", f"unknown languages {sorted(unknown)}"))
    if data.get("direction") not in {"+", "-", "o"}:
        findings.append(error("direction", "direction is +, - or o"))
    if data.get("role", "outcome") not in ROLES:
        findings.append(error("role", f"role is one of {', '.join(ROLES)}"))
    if data.get("sensitivity") not in range(_S3 + 1):
        findings.append(error("sensitivity", "sensitivity is 0 to 3"))
    return findings + _content(data)


def _content(data: Mapping[str, Any]) -> list[Finding]:
    """Tell which expressions a statistic needs."""
    statistic = data.get("statistic")
    parts = data.get("parts") or ()
    findings: list[Finding] = []
    if statistic in {"composite", "difference"} or data.get("minimum_valid"):
        if len(parts) < 2 or (statistic == "difference" and len(parts) != 2):  # noqa: PLR2004
            findings.append(error("parts", f"{statistic} needs parts (a difference two)"))
        findings += [
            error("parts", "a part needs a numerator")
            for part in parts
            if not isinstance(part, dict) or not part.get("numerator")
        ]
    elif not data.get("numerator") and data.get("method") not in _WITHOUT_EXPRESSION:
        findings.append(error("missing-field", f"{statistic} needs a numerator"))
    if statistic == "ratio" and not data.get("denominator"):
        findings.append(error("missing-field", "a ratio needs a denominator"))
    silence = data.get("method") == Method.ITEM_SILENCE  # its items are modules of the form
    if not silence and bool(data.get("items")) != ("{item}" in str(data.get("numerator"))):
        findings.append(error("items", "items and {item} in the numerator belong together"))
    beside = [n for n in ("denominator", "count_by", "population", "items") if data.get(n)]
    if statistic == "quantile" and beside:
        findings.append(error(beside[0], f"a quantile has no {beside[0]}: numerator and filter"))
    if not 0 < float(data.get("quantile", 0.5)) < 1:
        findings.append(error("quantile", "quantile lies between 0 and 1"))
    return findings


def _names(data: Mapping[str, Any]) -> list[Finding]:
    findings: list[Finding] = []
    if "code" in data and not CODE.fullmatch(str(data["code"])):
        findings.append(
            error(
                "code",
                "a code is three capitals, a dash, two digits and perhaps a letter, as in PER-01a",
            )
        )
    if "version" in data and not VERSION.fullmatch(str(data["version"])):
        findings.append(
            error("version", "a version is three numbers with points between, as in 1.0.0")
        )
    return findings


def _one_of(name: str, value: Any, kind: type[StrEnum]) -> list[Finding]:
    allowed = [member.value for member in kind]
    if value in allowed:
        return []
    return [error(name, f"{name} is one of {', '.join(allowed)}")]


def _definition(data: Mapping[str, Any]) -> Definition:
    texts = {name: _text(data[name]) for name in _TEXTS if data.get(name) is not None}
    return Definition(
        code=str(data["code"]),
        version=str(data["version"]),
        title=dict(data["title"]),
        theme=str(data["theme"]),
        statistic=StatisticKind(data["statistic"]),
        unit=str(data["unit"]),
        unit_measure=UnitMeasure(data["unit_measure"]),
        weight=Weight(data["weight"]),
        missing_policy=MissingPolicy(data["missing_policy"]),
        reference_period=str(data["reference_period"]),
        direction=str(data["direction"]),
        sensitivity=int(data["sensitivity"]),
        parts=tuple(
            Part(_text(part["numerator"]), _text(part.get("filter", "")))
            for part in data.get("parts") or ()
        ),
        minimum_valid=int(data.get("minimum_valid", 0)),
        quantile=float(data.get("quantile", 0.5)),
        union=tuple(data.get("union") or ()),
        items=tuple(str(item) for item in data.get("items") or ()),
        disaggregations=tuple(Breakdown(v) for v in data.get("disaggregations") or ()),
        source=Source(data.get("source", Source.SURVEY)),
        method=Method(data.get("method", Method.EXPRESSION)),
        iccs=tuple(str(code) for code in data.get("iccs") or ()),
        counted=Counted(data["counted"]) if data.get("counted") else None,
        lag_years=int(data.get("lag_years", 0)),
        role=str(data.get("role", "outcome")),
        key_figure=data.get("key_figure"),
        description=dict(data.get("description") or {}),
        caveats=dict(data.get("caveats") or {}),
        **texts,
    )


def _text(value: Any) -> str:
    """One line, whatever folding the file used."""
    return " ".join(str(value).split())
