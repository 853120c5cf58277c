"""Variants of the household survey: what they keep, what they pull along, what they refuse."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from usga_assessment.cli import main
from usga_assessment.domain.catalogue.form import as_csv
from usga_assessment.domain.catalogue.instruments import (
    build,
    generate,
    read_source,
    variant_of,
)
from usga_assessment.domain.catalogue.source import Source
from usga_assessment.domain.catalogue.variants import Selection, VariantRefused, select
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_expressions.environment import Table
from usga_expressions.instrument import Instrument
from usga_tablet.habits import Habits
from usga_tablet.respondent import Respondent, Situation

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HVS = read_source("hvs")
LISTS = {
    "psu": Table([{"name": "p01", "label": "p01", "stratum": "s01"}]),
    "enumerators": Table([{"name": "e1", "label": "e1"}]),
}
WILLING = {
    "assess_code": "KE-TEST-2026", "consent_hh": "yes", "hh_size": 5, "n_elig": 3,
    "sel_avail": "now", "consent": "yes", "consent_sens": "yes", "priv_ok": "yes",
    "priv_ok_i": "yes", "dm_interrupt": "none",
}  # fmt: skip


@cache
def document(variant: str) -> dict[str, Any]:
    form = compile_form(as_csv(generate("hvs", [], variant=variant)).encode())
    assert form.document is not None
    assert [f for f in form.findings if f.severity == "error"] == []
    return form.document


def names(source: Source, cls: str) -> set[str]:
    return {row.name for module in source.modules for row in module.rows if row.cls == cls}


def rows(source: Source) -> set[str]:
    return {row.name for module in source.modules for row in module.rows if row.name}


class TestShort:
    def test_it_keeps_every_core_question_and_no_other(self) -> None:
        short = variant_of(HVS, "short")
        assert names(short, "C") == names(HVS, "C")
        assert names(short, "M") == set()
        again = {name for name in names(short, "C") if name.startswith("incp")}
        assert len(names(short, "C") - again) == 104
        assert {"incp", "incp_rep", "incp_weap"} <= again

    def test_it_is_a_version_of_its_own(self) -> None:
        assert document("short")["name"] == "hvs"
        assert document("short")["version"] == f"{HVS.version}-short"

    def test_blocks_that_hold_nothing_are_gone(self) -> None:
        assert "J" not in {module.letter for module in variant_of(HVS, "short").modules}
        assert "inc" in rows(variant_of(HVS, "short"))


class TestRapid:
    def test_nothing_that_needs_privacy_is_asked(self) -> None:
        flat = str(document("rapid"))
        assert "'sensitivity': 3" not in flat
        assert "consent_sens" not in flat

    def test_it_is_part_of_the_short_one(self) -> None:
        assert names(variant_of(HVS, "rapid"), "C") < names(variant_of(HVS, "short"), "C")


@pytest.mark.parametrize("variant", ["short", "rapid"])
class TestInterviews:
    def test_synthetic_interviews_pass_validation(self, variant: str) -> None:
        instrument = Instrument.load(document(variant))
        habits = Habits.read(Path("tools/demo/habits.toml"))
        asked: set[str] = set()
        for number in range(20):
            respondent = Respondent(habits, seed=1, number=number)
            situation = Situation(cluster="p01", started=NOW, fixed=WILLING)
            answers = respondent.interview(instrument, situation, lists=LISTS)
            assert instrument.check(answers, now=NOW, lists=LISTS).findings == ()
            asked |= answers.keys()
        assert "safe_night" in asked


def refused(**selection: Any) -> list[str]:
    about = {"modules": "A B C D E F G X H I K L M N O P", "classes": "Y X C", **selection}
    with pytest.raises(VariantRefused) as caught:
        select(HVS, Selection.of(about), name="trial")
    return caught.value.findings


class TestReferences:
    def test_what_a_kept_question_needs_stays_from_any_module_and_class(self) -> None:
        selection = Selection.of({"modules": "L", "classes": "M"})
        kept = rows(select(HVS, selection, name="trial"))
        assert {"br_sel", "br_gave", "br_contact", "consent", "ref_12m", "today"} <= kept
        assert "safe_night" not in kept

    def test_a_question_in_a_repeat_needs_what_the_repeat_needs(self) -> None:
        selection = Selection.of({"modules": "H", "classes": "M"})
        kept = rows(select(HVS, selection, name="trial"))
        assert {"inc_area", "inc", "inc_k", "inc_list", "consent"} <= kept
        assert "inc_place" not in kept

    def test_a_generated_list_is_made_of_what_is_left(self) -> None:
        trial = {"modules": "A B H P", "classes": "Y X C", "without": ["pv_fraud_12m"]}
        source = select(HVS, Selection.of(trial), name="trial")
        table = generate_calculation(source, "inc_list")
        assert "pv_rob_12m" in table
        assert "pv_fraud_12m" not in table
        assert "hv_burg_12m" not in table

    def test_what_is_left_out_but_needed_refuses_the_variant_by_name(self) -> None:
        found = refused(without=["pv_phys_5y"])
        assert found == [
            "'pv_phys_12m' refers to 'pv_phys_5y', which the variant 'trial' leaves out"
        ]
        gates = refused(without=["consent_sens"])
        assert "'sv_5y' refers to 'consent_sens', which the variant 'trial' leaves out" in gates

    def test_a_reference_in_a_text_counts(self) -> None:
        assert any("'avoid_12m' refers to 'ref_12m'" in f for f in refused(without=["ref_12m"]))

    def test_a_name_that_is_no_question_is_refused(self) -> None:
        assert refused(without=["safe_nihgt"]) == ["'safe_nihgt' is not a question of hvs"]


def generate_calculation(source: Source, name: str) -> str:
    return next(row["calculation"] for row in build(source, []).survey if row.get("name") == name)


class TestCommand:
    def test_a_variant_is_built(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = tmp_path / "short.csv"
        assert main(["build-instrument", "hvs", "--variant", "short", "-o", str(out)]) == 0
        assert f"{HVS.version}-short" in out.read_text(encoding="utf-8")

    def test_an_unknown_variant_names_those_that_there_are(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = str(tmp_path / "x.csv")
        assert main(["build-instrument", "hvs", "--variant", "tiny", "-o", out]) == 1
        assert capsys.readouterr().err == ("hvs has no variant 'tiny', only full, short, rapid\n")
