"""What readers of two releases can say that readers of one cannot (rules D-03, D-04).

Where nothing, or next to nothing, has changed in a cell, what one release shows of it is known of
the other too. So a release hides no such cell as company in vain, goes on hiding what an earlier
one hid, and is attacked with everything that the published ones show.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.definition.model import Definition
from usga_indicators.domain.disclosure import LEAST_DIFFERENCE, Thresholds
from usga_indicators.domain.estimation import Estimate
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.people import People
from usga_indicators.domain.publication.secondary import audit
from usga_indicators.domain.publication.statistics import counts_numerator
from usga_indicators.domain.publication.systems import sums_of
from usga_indicators.domain.tabulation.breakdowns import Cell
from usga_indicators.domain.tabulation.estimates import CellEstimate, MissingTally

_NAN = float("nan")


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

    def like(self, n: int, n_numerator: int) -> bool:
        """Whether so few people came or went that one value tells the other."""
        return (
            abs(self.n - n) < LEAST_DIFFERENCE
            and abs(self.n_numerator - n_numerator) < LEAST_DIFFERENCE
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """A release as an attacker puts it beside others; `cells` by code of their indicator."""

    release: str
    areas: Mapping[str, str]
    cells: Mapping[str, Sequence[Standing]]

    def places(self, code: str) -> dict[Cell, Standing]:
        return {each.cell: each for each in self.cells.get(code, ())}


@dataclass(frozen=True, slots=True)
class ToldBeside:
    """What all releases together tell of a hidden cell of one of them."""

    release: str
    told: Told


def known_and_kept(
    estimates: Sequence[CellEstimate], earlier: Sequence[Beside]
) -> tuple[frozenset[int], frozenset[int]]:
    """Places that an earlier release shows, and others that it hid: nothing much changed in them.

    The former are known whatever is done now. The latter stay hidden: a part of what protected
    others then.
    """
    known: set[int] = set()
    kept: set[int] = set()
    index = [
        {(code, one.cell): one for code, cells in each.cells.items() for one in cells}
        for each in earlier
    ]
    for place, found in enumerate(estimates):
        key = (found.definition.code, found.cell)
        for before in (cells[key] for cells in index if key in cells):
            if before.like(found.estimate.n, found.estimate.n_numerator):
                if before.shown:
                    known.add(place)
                elif before.hidden:
                    kept.add(place)
    return frozenset(known), frozenset(kept - known)


def audit_beside(
    new: Beside,
    published: Sequence[Beside],
    definitions: Mapping[str, Definition],
    limits: Thresholds | None = None,
) -> list[ToldBeside]:
    """The attack on hidden cells of `new`, and on those of published ones that it tells more of.

    Indicators that are not in `definitions` are left alone: `new` says nothing of them.
    """
    thresholds = limits or Thresholds()
    found: list[ToldBeside] = []
    for code in new.cells:
        definition = definitions.get(code)
        if definition is None:
            continue
        found += _attack(new, code, published, definition, thresholds)
        for each in published:
            others = [other for other in published if other is not each]
            before = _unknown(each, code, others)
            if before - _unknown(each, code, [*others, new]):
                found += _attack(each, code, [*others, new], definition, thresholds)
    return found


def _attack(
    on: Beside,
    code: str,
    others: Sequence[Beside],
    definition: Definition,
    limits: Thresholds,
) -> Iterator[ToldBeside]:
    standing = on.cells[code]
    hidden = _unknown(on, code, others)
    if not hidden:
        return
    cells = [_counts(definition, each) for each in standing]
    counted = [at for at, each in enumerate(standing) if each.status is not ObsStatus.MISSING]
    people = People.of(cells, limits, counts=counts_numerator(definition))
    for told in audit(people, sums_of(cells, counted, on.areas), hidden):
        place = standing[told.place].place
        yield ToldBeside(
            on.release, Told(place, told.layer, told.lower, told.upper, told.protected)
        )


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
