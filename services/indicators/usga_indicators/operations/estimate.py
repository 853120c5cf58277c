"""The estimation job: pure work on an extract, run in a thread of its own."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.codebook import Codebook, Frame, frame_of, skip_rules
from usga_indicators.domain.codebook.comparability import Compared, changes_in, compared
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.definition.names import variables_of, with_screeners
from usga_indicators.domain.design import DesignError
from usga_indicators.domain.incremental import SufficientStatistics, tabulate_in_parts
from usga_indicators.domain.publication import (
    Beside,
    Protected,
    Told,
    closed_with_records,
    protect_and_audit,
)
from usga_indicators.domain.sources import published, source_of
from usga_indicators.domain.tabulation import (
    Cell,
    CellEstimate,
    Near,
    tabulate,
)
from usga_indicators.domain.tabulation.breakdowns import TOTAL
from usga_indicators.domain.tabulation.groups import (
    groups_of_strata,
    is_of_nowhere,
    people_of_places,
    questions_of_group,
)
from usga_indicators.messages import DesignRefused, NothingToEstimate
from usga_indicators.operations.estimate_others import Form, estimate_others
from usga_indicators.operations.follow_feed import DISAGGREGATORS, Source, wanted_names
from usga_indicators.operations.keep_statistics import Counted, kept_statistics
from usga_indicators.operations.score_indices import score_indices
from usga_indicators.operations.set_beside import near_in, nested_in
from usga_indicators.operations.weigh import WeighedForm, Weighing, made_by, weighed_form
from usga_indicators.storage.extract_tables import interviews_of, snapshot_digest

#: More interviews than this are tabulated in parts, which bounds memory.
IN_PARTS = 50_000


@dataclass(frozen=True, slots=True)
class Estimated:
    """What a release freezes."""

    cells: list[Protected]
    definitions: list[Definition]
    snapshot_sha256: str
    interviews: int
    compared: Mapping[str, Compared] = field(default_factory=dict)
    """How far the versions of the form asked the same, by indicator."""
    told: Sequence[Told] = ()
    """What an attacker could say of the hidden cells."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The group of each stratum that is wholly part of it, as readers know them."""
    chosen: frozenset[str] = frozenset()
    """Indicators of a survey that here speak of chosen people alone."""
    indices: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    """Composite indices by code and version, ready to be stored."""
    kept: bytes = b""
    """Sums by PSU and cell, from which linear estimates follow without the interviews."""


