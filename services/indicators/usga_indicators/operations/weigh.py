"""Give interviews the weights of a weight set, and the design its rules: pure work."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from usga_shared.problems import ErrorItem
from usga_shared.wire.extract import AssessmentContext

from usga_indicators.domain.codebook import Codebook, Frame
from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.definition.model import Weight
from usga_indicators.domain.design import Adjustment, LonelyPsu
from usga_indicators.domain.tabulation.analysis import Analysis, Fpc
from usga_indicators.domain.tabulation.breakdowns import AGE_BANDS, age_places
from usga_indicators.domain.weighting.frozen import FrozenStep, frozen_of, needs
from usga_indicators.domain.weighting.make import Weights as WeightsByKind
from usga_indicators.domain.weighting.make import apply_steps
from usga_indicators.domain.weighting.recipe import Of, Recipe, digest_of, recipe_of
from usga_indicators.domain.weighting.refusals import WeightFinding, WeightingRefused
from usga_indicators.domain.weighting.replicate_weights import (
    Asked,
    Method,
    Psus,
    ReplicateSet,
    replicate_weights,
)
from usga_indicators.domain.weighting.traces import adjustments_of
from usga_indicators.domain.weighting.units import (
    CaseGroup,
    Categories,
    Margin,
    Surroundings,
    Units,
)
from usga_indicators.messages import WeightsRefused
from usga_indicators.operations.estimate_others import Form
from usga_indicators.operations.follow_feed import Source
from usga_indicators.storage.extract_tables import places_of
from usga_indicators.storage.weights import DesignRules, StoredWeightSet

#: What the sample tells of an interview; no question of these names is asked.
_OF_THE_SAMPLE = frozenset({"stratum", "psu", "area"})
_WEIGHT = {Of.PERSON: Weight.PERSON, Of.HOUSEHOLD: Weight.HOUSEHOLD}


def made_by(weight_set: StoredWeightSet | None) -> str:
    """What tells weights from others: the recipe with its margins, whoever was interviewed."""
    if weight_set is None:
        return "base"
    return digest_of([weight_set.instrument, weight_set.recipe, weight_set.margins])


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """What a release asks of weights and design; the default is base weights as drawn."""

    rules: DesignRules = field(default_factory=DesignRules)
    weight_set: StoredWeightSet | None = None
    asked: Asked | None = None

    @property
    def instrument(self) -> str | None:
        """The form whose interviews are weighted; None without a weight set."""
        return self.weight_set.instrument if self.weight_set else None

    @property
    def steps(self) -> tuple[FrozenStep, ...]:
        """The frozen steps; none without a weight set."""
        return tuple(frozen_of(s) for s in self.weight_set.steps) if self.weight_set else ()

    @property
    def variables(self) -> list[str]:
        """Questions that tell to which class of a step an interview belongs."""
        return [name for name in needs(self.steps) if name not in _OF_THE_SAMPLE]

    @property
    def recipe(self) -> Recipe:
        """What replicates are adjusted by."""
        return recipe_of(self.weight_set.recipe) if self.weight_set else Recipe()

    @property
    def around(self) -> Surroundings:
        """Cases and margins as they were when the weight set was made."""
        return surroundings_of(self.weight_set) if self.weight_set else Surroundings()

    def document(self) -> dict[str, Any]:
        """What a release keeps of it."""
        found: dict[str, Any] = {"design": self.rules.plain()}
        if self.weight_set:
            found["weight_set"] = self.weight_set.id
            found["weight_set_sha256"] = self.weight_set.sha256
        if self.asked:
            found["variance"] = plain_asked(self.asked)
        return found


def surroundings_of(stored: StoredWeightSet) -> Surroundings:
    """Cases and margins of a stored weight set."""
    margins = [read_margin(each) for each in stored.margins]
    return Surroundings([CaseGroup(**each) for each in stored.cases], {m.name: m for m in margins})


def plain_margin(margin: Margin) -> dict[str, Any]:
    """A margin as JSON holds it."""
    return {
        "name": margin.name,
        "variables": list(margin.variables),
        "cells": [[list(key), count] for key, count in margin.counts.items()],
        "source": margin.source,
        "as_of": margin.as_of,
    }


def read_margin(plain: Mapping[str, Any]) -> Margin:
    """What `plain_margin` gave."""
    counts = {tuple(str(v) for v in key): float(count) for key, count in plain["cells"]}
    variables = tuple(plain["variables"])
    return Margin(plain["name"], variables, counts, plain["source"], plain["as_of"])


def plain_asked(asked: Asked) -> dict[str, Any]:
    """Which replicates, as JSON holds it."""
    return {name: getattr(asked, name) for name in Asked.__slots__}


def read_asked(plain: Mapping[str, Any]) -> Asked:
    """What `plain_asked` gave."""
    return Asked(**{**plain, "method": Method(plain["method"])})


def units_of(source: Source, frame: Frame) -> Units:
    """The interviews of a form with the variables that classes and margins may be made of.

    Single choices that are not S3, age in the bands of the breakdowns, stratum, PSU and area.
    """
    names, area = places_of(source.tables)
    variables = {
        "stratum": Categories(frame.stratum.wide, frame.stratum.levels),
        "psu": Categories(frame.psu.wide, frame.psu.levels),
        "area": Categories(area.wide, area.levels),
    }
    for name, column in frame.columns.items():
        if name == "age" and column.numbers is not None:
            bands = tuple(code for code, _, _ in AGE_BANDS)
            variables[name] = Categories(age_places(column.numbers), bands)
        elif is_category(source.codebook, name):
            codes = np.where(column.known, column.codes, -1)
            variables[name] = Categories(codes, column.levels)
    return Units(names, frame.w_person, frame.w_household, variables)


def is_category(codebook: Codebook, name: str) -> bool:
    """Whether classes and margins may be made of it: one choice, and not S3."""
    if name not in codebook:
        return False
    variable = codebook[name]
    return not (variable.is_s3 or variable.is_multiple or variable.is_numeric)


def weights_digest(units: Units, weights: WeightsByKind) -> str:
    """SHA-256 of pseudonyms with both weights, in the order of interviews."""
    digest = hashlib.sha256()
    for unit, person, household in zip(
        units.unit,
        weights[Of.PERSON].tolist(),
        weights[Of.HOUSEHOLD].tolist(),
        strict=True,
    ):
        digest.update(f"{unit},{person!r},{household!r}\n".encode())
    return digest.hexdigest()


def psus_of(units: Units, around: Surroundings, context: AssessmentContext, fpc: str) -> Psus:
    """The PSUs that replicates are made of."""
    drawn = {s.stratum: s.psus_sampled for s in context.strata}
    population = population_of(context) if fpc != Fpc.NONE else {}
    return Psus.of(units, around, drawn, population)


def population_of(context: AssessmentContext) -> dict[str, float]:
    """Number of PSUs by stratum, where it is known."""
    return {s.stratum: s.psus_population for s in context.strata if s.psus_population is not None}


@dataclass(frozen=True, slots=True, eq=False)
class WeighedForm:
    """The answers to a form with their final weights, and how they are analysed."""

    form: Form
    analysis: Analysis


def weighed_form(
    form: Form, source: Source, weighing: Weighing, context: AssessmentContext
) -> WeighedForm:
    """Weigh a survey; other forms have no weights. Raises WeightsRefused."""
    if form.kind is not Kind.SURVEY:
        return WeighedForm(form, Analysis())
    try:
        frame, analysis = weighed(source, form.frame, weighing, context)
    except WeightingRefused as reason:
        raise refusal_of(reason.findings) from reason
    return WeighedForm(replace(form, frame=frame), analysis)


def refusal_of(findings: Sequence[WeightFinding]) -> WeightsRefused:
    """The findings as a problem document."""
    return WeightsRefused(
        errors=[
            ErrorItem(f.place, f.code, f"{f.message} ({f.hint})" if f.hint else f.message)
            for f in findings
        ]
    )


def weighed(
    source: Source, frame: Frame, weighing: Weighing, context: AssessmentContext
) -> tuple[Frame, Analysis]:
    """The frame with its final weights, and how it is analysed. Raises WeightingRefused."""
    analysis = rules_of(weighing, context)
    mine = weighing.instrument in {None, source.layout.instrument}
    steps = weighing.steps if mine else ()
    if not steps and weighing.asked is None:
        return frame, analysis
    units = units_of(source, frame)
    weights = apply_steps(steps, units)
    found = replace(frame, w_person=weights[Of.PERSON], w_household=weights[Of.HOUSEHOLD])
    if weighing.asked is not None and mine:
        made = replicates_of(units, weights, weighing, context)
        of_weight = {_WEIGHT[of]: made.design(of) for of in Of}
        return found, replace(analysis, replicates=of_weight)
    traces: Adjustments = {_WEIGHT[of]: adjustments_of(steps, units, of) for of in Of}
    return found, replace(analysis, adjustments={w: t for w, t in traces.items() if t})


#: What calibration steps leave to vary, by weight.
Adjustments = dict[Weight, tuple[Adjustment, ...]]


def with_steps(source: Source, frame: Frame, weighing: Weighing) -> tuple[Frame, Adjustments]:
    """The frame with the weights of the frozen steps alone, and what these leave to vary.

    Raises WeightsRefused.
    """
    steps = weighing.steps if weighing.instrument == source.layout.instrument else ()
    if not steps or len(frame) == 0:
        return frame, {}
    try:
        units = units_of(source, frame)
        weights = apply_steps(steps, units)
    except WeightingRefused as reason:
        raise refusal_of(reason.findings) from reason
    found = replace(frame, w_person=weights[Of.PERSON], w_household=weights[Of.HOUSEHOLD])
    return found, {_WEIGHT[of]: adjustments_of(steps, units, of) for of in Of}


def rules_of(weighing: Weighing, context: AssessmentContext) -> Analysis:
    """The rules of a release without what weights add to them."""
    rules = weighing.rules
    return Analysis(
        lonely_psu=LonelyPsu(rules.lonely_psu),
        adjust_domain_lonely=rules.adjust_domain_lonely,
        fpc=Fpc(rules.fpc),
        nested=rules.nested,
        population=population_of(context),
    )


def replicates_of(
    units: Units, weights: WeightsByKind, weighing: Weighing, context: AssessmentContext
) -> ReplicateSet:
    """Replicate weights beside `weights`, as the release or the download asks for them."""
    assert weighing.asked is not None
    around = weighing.around
    return replicate_weights(
        weighing.recipe,
        weights,
        units,
        around,
        psus=psus_of(units, around, context, weighing.rules.fpc),
        asked=weighing.asked,
    )
