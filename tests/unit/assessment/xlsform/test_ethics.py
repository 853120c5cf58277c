"""Sensitivity, field classes and the ethics lint (E-01, E-02, E-07)."""

from typing import Any

import pytest
from usga_assessment.domain.submission.ethics import rule, watch

from tests.unit.assessment.xlsform.support import SETTINGS, codes, compiled, one

HEAD = "| type | name | label | relevant | required | calculation | bind::usga:sensitivity | bind::usga:field_class |"
GATE = """
| select_one yn | consent_sens | May I? | | | | 0 | open |
| select_one yn | priv_ok | Alone? | ${consent_sens}='yes' | | | 0 | open |
"""
YES_NO = "| list_name | name | label |\n| yn | yes | Yes |\n| yn | no | No |"


def survey(*rows: str) -> str:
    return "\n".join([HEAD, *rows])


def nodes(*rows: str) -> dict[str, dict[str, Any]]:
    result = compiled(survey(*rows), YES_NO)
    assert result.document is not None, result.findings
    return {node["name"]: node for node in result.document["nodes"]}


class TestImpliedClasses:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("text", "text"), ("geopoint", "location"), ("geotrace", "location"), ("geoshape", "location"),
            ("start-geopoint", "location"), ("image", "identifier"), ("audio", "identifier"),
            ("video", "identifier"), ("file", "identifier"), ("barcode", "identifier"),
            ("deviceid", "identifier"), ("phonenumber", "identifier"), ("username", "identifier"),
            ("email", "identifier"), ("integer", "open"), ("select_one yn", "open"), ("date", "open"),
        ],
    )  # fmt: skip
    def test_a_form_that_says_nothing_is_sealed_where_it_must_be(
        self, kind: str, expected: str
    ) -> None:
        node = nodes(f"| {kind} | a | A | | | | | |")["a"]
        assert (node["field_class"], node["sensitivity"]) == (expected, 1)

    def test_it_is_told(self) -> None:
        finding = one(compiled(survey("| text | a | A | | | | | |")), "no-sensitivity")
        assert finding.severity == "warning"
        assert "a" in finding.message

    def test_a_form_that_says_all_is_not_told(self) -> None:
        assert "no-sensitivity" not in codes(compiled(survey("| text | a | A | | | | 1 | text |")))

    def test_a_calculation_is_kept_as_closely_as_its_sources(self) -> None:
        made = nodes(
            "| text | a | A | | | | | |", "| calculate | b | | | | concat(${a}, 'x') | | |"
        )
        assert made["b"]["field_class"] == "text"

    def test_a_calculation_declared_opener_is_a_warning(self) -> None:
        rows = (
            "| text | a | A | | | | 1 | text |",
            "| calculate | b | | | | concat(${a}, 'x') | 0 | open |",
        )
        assert one(compiled(survey(*rows)), "opener-than-its-sources").expected == "text"


S3_QUESTION = (
    "| select_one yn | hit | Hit? | ${consent_sens}='yes' and ${priv_ok}='yes' | | | 3 | s3 |"
)


