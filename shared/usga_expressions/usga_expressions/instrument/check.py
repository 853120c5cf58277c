"""Checking a settled interview: required, choices, constraints, counts of repeats."""

from dataclasses import dataclass

from usga_expressions.environment import Environment
from usga_expressions.findings import Severity
from usga_expressions.form import Kind, Scope
from usga_expressions.instrument.choices import judge
from usga_expressions.instrument.interview import MAX_IN_ALL, CheckFinding, Interview
from usga_expressions.instrument.plan import Part


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found; `valid` when nothing of it is an error."""

    findings: tuple[CheckFinding, ...]

    @property
    def valid(self) -> bool:
        """Whether the answers keep all rules of the form."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def doubtful(finding: CheckFinding) -> CheckFinding:
    """A broken rule that engines read differently, as a warning at the same place."""
    if finding.severity is not Severity.ERROR:
        return finding
    params = {"rule": finding.code}
    return CheckFinding(
        finding.pointer, "engines-differ", Severity.WARNING, finding.question, params
    )


def check_interview(interview: Interview) -> CheckResult:
    """Check a settled interview against the rules of its form."""
    for part in interview.plan.parts:
        if part.definition.kind is Kind.GROUP:
            continue
        check = _check_repeat if part.definition.kind is Kind.REPEAT else _check_question
        for scope in interview.each(part.definition):
            if scope.r[part.definition.slot]:
                check(interview, part, scope)
    return CheckResult(tuple(interview.findings))


def _check_repeat(interview: Interview, part: Part, scope: Scope) -> None:
    expected = expected_count(interview.environment, part, scope)
    found = len(scope.c[part.definition.slot])
    if expected is not None and expected != found:
        # of a number that follows from the entries themselves, tablets know more than a server
        severity = Severity.WARNING if part.grows else Severity.ERROR
        params = {"expected": expected, "found": found}
        interview.note(part, scope, "wrong-repeat-count", severity, **params)


def expected_count(environment: Environment, part: Part, scope: Scope) -> int | None:
    """Return how many instances repeat_count asks for, None when the author left it open."""
    if part.count is None:
        return None
    count = part.count(environment, scope)
    return int(min(count, MAX_IN_ALL + 1)) if count >= 1 else 0


def _check_question(interview: Interview, part: Part, scope: Scope) -> None:
    environment = interview.environment
    if scope.t[part.definition.slot]:
        if part.select:
            _check_choices(interview, part, scope)
        if part.constraint is not None and not part.constraint(environment, scope):
            interview.note(part, scope, "constraint")
    elif part.required is not None and part.required(environment, scope):
        interview.note(part, scope, "required")


def _check_choices(interview: Interview, part: Part, scope: Scope) -> None:
    text = scope.t[part.definition.slot]
    judged = judge(interview.environment, part, scope)
    for name in text.split() if part.many else (text,):
        code = judged(name)
        if code is not None:
            severity = Severity.WARNING if code == "list-missing" else Severity.ERROR
            interview.note(part, scope, code, severity)
            return
