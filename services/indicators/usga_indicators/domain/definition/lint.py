"""Does a definition fit a codebook? Every finding at once, with the place in the file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from usga_expressions.findings import Finding, error
from usga_expressions.syntax import Binary, Call, Expression, Reference, Text, walk

from usga_indicators.domain.codebook.codebook import MULTIPLE, Codebook
from usga_indicators.domain.definition.columns import Scope, Unsupported, evaluate
from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.definition.names import names_in, variables_of
from usga_indicators.domain.definition.parsing import parsed
from usga_indicators.domain.definition.plan import plan_findings
from usga_indicators.domain.definition.trial import trial_frame
from usga_indicators.domain.definition.universe import bound_findings, universe_findings

_RESERVED = frozenset({"dk", "ref", "na"})
_S3 = 3


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding with the definition and the field in which it stands."""

    code: str
    field: str
    finding: Finding


def lint(definition: Definition, codebook: Codebook) -> list[LintFinding]:
    """Everything wrong with a definition on this codebook."""
    return [*lint_alone(definition), *_lint_on(definition, codebook)]


def lint_alone(definition: Definition) -> list[LintFinding]:
    """What can be seen without any instrument: weight, missing policy, breakdowns, union."""
    return [
        LintFinding(definition.code, field, finding)
        for field, finding in plan_findings(definition)
    ]


def _lint_on(definition: Definition, codebook: Codebook) -> list[LintFinding]:
    found = [
        LintFinding(definition.code, field, finding)
        for _, one in definition.by_item()
        for field, text in one.expressions()
        for finding in _expression(one, field, text, codebook)
    ]
    found = list(dict.fromkeys(found))
    found += [
        LintFinding(definition.code, field, finding)
        for field, finding in _whole(definition, codebook)
    ]
    return found


def _expression(
    definition: Definition, field: str, text: str, codebook: Codebook
) -> Iterator[Finding]:
    found = parsed(text)
    yield from found.findings
    if found.expression is None:
        return
    unknown = list(_unknown(names_in(text), codebook))
    if unknown:
        yield from unknown
        return
    yield from _choices(found.expression, codebook)
    frame = trial_frame(codebook)
    rows = definition.is_of_rows and not field.startswith("population")
    scope = Scope.of_rows(frame, definition.unit) if rows else Scope.of_persons(frame)
    try:
        evaluate(text, scope)
    except Unsupported as problem:
        yield error("not-for-columns", str(problem))


def _unknown(names: Iterable[str], codebook: Codebook) -> Iterator[Finding]:
    known = set(codebook.variables) | codebook.repeats()
    for name in names:
        if name not in known:
            yield error(
                "unknown-variable",
                f"the instrument has no variable {name}",
                hint=_nearest(name, known),
            )


def _choices(tree: Expression, codebook: Codebook) -> Iterator[Finding]:
    """Compare texts with the choices of the variable beside them."""
    for node in walk(tree):
        match node:
            case Binary(operator="=" | "!=", left=Reference(name=name), right=Text(value=value)):
                yield from _names_choices(name, [value], codebook)
                if codebook[name].type in MULTIPLE:
                    yield error("multiple-equals", f"{name} holds several choices: use selected()")
            case Call(name="selected", arguments=(Reference(name=name), Text(value=value))):
                yield from _names_choices(name, [value], codebook)
            case Call(name="selected", arguments=(Text(value=value), Reference(name=name))):
                yield from _names_choices(name, value.split(), codebook)


def _names_choices(name: str, values: list[str], codebook: Codebook) -> Iterator[Finding]:
    choices = codebook[name].choices
    for value in values:
        if value in _RESERVED:
            yield error("reserved-choice", f"{value} of {name} is missing, never a value")
        elif choices and value not in choices:
            yield error(
                "unknown-choice", f"{name} has no choice {value}", hint=_nearest(value, choices)
            )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    found = get_close_matches(name, sorted(known), n=1)
    return f"did you mean {found[0]}?" if found else None


def _whole(definition: Definition, codebook: Codebook) -> Iterator[tuple[str, Finding]]:
    names = variables_of(definition)
    used = [codebook[name] for name in names if name in codebook]
    if any(v.is_s3 for v in used) and definition.sensitivity < _S3:
        yield (
            "sensitivity",
            error(
                "sensitivity",
                "it uses S3 variables and is not S3 itself",
                hint="say `sensitivity: 3`: S3 has stricter thresholds",
            ),
        )
    for finding in _unknown(filter(None, [definition.weigh_by]), codebook):
        yield "weigh_by", finding
    if definition.is_of_rows and definition.unit not in codebook.repeats():
        yield "unit", error("unknown-repeat", f"the instrument has no repeat {definition.unit}")
    for finding in universe_findings(definition, codebook):
        yield "filter", finding
    for finding in bound_findings(definition, codebook):
        yield "numerator", finding
