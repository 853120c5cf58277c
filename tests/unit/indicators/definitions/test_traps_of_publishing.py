"""The traps of domain dossier 9 that lie behind the definitions: 15, 17, 19 and 20."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from usga_assessment.domain.catalogue.instruments import form_bytes
from usga_indicators.domain.codebook import codebook_of
from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.publication import protect
from usga_indicators.domain.sources import response_rates
from usga_indicators.domain.sources.fieldwork import Outcomes
from usga_indicators.domain.tabulation import tabulate
from usga_indicators.operations.follow_feed import wanted_names
from usga_shared.wire.release import Observation
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus

from tests.support.household import document
from tests.unit.indicators.definitions.test_denominators import BY_CODE, frame

FORMS = ("adm", "adm_agg", "fgd", "gsc", "hvs", "kii", "rap", "saw")
_NUMBERS = (
    "obs_value", "bound", "standard_error", "lower_bound", "upper_bound", "design_effect", "df",
    "sample_size", "numerator_size", "psus", "missing",
)  # fmt: skip


@pytest.mark.parametrize("people", [24, 25])
def test_trap_15_no_percentage_stands_on_a_suppressed_base(people: int) -> None:
    """Neither of the cell, nor of the difference of two shares on the same people."""
    answers = [{"safe_day": "safe", "safe_night": "unsafe"}] * 12
    answers += [{"safe_day": "unsafe", "safe_night": "safe"}] * (people - 12)
    definitions = [BY_CODE[code] for code in ("PER-01", "PER-02", "PER-03")]
    cells = protect(
        tabulate(definitions, frame(*answers), {}),
        release="r",
        time_period="2026",
        probability_sample=True,
    )
    shown = [c.observation for c in cells if c.observation.stratum == "_T"]
    hidden = [o for o in shown if o.obs_status is ObsStatus.SUPPRESSED]
    for each in hidden:
        assert each.conf_status is not ConfStatus.FREE
        assert {getattr(each, name) for name in _NUMBERS} == {None}, each.indicator
    if people < 25:
        assert {o.indicator for o in hidden} == {"PER-01", "PER-02", "PER-03"}


def _columns(name: str) -> tuple[list[str], list[list[str]]]:
    text = io.StringIO(form_bytes(name).decode("utf-8-sig"))
    rows = [row for row in csv.reader(text) if any(row)]
    head = next(row for row in rows if any(cell.startswith("label::") for cell in row))
    return head, rows


@pytest.mark.parametrize("name", FORMS)
def test_trap_17_markers_inside_a_text_are_the_same_in_every_language(name: str) -> None:
    """`${answer}` and `{place}` are kept; what stands in them is never translated."""
    head, rows = _columns(name)
    kinds = {cell.partition("::")[0] for cell in head if "::English" in cell}
    wrong = []
    for row in rows:
        told = dict(zip(head, row, strict=False))
        for kind in kinds:
            marks = {
                column: sorted(re.findall(r"\$?\{[^}]*\}", text))
                for column, text in told.items()
                if column.startswith(f"{kind}::") and text and text != column
            }
            if len({tuple(found) for found in marks.values()}) > 1:
                wrong.append((told.get("name"), kind, marks))
    assert wrong == []


def test_trap_17_the_check_sees_a_translated_marker() -> None:
    texts = ["Hello ${m_label}", "Hola ${m_etiqueta}"]
    marks = [re.findall(r"\$?\{[^}]*\}", text) for text in texts]
    assert marks[0] != marks[1]


def test_trap_19_a_replaced_refusal_stays_in_the_response_rate() -> None:
    """80 interviews, 20 refusals, and 20 interviews with households in their place."""
    definition = next(d for d in catalogue() if d.code == "QUA-01")
    drawn = Outcomes(complete=100, partial=0, others=20, rr2=100 / 120, rr3=100 / 120)
    (cell,) = response_rates(definition, drawn, {})[:1]
    assert cell.estimate.value == pytest.approx(100 / 120)
    assert (cell.estimate.n, cell.estimate.n_numerator) == (120, 100)


def _nodes(inside: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in inside:
        yield node
        yield from _nodes(node.get("children", []))


def test_trap_19_the_form_says_who_is_a_replacement_and_why_the_first_was_not() -> None:
    names = {node["name"] for node in _nodes(document()["nodes"])}
    assert {"is_replacement", "disp_final", "visit_result"} <= names


def _places(form: dict[str, Any]) -> set[str]:
    kinds = {"geopoint", "geotrace", "geoshape"}
    return {n["name"] for n in _nodes(form["nodes"]) if str(n.get("type", "")) in kinds}


def test_trap_20_no_point_on_a_map_can_be_published() -> None:
    """The extract asks for no position, and a published cell has no place smaller than an area."""
    codebook = codebook_of([document()])
    positions = _places(document())
    assert positions  # the form takes them
    assert positions.isdisjoint(wanted_names(catalogue(), codebook))
    coordinates = re.compile(r"lat|lon|geo|point|coord|position")
    assert not [name for name in Observation.model_fields if coordinates.search(name)]
    for path in Path(__file__).parents[4].glob("docs/api/indicators.openapi.json"):
        assert "latitude" not in path.read_text("utf-8")