class TestWhatIsOpenTellsNothingOfS3:
    """E-01, ADR-0036: an answer tells by being there."""

    def told(self, *rows: str, head: str = HEAD) -> list[str]:
        result = compiled(
            "\n".join([head, *GATE.strip().splitlines(), S3_QUESTION, *rows]), YES_NO
        )
        return [f.message for f in result.findings if f.code == "E-01-told-openly"]

    @pytest.mark.parametrize(
        "row",
        [
            "| calculate | any | | | | if(${hit}='yes', 1, 0) | 0 | open |",
            "| integer | often | How often? | ${hit}='yes' | | | 1 | open |",
            "| text | where | Where? | ${hit}!='' | | | 1 | text |",
            "| integer | often | How often? | | | if(${hit}='yes', 1, 0) | 0 | open |",
        ],
        ids=["made from it", "asked by it", "in another sealed class", "filled by it"],
    )
    def test_a_question_that_depends_on_an_s3_answer_is_refused(self, row: str) -> None:
        (message,) = self.told(row)
        assert "hit" in message

    def test_a_group_and_a_counted_repeat_speak_for_what_they_hold(self) -> None:
        group = (
            "| begin_group | g | G | ${hit}='yes' | | | | |",
            "| integer | often | How often? | | | | 1 | open |", "| end_group | | | | | | | |",
        )  # fmt: skip
        assert len(self.told(*group)) == 1
        head = f"{HEAD} repeat_count |"
        repeat = (
            "| begin_repeat | r | R | | | | | | if(${hit}='yes', 1, 0) |",
            "| integer | often | How often? | | | | 1 | open | |", "| end_repeat | | | | | | | | |",
        )  # fmt: skip
        assert len(self.told(*repeat, head=head)) == 1

    def test_a_sum_over_a_repeat_of_s3_questions_tells_of_them(self) -> None:
        gate = "${consent_sens}='yes' and ${priv_ok}='yes'"
        rows = (
            f"| begin_repeat | r | R | {gate} | | | | |", "| integer | n | N | | | | 3 | s3 |",
            "| end_repeat | | | | | | | |",
            "| calculate | k | | | | count(${r}) | 0 | open |",
        )  # fmt: skip
        assert len(self.told(*rows)) == 1

    @pytest.mark.parametrize(
        "row",
        [
            "| integer | often | How often? | ${hit}='yes' | | | 3 | s3 |",
            "| calculate | any | | | | if(${hit}='yes', 1, 0) | | |",
            "| note | help | Call 1195. | ${hit}='yes' | | | 0 | open |",
            "| integer | age | Age? | ${priv_ok}='yes' | | | 0 | open |",
        ],
        ids=[
            "sealed itself",
            "carries its source's class",
            "holds no answer",
            "asked by the gate",
        ],
    )
    def test_what_is_sealed_or_tells_nothing_is_not(self, row: str) -> None:
        assert self.told(row) == []

    def test_it_is_said_once(self) -> None:
        row = "| calculate | any | | | | if(${hit}='yes', 1, 0) | 0 | open |"
        result = compiled(survey(*GATE.strip().splitlines(), S3_QUESTION, row), YES_NO)
        assert result.refused
        assert "opener-than-its-sources" not in codes(result)


class TestDeclaredClasses:
    def test_a_group_speaks_for_its_questions(self) -> None:
        result = compiled(
            survey(
                *GATE.strip().splitlines(),
                "| begin_group | g | G | ${consent_sens}='yes' and ${priv_ok}='yes' | | | 3 | |",
                "| integer | a | A | | | | | |",
                "| end_group | | | | | | | |",
            ),
            YES_NO,
        )
        assert result.document is not None, result.findings
        (question,) = result.document["nodes"][-1]["children"]
        assert (question["sensitivity"], question["field_class"]) == (3, "s3")

    @pytest.mark.parametrize(
        ("level", "kind", "code"),
        [
            ("4", "", "bad-sensitivity"),
            ("x", "", "bad-sensitivity"),
            ("1", "secret", "bad-field-class"),
            ("1", "s3", "s3-class"),
            ("3", "open", "s3-class"),
        ],
    )
    def test_what_cannot_be_is_refused(self, level: str, kind: str, code: str) -> None:
        result = compiled(survey(f"| integer | a | A | | | | {level} | {kind} |"))
        assert result.refused
        assert code in codes(result)