def estimate(
    sources: Sequence[Source],
    definitions: Sequence[Definition],
    context: AssessmentContext,
    *,
    release: str,
    time_period: str,
    earlier: Sequence[Beside] = (),
    weighing: Weighing | None = None,
    rivals: Sequence[Definition] = (),
) -> Estimated:
    """Estimate, protect and digest; each definition on the first form that can answer it.

    `earlier` are the published releases of the assessment, whose readers have them too, and
    `rivals` the definitions of those: cells that few people set apart from them are hidden, where
    the definition is an assessment's own. Without `weighing` interviews have their base weights,
    and the design the default rules.

    Raises DesignRefused when the sample cannot carry a variance, NothingToEstimate without
    interviews, WeightsRefused when a weight set does not know an interview's class.
    """
    surveyed = [
        weighed_form(form, source, weighing or Weighing(), context)
        for source in sources
        if (form := _form(source, [*definitions, *rivals])) is not None
    ]
    forms = [each.form for each in surveyed]
    people = people_of_places(form.frame for form in forms if form.kind is Kind.SURVEY)
    groups = groups_of_strata(people)
    drawn, answered, counted = _drawn(surveyed, definitions, context)
    drawn = [each for each in drawn if not is_of_nowhere(each.cell.subgroup, people)]
    others = estimate_others(
        forms,
        definitions,
        context,
        areas=_areas(context),
        time_period=time_period,
        done=frozenset(cell.definition.code for cell in drawn),
    )
    if not drawn and not others.any:
        raise NothingToEstimate
    compared_by_code = _compared([*drawn, *others.all()], forms, answered, context)
    cells: list[Protected] = []
    told: list[Told] = []
    protected = partial(
        _protected,
        compared_by_code=compared_by_code,
        release=release,
        area_of_stratum=_areas(context),
        group_of_stratum=groups,
        earlier=earlier,
        weights=made_by((weighing or Weighing()).weight_set),
    )
    counts = _Group(others.counted, others.year, interval=True).in_order()
    rates = protected(counts)
    near = near_in(forms, definitions, rivals, _areas(context))
    told_by_two = near.told | nested_in(forms, definitions, _areas(context))
    closed = closed_with_records(others.drawn, others.recorded, counts.cells, rates[0])
    closed |= told_by_two
    sample = _Group([*drawn, *others.drawn], time_period, context.probability_sample, closed)
    others_told = _Group(others.told, time_period, interval=False, closed=told_by_two)
    for made, seen in (
        _with_alike(sample.in_order(), near, protected),
        rates,
        _with_alike(others_told.in_order(), near, protected),
    ):
        told += [replace(each, place=each.place + len(cells)) for each in seen]
        cells += made
    cells += [published(c, release=release, time_period=time_period) for c in others.scores]
    used = set(compared_by_code)
    snapshot = _digest(sources)
    return Estimated(
        cells=cells,
        definitions=[d for d in definitions if d.code in used],
        snapshot_sha256=snapshot,
        interviews=_interviews(forms),
        compared=compared_by_code,
        told=told,
        groups=groups,
        chosen=frozenset(
            c.definition.code for c in others.told if c.definition.source is Kind.SURVEY
        ),
        indices=score_indices(
            [cell.observation for cell in cells],
            answered if context.probability_sample else {},
            {s.stratum: s.psus_sampled for s in context.strata},
            seed=seed_of(snapshot),
        ),
        kept=kept_statistics(
            [
                Counted(each.form.frame, each.analysis, counted.get(each.form.codebook.instrument))
                for each in surveyed
            ],
            answered,
            drawn,
            context,
        ),
    )


def seed_of(snapshot_sha256: str) -> int:
    """The seed of whatever a release draws: the same interviews give the same draws."""
    return int(snapshot_sha256[:7], 16)


@dataclass(frozen=True, slots=True)
class _Group:
    """Cells that are protected together, for they may be shown alike."""

    cells: list[CellEstimate]
    time_period: str
    interval: bool
    closed: frozenset[tuple[str, Cell]] = frozenset()
    """Cells that tell what is hidden in another group."""

    def in_order(self) -> "_Group":
        """By code."""
        return replace(self, cells=sorted(self.cells, key=lambda c: c.definition.code))


def _protected(
    group: _Group, *, compared_by_code: Mapping[str, Compared], **how: Any
) -> tuple[list[Protected], list[Told]]:
    return protect_and_audit(
        [_marked(cell, compared_by_code[cell.definition.code]) for cell in group.cells],
        time_period=group.time_period,
        probability_sample=group.interval,
        closed=group.closed,
        **how,
    )


def _with_alike(
    group: _Group, near: Near, protected: Callable[[_Group], tuple[list[Protected], list[Told]]]
) -> tuple[list[Protected], list[Told]]:
    """Hide what counts the same people as a hidden cell, until nothing more is hidden."""
    while True:
        made, told = protected(group)
        hidden, shown = set[tuple[str, Cell]](), set[tuple[str, Cell]]()
        for estimate, cell in zip(group.cells, made, strict=True):
            is_hidden = cell.observation.obs_status is ObsStatus.SUPPRESSED
            (hidden if is_hidden else shown).add((estimate.definition.code, estimate.cell))
        more = near.with_hidden(hidden) & shown
        if not more:
            return made, told
        group = replace(group, closed=group.closed | more)


def _form(source: Source, definitions: Sequence[Definition]) -> Form | None:
    """The answers to a form as columns; None without any."""
    drawn = source_of(source.layout.instrument) is Kind.SURVEY
    raw = interviews_of(source.tables, source.layout, weighted=drawn)
    if len(raw) == 0:
        return None
    rules = skip_rules().joined(source.codebook.skips)
    names = wanted_names(definitions, source.codebook)
    return Form(source.codebook, frame_of(raw, source.codebook, names, rules))


