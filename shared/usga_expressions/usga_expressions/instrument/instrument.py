"""The compiled instrument."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from typing import Any

from usga_expressions.environment import Environment, Table
from usga_expressions.findings import Severity
from usga_expressions.instrument.check import CheckResult, check_interview, doubtful
from usga_expressions.instrument.document import Document, read
from usga_expressions.instrument.interview import Interview
from usga_expressions.instrument.plan import NodeFinding, Plan, make_plan, path_conditions
from usga_expressions.instrument.shortcut import Shortcut, make_shortcut
from usga_expressions.instrument.walk import Walk
from usga_expressions.moments import offset_of
from usga_expressions.reading import Reading

Lists = Mapping[str, "Table | Iterable[Mapping[str, object]]"]


_VALID = CheckResult(())


class Instrument:
    """A form compiled once; safe to share between threads, it keeps nothing of an interview.

    `findings` are what is wrong with its expressions; an instrument with errors still checks, but
    an expression with an error gives empty text.
    """

    def __init__(self, document: Document, plan: Plan, reading: Reading) -> None:
        self._document = document
        self._reading = reading
        self._stamps = [
            each.name for each in plan.form.root.inside if each.type in ("end", "start")
        ]
        self.plan = plan
        warnings = [found for part in plan.parts for found in path_conditions(part)]
        self.findings: tuple[NodeFinding, ...] = (*plan.findings, *warnings)

    @classmethod
    def load(
        cls, document: Mapping[str, Any], *, reading: Reading = Reading.SPECIFICATION
    ) -> "Instrument":
        """Compile an instrument document; raises InvalidInstrument when it is none."""
        read_document = read(document)
        return cls(read_document, make_plan(read_document, reading), reading)

    @property
    def usable(self) -> bool:
        """Whether no expression has an error."""
        return all(each.finding.severity is not Severity.ERROR for each in self.findings)

    @property
    def external_lists(self) -> frozenset[str]:
        """Names (without ending) of the lists that `lists` must bring."""
        return self._document.external

    def environment(
        self,
        *,
        now: datetime,
        lists: Lists | None = None,
        zone: tzinfo | None = None,
        draw: Callable[[], float] | None = None,
        language: str | None = None,
    ) -> Environment:
        """Make the surroundings of evaluations; pass Tables in `lists` to index them once."""
        tables = self._document.tables
        if lists:
            given = {
                name.removesuffix(".csv"): rows if isinstance(rows, Table) else Table(rows)
                for name, rows in lists.items()
            }
            tables = {**given, **tables}  # the form's own lists are part of it
        return Environment(
            now=now,
            zone=zone,
            draw=draw,
            tables=tables,
            reading=self._reading,
            language=self._document.language if language is None else language,
        )

    def check(
        self,
        answers: Mapping[str, Any],
        *,
        now: datetime,
        lists: Lists | None = None,
        zone: tzinfo | None = None,
        environment: Environment | None = None,
    ) -> CheckResult:
        """Check the answers of one interview against every rule of the form.

        `now` is the moment to which today() and now() refer: the end of the interview. Dates are
        read in `zone`; without it in that of the device, where its start or end stamp tells, else
        in that of `now`. Calculates are recomputed: one that differs is a warning. What is right
        as ODK Collect reads the form is right; the places where that differs are warnings.
        """
        surroundings = environment or self.environment(
            now=now, lists=lists, zone=zone or self._device_zone(answers)
        )
        if self.shortcut is not None and self.shortcut(surroundings, answers):
            return _VALID
        found = self.examine(answers, surroundings)
        return found if found.valid else self._as_collect_reads(answers, surroundings, found)

    def _as_collect_reads(
        self, answers: Mapping[str, Any], environment: Environment, found: CheckResult
    ) -> CheckResult:
        """What was found by the letter, as warnings where JavaRosa takes all the answers."""
        if self._reading is Reading.JAVAROSA:
            return found
        theirs = self._in_collect.examine(answers, environment.read_as(Reading.JAVAROSA))
        return CheckResult(tuple(map(doubtful, found.findings))) if theirs.valid else found

    @cached_property
    def _in_collect(self) -> "Instrument":
        """The form as JavaRosa reads it; made when an interview breaks a rule by the letter."""
        reading = Reading.JAVAROSA
        return Instrument(self._document, make_plan(self._document, reading), reading)

    def _device_zone(self, answers: Mapping[str, Any]) -> tzinfo | None:
        for name in self._stamps:
            offset = offset_of(answers.get(name))
            if offset is not None:
                return offset
        return None

    def examine(self, answers: Mapping[str, Any], environment: Environment) -> CheckResult:
        """Check without the shortcut: slower, and says what is wrong."""
        interview = Interview(self.plan, environment)
        interview.fill(answers)
        interview.settle()
        return check_interview(interview)

    @cached_property
    def shortcut(self) -> Shortcut | None:
        """The generated check that recognises interviews without findings."""
        return make_shortcut(self.plan, self._document.tables, self._reading)

    def walk(
        self,
        *,
        now: datetime,
        lists: Lists | None = None,
        zone: tzinfo | None = None,
        draw: Callable[[], float] | None = None,
        environment: Environment | None = None,
    ) -> Walk:
        """Begin an interview that is answered question by question."""
        surroundings = environment or self.environment(now=now, lists=lists, zone=zone, draw=draw)
        return Walk(Interview(self.plan, surroundings))
