"""What a report says of weights, errors, rules and corrections of its very release."""

from typing import Any

import pytest
from usga_reports.domain.locale import load_catalogue
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat
from usga_reports.domain.template.blocks import Terms
from usga_reports.domain.template.city_report import city_report
from usga_reports.domain.template.material import Material
from usga_reports.domain.template.method import analysis_facts
from usga_shared.wire.release import ReleaseBundle

from tests.unit.reports.reading import texts
from tests.unit.reports.specimen import specimen

SET = "01930e4d-1f5c-7d3e-8a44-0c5d5f1f7a10"
LATER = "01950e4d-1f5c-7d3e-8a44-0c5d5f1f7a10"
JKN = {
    "method": "JKn", "replicates": 192, "seed": 1, "rho": 0.0, "readjust": True, "mse": False,
}  # fmt: skip


def bundle(corrected_by: list[str] | None = None, **release: Any) -> ReleaseBundle:
    plain = specimen().model_dump(mode="json")
    plain["release"] |= release
    plain["corrected_by"] = corrected_by or []
    return ReleaseBundle.model_validate(plain)


def facts(analysis: dict[str, Any] | None) -> dict[str, str]:
    return dict(analysis_facts(Material.of(bundle(analysis=analysis), load_catalogue("en"))))


@pytest.mark.parametrize(
    ("analysis", "weights", "errors"),
    [
        (None, "base weights", "Taylor"),
        ({"weight_set": SET}, SET, "Taylor"),
        ({"weight_set": SET, "variance": JKN}, SET, "192 replicate weights (JKn)"),
    ],
)
def test_the_method_names_the_weights_and_errors_of_this_release(
    analysis: dict[str, Any] | None, weights: str, errors: str
) -> None:
    found = facts(analysis)
    assert weights in found["Weights of this release"]
    assert errors in found["Standard errors"]


@pytest.mark.parametrize(
    ("fpc", "said"),
    [("none", "with replacement"), ("first_stage", "taken whole"), ("two_stage", "is added")],
)
def test_the_method_says_how_the_size_of_the_population_counts(fpc: str, said: str) -> None:
    document = city_report(bundle(analysis={"design": {"fpc": fpc}}), load_catalogue("en"))
    told = [text for text in texts(document) if "Standard errors take account" in text]
    assert len(told) == 1
    assert said in told[0]
    assert ("with replacement" in told[0]) == (fpc == "none")


def provenance(of: ReleaseBundle) -> dict[str, str]:
    section = city_report(of, load_catalogue("en")).sections[-1]
    (terms,) = [block for block in section.blocks if isinstance(block, Terms)]
    return dict(terms.items)


def test_the_provenance_has_all_that_whoever_computes_again_must_set() -> None:
    found = provenance(
        bundle(
            [LATER],
            analysis={"weight_set": SET, "weight_set_sha256": "ab" * 32, "variance": JKN},
            corrects="r0",
            note="A stratum was wrong.",
        )
    )
    assert found["Weight set"] == SET
    assert found["SHA-256 of the weight set"] == "ab" * 32
    assert "lonely_psu=adjust" in found["Rules of the design"]
    assert "replicates=192" in found["Replicates"]
    assert (found["Corrects"], found["Corrected by"]) == ("r0", LATER)
    assert {"Corrects", "Corrected by", "Replicates"}.isdisjoint(provenance(bundle()))


def test_a_corrected_release_says_so_on_its_cover() -> None:
    front = city_report(bundle([LATER]), load_catalogue("en")).front
    assert ("Corrected by release", LATER) in front.facts
    notes = [b for b in front.imprint[0].blocks if b.block == "note"]
    assert LATER in notes[0].text
    plain = city_report(bundle(), load_catalogue("en")).front
    assert "Corrected by release" not in dict(plain.facts)


def test_the_same_release_gives_the_same_bytes_and_a_correction_others() -> None:
    def rendered(of: ReleaseBundle) -> bytes:
        return render_report(
            freeze(of), template="city-report", language="en", kind=ReportFormat.HTML
        )

    assert rendered(bundle([LATER])) == rendered(bundle([LATER]))
    assert rendered(bundle([LATER])) != rendered(bundle())


class TestMap:
    """Of areas that lie within others one level is numbered, so that no number is on a border."""

    def shown(self, whole_has_cells: bool) -> list[str]:
        plain = specimen().model_dump(mode="json")
        features = plain["context"]["areas"]["features"]
        ring = [[0, 0], [0.04, 0], [0.04, 0.03], [0, 0.03], [0, 0]]
        for feature in features:
            feature["properties"]["parent"] = "CITY"
        features.insert(
            0,
            {
                "type": "Feature",
                "properties": {"code": "CITY", "title": {"en": "City"}, "parent": None},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            },
        )
        material = Material.of(ReleaseBundle.model_validate(plain), load_catalogue("en"))
        cells = material.published.by_area("PER-01")
        if whole_has_cells:
            cells = {"CITY": next(iter(cells.values()))}
        return [shape.code for shape in material.shapes(cells)]

    def test_the_area_around_is_not_drawn_over_its_settlements(self) -> None:
        found = self.shown(whole_has_cells=False)
        assert len(found) == 12
        assert "CITY" not in found

    def test_settlements_without_cells_leave_their_area_whole(self) -> None:
        assert self.shown(whole_has_cells=True) == ["CITY"]
