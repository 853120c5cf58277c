"""`bind::usga:implied` of a form: its own rules of implied values, before those that ship."""

from typing import Any

from usga_indicators.domain.codebook import codebook_of, skip_rules
from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.codebook.frame import frame_of
from usga_indicators.domain.codebook.layout import Layout
from usga_indicators.operations.follow_feed import wanted_names
from usga_indicators.storage.extract_tables import empty_tables, interviews_of, merge
from usga_shared.wire.extract import ExtractItem


def question(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "question", "name": name, "type": "select_one", "sensitivity": 0, **more}


def form(version: str, rule: str) -> dict[str, Any]:
    follow = question("lately", relevant="${ever}='yes'", attributes={"implied": rule})
    return {"name": "f", "version": version, "nodes": [question("ever"), follow]}


def item(unit: str, **answers: str) -> ExtractItem:
    return ExtractItem(
        unit=unit, revision=unit, status="included", instrument="f", version="2",
        disposition="1.1", w_person=1.0, w_household=1.0, answers=answers,
    )  # fmt: skip


def test_the_form_says_what_a_screener_implies() -> None:
    codebook = codebook_of([form("2", "ever: no never -> no"), form("1", "ever: no -> never")])
    rules = skip_rules().joined(codebook.skips)
    assert rules.skips["lately"].value == "no"  # the newest version decides
    assert set(skip_rules().skips) < set(rules.skips)
    layout = Layout.of(codebook, ["ever", "lately"])
    items = [item("a", ever="never"), item("b", ever="ref"), item("c", ever="yes", lately="yes")]
    raw = interviews_of(merge(empty_tables(layout), layout, items), layout)
    column = frame_of(raw, codebook, ["ever", "lately"], rules).columns["lately"]
    assert column.texts() == ["no", "", "yes"]
    assert [Kind(k) for k in column.kinds] == [Kind.IMPLIED, Kind.REF, Kind.ASKED]


def test_a_rule_of_the_form_takes_precedence_over_one_that_ships() -> None:
    shipped = skip_rules().skips["sh_12m"]
    own = question("sh_12m", attributes={"implied": "sh_3y: none na -> never"})
    document = {"name": "f", "version": "1", "nodes": [question("sh_3y"), own]}
    found = skip_rules().joined(codebook_of([document]).skips).skips["sh_12m"]
    assert (shipped.value, found.value) == ("no", "never")


def test_the_screener_is_asked_for_with_what_it_decides() -> None:
    codebook = codebook_of([form("1", "ever: no -> no")])
    assert codebook.skips["lately"].screener == "ever"
    assert "sex" in wanted_names([], codebook)
