"""The household instrument: complete as the domain dossier says, in each language."""

import re
from collections import Counter

import pytest
from usga_assessment.domain.catalogue.form import as_csv, as_xlsx
from usga_assessment.domain.catalogue.instruments import form_bytes, generate
from usga_assessment.domain.catalogue.wording import LANGUAGES
from usga_assessment.domain.xlsform.compiler import compile_form, digest_of

from tests.unit.assessment.xlsform.household import (
    BY_NAME,
    DOCUMENT,
    FORM,
    GOLDEN,
    NODES,
    SPOKEN,
    rows,
)


class TestSpecification:
    def test_it_compiles_without_an_error_or_an_unexpected_warning(self) -> None:
        codes = {f.code for f in FORM.findings}
        # The converter does not know the code in "Oʻzbekcha (uz-Latn)"; the compiler does.
        assert codes <= {"language-without-code"}

    @pytest.mark.parametrize("row", rows("variables.csv"), ids=lambda row: row["name"])
    def test_every_row_of_the_dossier_is_there(self, row: dict[str, str]) -> None:
        node = BY_NAME[row["name"]]
        assert (node["type"] if node["kind"] == "question" else node["kind"]) == row["type"]
        assert node["module"] == row["module"]
        assert str(node["sensitivity"]) == row["sensitivity"]
        assert node["attributes"]["cls"] == row["class"]
        if row["list"]:
            assert node["list"] == row["list"].removesuffix(".csv")

    def test_counts_per_class_are_those_of_the_dossier(self) -> None:
        # The sealed block repeats the items of `inc`: the dossier has them once.
        # Breakdowns of indicators ask three questions more than its table of variables has.
        more = {"sv_place", "cd_sex", "tip_12m"}
        once = [
            node
            for node in NODES
            if not node["name"].startswith("incp_") and node["name"] not in more
        ]
        counts = Counter(node["attributes"]["cls"] for node in once)
        assert (counts["Y"], counts["C"], counts["M"]) == (39, 104, 63)

    @pytest.mark.parametrize("row", rows("lists.csv"), ids=lambda row: row["list"])
    def test_every_list_has_its_choices_in_order(self, row: dict[str, str]) -> None:
        expected = row["choices"].split() + (
            ["dk", "ref", "na"] if row["starred"] == "yes" else []
        )
        if row["list"] == "crime":  # a calculation carries it; nobody chooses from it
            assert BY_NAME["inc_type"]["attributes"]["list"] == "crime"
        assert [choice["name"] for choice in DOCUMENT["choice_lists"][row["list"]]] == expected

    def test_every_variable_of_the_indicators_is_there(self) -> None:
        needed = (GOLDEN / "indicator_variables.txt").read_text().split()
        assert [name for name in needed if name not in BY_NAME] == []

    def test_names_are_short_and_snake_case(self) -> None:
        assert [
            n["name"] for n in NODES if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", n["name"])
        ] == []

    def test_integers_admit_the_codes_where_the_dossier_says(self) -> None:
        assert [
            n
            for n in ("water_min", "toilet_share", "inc_n", "inc_loss", "br_times")
            if ".=-98" not in BY_NAME[n]["constraint"]
        ] == []
        assert [n for n in ("age", "inc_loss") if ".=-99" not in BY_NAME[n]["constraint"]] == []


class TestSource:
    def test_the_committed_form_is_what_the_source_makes(self) -> None:
        committed = form_bytes("hvs").decode()
        shown = [name for name, header in LANGUAGES.items() if f"label::{header}" in committed]
        assert committed == as_csv(generate("hvs", shown))

    def test_the_workbook_is_the_same_instrument(self) -> None:
        workbook = compile_form(as_xlsx(generate("hvs")))
        assert workbook.document is not None
        assert digest_of(workbook.document) == digest_of(DOCUMENT)

    def test_no_shorthand_is_left(self) -> None:
        text = form_bytes("hvs").decode()
        assert [word for word in ("GATE", "ANY(", "FROM(", "LIST(") if word in text] == []


class TestLanguages:
    def test_every_question_and_choice_speaks_them_all(self) -> None:
        choices = [choice for choices in DOCUMENT["choice_lists"].values() for choice in choices]
        gaps = [x["name"] for x in [*NODES, *choices] if set(x["label"]) != SPOKEN]
        assert gaps == []
        one_language = [
            n["name"]
            for n in NODES
            for key in ("hint", "constraint_message")
            if n[key] and set(n[key]) != SPOKEN
        ]
        assert one_language == []

    def test_every_asked_question_has_a_hint_and_every_constraint_a_message(self) -> None:
        asked = [
            n
            for n in NODES
            if n["type"] in {"integer", "text", "date", "select_one", "select_multiple"}
        ]
        assert [n["name"] for n in asked if not n["hint"]] == []
        assert [n["name"] for n in NODES if n["constraint"] and not n["constraint_message"]] == []

    def test_questions_are_not_left_untranslated(self) -> None:
        same = [
            n["name"] for n in NODES if n["label"] and len(set(n["label"].values())) < len(SPOKEN)
        ]
        assert same == []

    def test_placeholders_survive_translation(self) -> None:
        broken = [
            n["name"]
            for n in NODES
            if n["label"]
            and len({tuple(re.findall(r"\$\{\w+\}", text)) for text in n["label"].values()}) > 1
        ]
        assert broken == []


class TestMinimisation:
    def test_no_label_of_the_roster_leaves_its_repeat_P01(self) -> None:
        repeat = next(node for node in NODES if node["name"] == "roster")
        label = next(node for node in repeat["children"] if node["name"] == "m_label")
        assert label["field_class"] == "identifier"
        readers = [
            node["name"]
            for node in NODES
            if any("${m_label}" in str(node[key]) for key in ("calculation", "relevant", "label"))
        ]
        assert readers == []

    def test_what_may_identify_is_sealed(self) -> None:
        sealed = {
            "deviceid",
            "structure_no",
            "hh_serial",
            "m_label",
            "withdraw_code",
            "loc",
            "int_note",
        }
        assert {name for name in sealed if BY_NAME[name]["field_class"] == "open"} == set()


def test_the_skeleton_compiles_without_any_finding() -> None:
    form = compile_form(form_bytes("skeleton"))
    assert form.document is not None
    assert {f.code for f in form.findings} <= {"C-03-no-notice"}
