"""Interviews with one weight alone, and strata in which one PSU was sampled."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from typing import Any

import pytest
from usga_indicators.domain.codebook import codebook_of, frame_of, skip_rules
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.domain.definition import Definition, catalogue
from usga_indicators.domain.publication import protect
from usga_indicators.domain.tabulation import Cell, CellEstimate, tabulate
from usga_indicators.operations.follow_feed import wanted_names
from usga_indicators.storage.extract_tables import empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem
from usga_shared.wire.release import Observation

from tests.support.indicators import extract_items, outline

Item = dict[str, Any]
USED: list[Definition] = [d for d in catalogue() if d.code in {"ENV-01", "PER-04", "VIC-12"}]
ITEMS = extract_items(400, seed=3)


def estimates(
    change: Callable[[int, Item], Item],
    drawn: dict[str, int] | None = None,
    more: Sequence[Item] = (),
) -> dict[tuple[str, Cell], CellEstimate]:
    items = [change(at, item) for at, item in enumerate([*ITEMS, *more])]
    codebook = codebook_of([outline()])
    names = wanted_names(USED)
    layout = Layout.of(codebook, names)
    read = merge(empty_tables(layout), layout, [ExtractItem.model_validate(i) for i in items])
    raw = interviews_of(read, layout)
    frame = frame_of(raw, codebook, names, skip_rules())
    return {(c.definition.code, c.cell): c for c in tabulate(USED, frame, {}, drawn)}


def accounted(found: CellEstimate) -> int:
    """People in the base, and those of whom it is told why they are not."""
    counts = asdict(found.missing) | {"implied": found.estimate.n}
    return sum(counts.values())


def unchanged(_: int, item: Item) -> Item:
    return item


class TestOneWeightAlone:
    @staticmethod
    def without(weight: str) -> Callable[[int, Item], Item]:
        return lambda at, item: item | ({weight: None} if at % 4 == 0 else {})

    @pytest.mark.parametrize(
        ("weight", "kept", "left"),
        [("w_person", "ENV-01", "PER-04"), ("w_household", "PER-04", "ENV-01")],
    )
    def test_it_leaves_only_what_takes_that_weight(
        self, weight: str, kept: str, left: str
    ) -> None:
        whole, some = estimates(unchanged), estimates(self.without(weight))
        assert some[kept, Cell()].estimate == whole[kept, Cell()].estimate
        assert some[kept, Cell()].missing == whole[kept, Cell()].missing
        asked = [at for at, i in enumerate(ITEMS) if i["disposition"] in {"1.1", "1.2"}]
        assert accounted(whole[left, Cell()]) == len(asked)
        assert accounted(some[left, Cell()]) == len([at for at in asked if at % 4])

    def test_without_any_weight_it_is_nowhere(self) -> None:
        some = estimates(
            lambda at, i: i | ({"w_person": None, "w_household": None} if at % 4 == 0 else {})
        )
        other = estimates(self.without("w_household"))
        assert some["ENV-01", Cell()].estimate.n == other["ENV-01", Cell()].estimate.n


class TestLonelyPsu:
    @staticmethod
    def one_psu_in_s01(_: int, item: Item) -> Item:
        return item | ({"psu": "only"} if item["stratum"] == "s01" else {})

    @staticmethod
    def published(
        found: dict[tuple[str, Cell], CellEstimate], *, probability: bool = True
    ) -> dict[tuple[str, Cell], Observation]:
        done = protect(
            list(found.values()), release="r", time_period="2026", probability_sample=probability
        )
        return {key: one.observation for key, one in zip(found, done, strict=True)}

    @pytest.mark.parametrize("code", [d.code for d in USED])
    def test_what_rests_on_it_is_of_low_reliability(self, code: str) -> None:
        cells = self.published(estimates(self.one_psu_in_s01))
        total = cells[code, Cell()]
        assert (total.obs_status, total.conf_status, total.reason) == ("U", "F", "lonely-psu")
        assert total.obs_value is not None
        assert cells[code, Cell(stratum="s02")].reason != "lonely-psu"

    def test_without_one_nothing_is_flagged(self) -> None:
        cells = self.published(estimates(unchanged))
        assert "lonely-psu" not in {o.reason for o in cells.values()}

    def test_without_a_sample_there_is_no_error_that_could_rest_on_it(self) -> None:
        cells = self.published(estimates(self.one_psu_in_s01), probability=False)
        assert "lonely-psu" not in {o.reason for o in cells.values()}


class TestPsusWithoutAnInterview:
    def test_they_count_as_totals_of_zero(self) -> None:
        """As interviews of weight zero in PSUs of their own would."""
        extra = [
            ITEMS[0] | {"unit": f"z{n}", "psu": f"z{n}", "w_person": 0.0, "w_household": 0.0,
                        "stratum": "s01", "disposition": "1.1"}
            for n in range(3)
        ]  # fmt: skip
        usable = [i for i in ITEMS if i["disposition"] in {"1.1", "1.2"}]
        seen = len({i["psu"] for i in usable if i["stratum"] == "s01"})
        known = estimates(unchanged, {"s01": seen + 3})
        expected = estimates(unchanged, more=extra)
        plain = estimates(unchanged, {"s01": seen})
        for code in ("ENV-01", "PER-04", "VIC-12"):
            for cell in (Cell(), Cell(stratum="s01")):
                found, other = (e[code, cell].estimate for e in (known, expected))
                assert astuple(found) == pytest.approx(astuple(other), nan_ok=True)
        assert known["PER-04", Cell()].estimate.se != plain["PER-04", Cell()].estimate.se

    def test_with_one_a_psu_is_not_alone(self) -> None:
        cells = estimates(TestLonelyPsu.one_psu_in_s01, {"s01": 2})
        assert not any(c.lonely for c in cells.values())