class TestGate:
    def s3(self, relevant: str) -> Any:
        return compiled(
            survey(
                *GATE.strip().splitlines(),
                f"| select_one yn | hit | Hit? | {relevant} | | | 3 | s3 |",
            ),
            YES_NO,
        )

    @pytest.mark.parametrize("relevant", ["", "${consent_sens}='yes'", "1=1"])
    def test_s3_without_the_gate_is_refused_E01(self, relevant: str) -> None:
        result = self.s3(relevant)
        assert result.refused
        assert one(result, "E-01-ungated").cell == "survey!D4"

    def test_s3_behind_the_gate_is_accepted_E01(self) -> None:
        assert not self.s3("${consent_sens}='yes' and ${priv_ok}='yes'").refused

    def test_the_gate_may_stand_in_what_the_relevance_depends_on_E01(self) -> None:
        rows = (
            *GATE.strip().splitlines(),
            "| select_one yn | hit | Hit? | ${priv_ok}='yes' | | | 3 | s3 |",
            "| select_one yn | who | Who? | ${hit}='yes' | | | 3 | s3 |",
        )
        assert not compiled(survey(*rows), YES_NO).refused

    @pytest.mark.parametrize("kind", ["text", "select_one sure", "acknowledge"])
    def test_a_gate_that_cannot_say_yes_is_refused_E01(self, kind: str) -> None:
        rows = (
            f"| {kind} | consent_sens | May I? | | | | 0 | open |",
            "| select_one yn | priv_ok | Alone? | | | | 0 | open |",
            "| integer | hit | Hit? | ${consent_sens}='yes' and ${priv_ok}='yes' | | | 3 | s3 |",
        )
        result = compiled(survey(*rows), f"{YES_NO}\n| sure | sure | Sure |")
        assert result.refused
        assert one(result, "E-01-never-opens").cell == "survey!A2"

    @pytest.mark.parametrize("level", ["2", "3"])
    def test_required_s2_or_s3_is_refused_E02(self, level: str) -> None:
        row = f"| select_one yn | hit | Hit? | ${{consent_sens}}='yes' and ${{priv_ok}}='yes' | yes | | {level} | |"
        result = compiled(survey(*GATE.strip().splitlines(), row), YES_NO)
        assert result.refused
        assert one(result, "E-02-required").cell == "survey!E4"

    def test_required_s1_is_accepted_E02(self) -> None:
        assert not compiled(survey("| integer | a | A | | yes | | 1 | open |")).refused

    def test_the_server_keeps_s3_answers_of_a_form_that_marks_its_gate_E01(self) -> None:
        head = HEAD + " bind::usga:role |"
        rows = (
            "| select_one yn | consent | Agree? | | | | 0 | open | |",
            "| select_one yn | hard | May I? | | | | 0 | open | consent_sensitive |",
            "| select_one yn | alone | Alone? | | | | 0 | open | privacy_check |",
            "| select_one yn | hit | Hit? | ${hard}='yes' and ${alone}='yes' | | | 3 | s3 | |",
        )
        document = compiled("\n".join([head, *rows]), YES_NO).document
        assert document is not None
        answers = {"consent": "yes", "hard": "yes", "alone": "yes", "hit": "yes"}
        assert rule(answers, watch(document["nodes"]), age_floor=18).codes == ()
        closed = rule({**answers, "alone": "no"}, watch(document["nodes"]), age_floor=18)
        assert (closed.code, closed.dropped) == ("E-01", (("hit",),))


class TestNeutralWords:
    @pytest.mark.parametrize(
        "title", ["Crime study", "Utafiti wa uhalifu", "Violence against women survey"]
    )
    def test_a_loaded_title_is_refused_E07(self, title: str) -> None:
        result = compiled(
            survey("| integer | a | A | | | | 0 | open |"),
            settings=SETTINGS.replace("Study", title),
        )
        assert result.refused
        assert one(result, "E-07-wording").expected is not None

    def test_a_loaded_introduction_is_refused_E07(self) -> None:
        result = compiled(survey("| note | intro_note | We study abuse. | | | | 0 | open |"))
        assert one(result, "E-07-wording").cell == "survey!C2"

    def test_a_question_may_use_the_words_E07(self) -> None:
        assert not compiled(survey("| integer | a | How much crime? | | | | 0 | open |")).refused


class TestClosedGate:
    @pytest.mark.parametrize(
        "relevant",
        [
            "${consent_sens}='yes' or ${priv_ok}='yes'",
            "${consent_sens}!='x' and ${priv_ok}='yes'",
            "not(${consent_sens}='yes' and ${priv_ok}='yes')",
        ],
    )
    def test_a_relevance_that_names_the_gate_but_does_not_close_is_refused_E01(
        self, relevant: str
    ) -> None:
        rows = (
            "| select_one yn | consent_sens | May I? | | | | 0 | open |",
            "| select_one yn | priv_ok | Alone? | | | | 0 | open |",
            f"| select_one yn | hit | Hit? | {relevant} | | | 3 | s3 |",
        )
        result = compiled(survey(*rows), YES_NO)
        assert result.refused
        assert one(result, "E-01-opens").cell == "survey!D4"
