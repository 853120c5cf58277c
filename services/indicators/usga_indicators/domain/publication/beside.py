"""What readers of two releases can say that readers of one cannot (rules D-03, D-04).

Where nothing, or next to nothing, has changed in a cell, what one release shows of it is known of
the other too. So a release hides no such cell as company in vain, goes on hiding what an earlier
one hid, and is attacked with everything that the published ones show.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.definition.model import Definition, Weight
from usga_indicators.domain.disclosure import LEAST_DIFFERENCE, Thresholds
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.people import Layer, People
from usga_indicators.domain.publication.secondary import audit
from usga_indicators.domain.publication.statistics import counts_numerator
from usga_indicators.domain.publication.systems import (
    Joined,
    SumOf,
    components,
    sums_among,
    sums_of,
)
from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally

_NAN = float("nan")
#: Of the solver.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Standing:
    """A cell as a release has it: its counts of people, and whether readers see them."""

    place: int
    cell: Cell
    status: ObsStatus
    n: int
    n_numerator: int

    @property
    def hidden(self) -> bool:
        return self.status is ObsStatus.SUPPRESSED

    @property
    def shown(self) -> bool:
        return self.status not in {ObsStatus.SUPPRESSED, ObsStatus.MISSING}

    @property
    def counts(self) -> tuple[int, int]:
        return self.n, self.n_numerator

    def like(self, n: int, n_numerator: int) -> bool:
        """Whether so few people came or went that one value tells the other."""
        return (
            abs(self.n - n) < LEAST_DIFFERENCE
            and abs(self.n_numerator - n_numerator) < LEAST_DIFFERENCE
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """A release as an attacker puts it beside others; `cells` by code of their indicator.

    `weights` names what its weights were made by; None is not known.
    """

    release: str
    joined: Joined
    cells: Mapping[str, Sequence[Standing]]
    weights: str | None = None

    def places(self, code: str) -> dict[Cell, Standing]:
        return {each.cell: each for each in self.cells.get(code, ())}


@dataclass(frozen=True, slots=True)
class ToldBeside:
    """What all releases together tell of a hidden cell of one of them."""

    release: str
    told: Told


def known_and_kept(
    estimates: Sequence[CellEstimate],
    earlier: Sequence[Beside],
    joined: Joined,
) -> tuple[frozenset[int], frozenset[int]]:
    """Places that an earlier release shows, and places that go on being hidden, by release.

    The former changed little: they are known whatever is done now. The latter hang together by
    sums with a hidden cell that changed little: shown now, one would tell what it was then.
    """
    known: set[int] = set()
    alike: set[int] = set()
    hidden: set[int] = set()
    index = [
        {(code, one.cell): one for code, cells in each.cells.items() for one in cells}
        for each in earlier
    ]
    by_code: dict[str, list[int]] = {}
    for place, found in enumerate(estimates):
        key = (found.definition.code, found.cell)
        by_code.setdefault(found.definition.code, []).append(place)
        for before in (cells[key] for cells in index if key in cells):
            like = before.like(found.estimate.n, found.estimate.n_numerator)
            if before.hidden:
                hidden.add(place)
                alike |= {place} if like else set()
            elif before.shown and like:
                known.add(place)
    kept: set[int] = set()
    for places in by_code.values():
        if alike.isdisjoint(places):
            continue
        cells = [estimates[place] for place in places]
        for members in components(sums_of(cells, range(len(cells)), joined)):
            here = {places[at] for each in members for at in _cells_of(each)}
            if not alike.isdisjoint(here):
                kept |= here & hidden
    return frozenset(known), frozenset((kept | alike) - known)


def reweighted(
    estimates: Sequence[CellEstimate], earlier: Sequence[Beside], weights: str | None
) -> frozenset[int]:
    """Places of indicators of which a release by other weights hides a cell of the same people.

    Two weightings of the same answers are two equations: what two hidden parts add up to, twice,
    tells both. So nothing is shown of such an indicator by the second.
    """
    told: set[str] = set()
    for each in earlier:
        if not _differ(weights, each.weights):
            continue
        index = {(c, one.cell): one for c, cells in each.cells.items() for one in cells}
        for found in estimates:
            before = index.get((found.definition.code, found.cell))
            if before is None or not before.hidden or found.definition.weight is Weight.NONE:
                continue
            if before.like(found.estimate.n, found.estimate.n_numerator):
                told.add(found.definition.code)
    return frozenset(at for at, found in enumerate(estimates) if found.definition.code in told)


def audit_beside(
    new: Beside,
    published: Sequence[Beside],
    definitions: Mapping[str, Definition],
    limits: Thresholds | None = None,
) -> list[ToldBeside]:
    """The attack on hidden cells of `new` and of each published release, with both together.

    Indicators that are not in `definitions` are left alone: `new` says nothing of them.
    """
    thresholds = limits or Thresholds()
    found: list[ToldBeside] = []
    for code in new.cells:
        definition = definitions.get(code)
        if definition is None:
            continue
        for old in published or [Beside("", Joined(), {})]:
            third = [each for each in published if each is not old]
            pair = _Pair.of(new, old, code, third)
            if pair.hidden:
                found += pair.attack(definition, thresholds)
    return found


def given_away_together(
    estimates: Sequence[CellEstimate],
    statuses: Sequence[ObsStatus],
    earlier: Sequence[Beside],
    joined: Joined,
    *,
    limits: Thresholds,
    whole: bool,
    weights: str | None = None,
) -> set[int]:
    """Places to hide because a cell of either release is open with the other.

    Everything that hangs together with it by sums; with `whole` its whole indicator.
    """
    cells: dict[str, list[Standing]] = {}
    for place, (each, status) in enumerate(zip(estimates, statuses, strict=True)):
        standing = Standing(place, each.cell, status, each.estimate.n, each.estimate.n_numerator)
        cells.setdefault(each.definition.code, []).append(standing)
    new = Beside("", joined, cells, weights)
    definitions = {each.definition.code: each.definition for each in estimates}
    found: set[int] = set()
    for code, standings in cells.items():
        alone = Beside("", joined, {code: standings}, weights)
        told = audit_beside(alone, earlier, definitions, limits)
        bare = {(each.release, each.told.place) for each in told if not each.told.protected}
        opened = {
            one.cell
            for side in (new, *earlier)
            for one in side.cells.get(code, ())
            if (side.release, one.place) in bare
        }
        if not opened:
            continue
        if whole:
            found |= {one.place for one in standings}
            continue
        places = {at for at, one in enumerate(standings) if one.cell in opened}
        for members in components(_sums(new, code)):
            here = {at for each in members for at in _cells_of(each)}
            if not places.isdisjoint(here):
                parts = {at for each in members for at in each.parts}
                found |= {standings[at].place for at in parts}
    return found


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two releases as one system: a cell that is the same in both is one unknown."""

    standing: list[tuple[str, Standing]]
    sums: list[SumOf]
    hidden: frozenset[int]
    reweighted: frozenset[int]
    """Hidden for their weights alone, if they are not small: the other release shows them."""

    @classmethod
    def of(cls, new: Beside, old: Beside, code: str, third: Sequence[Beside]) -> "_Pair":
        standing: list[tuple[str, Standing]] = []
        hidden: set[int] = set()
        reweighted: set[int] = set()
        before = old.places(code) if _differ(new.weights, old.weights) else {}
        sums: dict[SumOf, None] = {}
        twins: dict[Cell, int] = {}
        for release, other in ((new, old), (old, new)):
            unknown = _unknown(release, code, [other, *third])
            at_of: list[int] = []
            for at, each in enumerate(release.cells.get(code, ())):
                twin = twins.get(each.cell)
                if twin is not None and each.counts == standing[twin][1].counts:
                    at_of.append(twin)
                    continue
                at_of.append(len(standing))
                twins.setdefault(each.cell, len(standing))
                standing.append((release.release, each))
                hidden |= {at_of[-1]} if at in unknown else set()
                if release is new and each.cell in before and before[each.cell].shown:
                    reweighted.add(at_of[-1])
            for each_sum in _sums(release, code):
                total = None if each_sum.total is None else at_of[each_sum.total]
                parts = tuple(sorted(at_of[part] for part in each_sum.parts))
                sums[SumOf(total, parts, each_sum.categories)] = None
        return cls(standing, list(sums), frozenset(hidden), frozenset(reweighted))

    def attack(self, definition: Definition, limits: Thresholds) -> Iterator[ToldBeside]:
        cells = [_counts(definition, each) for _, each in self.standing]
        people = People.of(cells, limits, counts=counts_numerator(definition))
        told = audit(people, self.sums, self.hidden)
        tops: dict[int, float] = {}
        for each in told:
            if each.layer in people.layers:
                tops[each.place] = tops.get(each.place, 0.0) + each.upper
        for each in told:
            release, standing = self.standing[each.place]
            protected = each.protected or _wide_enough(each, people, tops.get(each.place, 0.0))
            if each.place in self.reweighted:
                protected |= not any(people.short(each.place, layer) for layer in people.layers)
            yield ToldBeside(release, replace(each, place=standing.place, protected=protected))