def _drawn(
    surveyed: Sequence[WeighedForm], definitions: Sequence[Definition], context: AssessmentContext
) -> tuple[
    list[CellEstimate],
    dict[str, tuple[Definition, Frame]],
    dict[str, SufficientStatistics],
]:
    """Each definition on the first survey that can answer it; chosen people are no survey.

    An assessment's own is answered by the form that it was written for, where people answered it.
    Also which definition each form answered, and the sums of forms that went in parts.
    """
    answers = {each.form.codebook.instrument for each in surveyed}
    bound = {d.code for d in definitions if d.instrument in answers}
    bound -= {d.code for d in catalogue()}
    drawn = {s.stratum: s.psus_sampled for s in context.strata}
    counted: dict[str, SufficientStatistics] = {}
    found: list[CellEstimate] = []
    answered: dict[str, tuple[Definition, Frame]] = {}
    for form, analysis in ((each.form, each.analysis) for each in surveyed):
        if form.kind is Kind.SURVEY:
            instrument = form.codebook.instrument
            waiting = {
                d.code: d
                for d in definitions
                if d.code not in answered and (d.instrument == instrument or d.code not in bound)
            }
            try:
                asked = list(waiting.values())
                if len(form.frame) > IN_PARTS:
                    made, counted[instrument] = tabulate_in_parts(
                        asked, form.frame, _areas(context), drawn, analysis
                    )
                else:
                    made = tabulate(asked, form.frame, _areas(context), drawn, analysis)
            except DesignError as error:
                raise DesignRefused(code=error.code, reason=str(error)) from error
            found += made
            answered |= {
                code: (waiting[code], form.frame) for code in {c.definition.code for c in made}
            }
    return found, answered, counted


def _interviews(forms: Sequence[Form]) -> int:
    """How many interviews the largest survey has; of other forms where there is no survey."""
    surveys = [len(form.frame) for form in forms if form.kind is Kind.SURVEY]
    return max(surveys or [len(form.frame) for form in forms], default=0)


def _compared(
    cells: Sequence[CellEstimate],
    forms: Sequence[Form],
    answered: Mapping[str, tuple[Definition, Frame]],
    context: AssessmentContext,
) -> dict[str, Compared]:
    """How far the versions of its form asked the same, by indicator."""
    found: dict[str, Compared] = {}
    for code, definition in {cell.definition.code: cell.definition for cell in cells}.items():
        by = answered[code][1] if code in answered else None
        for form in [form for form in forms if by is None or form.frame is by]:
            questions = questions_of(definition, form.codebook)
            if any(name in form.frame.columns for name in questions):
                changes = changes_in(context.comparisons, form.codebook.instrument)
                found[definition.code] = compared(questions, changes, DISAGGREGATORS)
                break
        found.setdefault(definition.code, Compared())
    return found


def _marked(cell: CellEstimate, found: Compared) -> CellEstimate:
    made_by = [name for name in ("sex", "age") if getattr(cell.cell, name) != TOTAL]
    made_by += questions_of_group(cell.cell.subgroup)
    match found.within(made_by):
        case "full":
            return cell
        case "partial":
            return replace(cell, partial=True)
        case _:
            return replace(cell, partial=True, broken=True)


def questions_of(definition: Definition, codebook: Codebook) -> tuple[str, ...]:
    """The questions that a definition's answers rest on, screeners included."""
    rules = skip_rules().joined(codebook.skips)
    return with_screeners((*variables_of(definition), *definition.union), rules)


def _areas(context: AssessmentContext) -> dict[str, str]:
    return {s.stratum: s.area for s in context.strata if s.area}


def _digest(sources: Sequence[Source]) -> str:
    parts = [f"{s.layout.instrument} {snapshot_digest(s.tables)}" for s in sources]
    if len(parts) == 1:
        return parts[0].partition(" ")[2]
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()