def _differ(one: str | None, other: str | None) -> bool:
    """Whether weights are known to be made otherwise."""
    return one is not None and other is not None and one != other


def _wide_enough(told: Told, people: People, most_base: float) -> bool:
    """Whether a count stays possible where it must, and is not known exactly.

    Below its value it may have no room: what came since the earlier release is at least there.
    The base is at most `most_base`, what its numerator and complement are together.
    """
    place, layer = told.place, told.layer
    if layer not in people.layers:
        return False
    value = float(people.values[layer][place])
    short = people.short(place, layer)
    few = people.short(place, Layer.COMPLEMENT) if people.by_category else 0.0
    base = 0.0 if people.by_category else people.short(place, Layer.BASE)
    return (
        told.upper - told.lower >= 1.0 - _ROUNDING
        and (not short or told.upper >= value + short - _ROUNDING)
        and (not few or told.lower <= max(0.0, value - few) + _ROUNDING)
        and (not base or most_base >= people.values[Layer.BASE][place] + base - _ROUNDING)
    )


def _sums(release: Beside, code: str) -> list[SumOf]:
    """The sums that readers of one release can form, by place among its cells."""
    standing = release.cells.get(code, ())
    counted = {
        each.cell: at for at, each in enumerate(standing) if each.status is not ObsStatus.MISSING
    }
    return sums_among(counted, release.joined)


def _cells_of(each: SumOf) -> set[int]:
    return {*each.parts, *(() if each.total is None else (each.total,))}


def _unknown(on: Beside, code: str, others: Collection[Beside]) -> set[int]:
    """Hidden cells, by place in the indicator, that no other release shows."""
    seen = [other.places(code) for other in others]
    return {
        at
        for at, each in enumerate(on.cells.get(code, ()))
        if each.hidden
        and not any(
            each.cell in other
            and other[each.cell].shown
            and other[each.cell].like(each.n, each.n_numerator)
            for other in seen
        )
    }


def _counts(definition: Definition, each: Standing) -> CellEstimate:
    """The counts alone: the attack needs no more."""
    estimate = Estimate(_NAN, _NAN, _NAN, _NAN, _NAN, 0, each.n, each.n_numerator, 0, _NAN)
    return CellEstimate(definition, each.cell, estimate, MissingTally(), partial=False)
