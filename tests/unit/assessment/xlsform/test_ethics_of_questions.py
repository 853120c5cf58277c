"""Whom a form asks (E-09), about whom (E-10), and on what notice (C-03)."""

import pytest
from usga_assessment.domain.xlsform.compiler import CompiledForm
from usga_assessment.operations.findings import against_publication

from tests.unit.assessment.xlsform.support import SETTINGS, codes, compiled, one

HEAD = (
    "| type | name | label | relevant | constraint | bind::usga:sensitivity | bind::usga:role |"
    " bind::usga:tags | bind::usga:notice |"
)
YES_NO = "| list_name | name | label |\n| yn | yes | Yes |\n| yn | no | No |"
ALL = "controller purposes types sharing transfer rights consequences"
SENSITIVE = "| integer | br | Asked for money? | | | 2 | | | |"


def form(*rows: str, settings: str = SETTINGS) -> CompiledForm:
    return compiled("\n".join([HEAD, *rows]), YES_NO, settings)


class TestAge:
    @pytest.mark.parametrize(
        "constraint",
        ["", ". > 10", ". >= 1 and . <= 110", ". <= 18", ". > 16", "0 < .", ". >= 17", ". != 18"],
    )
    def test_an_age_that_admits_children_is_refused_where_anything_is_sensitive_E09(
        self, constraint: str
    ) -> None:
        result = form(f"| integer | age | Age? | | {constraint} | 0 | | | |", SENSITIVE)
        assert result.refused
        assert one(result, "E-09-age-floor").cell == "survey!E2"

    @pytest.mark.parametrize(
        "constraint",
        [". >= 18", ".>17 and .<120", "18 <= .", ".>=18 and .<=110 or .=-99", ". >= 21"],
    )
    def test_a_floor_of_eighteen_is_accepted_E09(self, constraint: str) -> None:
        result = form(f"| integer | age | Age? | | {constraint} | 0 | | | |", SENSITIVE)
        assert "E-09-age-floor" not in codes(result)

    def test_a_marked_question_is_the_age_E09(self) -> None:
        rows = ("| integer | years | Age? | | | 0 | respondent_age | | |", SENSITIVE)
        assert one(form(*rows), "E-09-age-floor").name == "years"

    def test_ages_of_a_roster_and_of_ordinary_forms_are_free_E09(self) -> None:
        ordinary = form("| integer | age | Age? | | | 0 | | | |")
        roster = form(
            "| begin_repeat | r | R | | | 0 | | | |", "| integer | age | Age? | | | 0 | | | |",
            "| end_repeat | | | | | | | | |", SENSITIVE,
        )  # fmt: skip
        assert "E-09-age-floor" not in codes(ordinary) | codes(roster)


class TestChildren:
    @pytest.mark.parametrize(
        ("name", "tags"), [("cd_acts", ""), ("sv_u18", ""), ("early", "child")]
    )
    def test_questions_about_children_are_off_by_default_E09(self, name: str, tags: str) -> None:
        row = f"| integer | {name} | N? | ${{g}} = 1 | | 0 | | {tags} | |"
        result = form("| integer | g | G | | | 0 | | | |", row)
        assert result.refused
        assert one(result, "E-09-child-protocol").cell == "survey!D3"

    @pytest.mark.parametrize(
        ("protocol", "role"), [("prot_child", ""), ("approved", "protocol_child")]
    )
    def test_an_approved_protocol_turns_them_on_E09(self, protocol: str, role: str) -> None:
        result = form(
            f"| hidden | {protocol} | | | | 0 | {role} | | |",
            f"| begin_group | g | G | ${{{protocol}}}='yes' | | 0 | | | |",
            "| integer | cd_acts | N? | | | | | | |",
            "| end_group | | | | | | | | |",
        )
        assert "E-09-child-protocol" not in codes(result)


class TestOwnOffending:
    @pytest.mark.parametrize("tag", ["own_offending", "group_membership", "x own_offending"])
    def test_a_tagged_question_is_refused_E10(self, tag: str) -> None:
        result = form(f"| integer | q | Q? | | | 0 | | {tag} | |")
        assert result.refused
        assert one(result, "E-10-own-offending").cell == "survey!H2"

    @pytest.mark.parametrize(
        "label",
        [
            "Have you ever sold drugs?", "Do you carry a gun?", "Have you ever stolen something?",
            "Are you a member of a gang?", "Did you join an armed group?",
            "¿Ha vendido drogas?", "¿Es usted miembro de una pandilla?",
            "Вы когда-либо продавали наркотики?", "Вы состоите в банде?",
            "Je, umewahi kuuza dawa?", "Wewe ni mwanachama wa genge?",
        ],
    )  # fmt: skip
    def test_its_wording_is_recognised_in_every_language_E10(self, label: str) -> None:
        assert form(f"| text | q | {label} | | | 0 | | | |").refused

    @pytest.mark.parametrize(
        "label",
        [
            "Have you seen people sell drugs?", "Did an official ask you for a bribe?",
            "Has anyone stolen something from you?", "Are there gangs in this area?",
            "Do you own a car?", "Have you been robbed?", "Do you use the bus?",
            "Did you report the theft of your car?", "¿Le han robado?", "Вас грабили?",
        ],
    )  # fmt: skip
    def test_what_happened_to_the_respondent_may_be_asked_E10(self, label: str) -> None:
        assert "E-10-own-offending" not in codes(form(f"| text | q | {label} | | | 0 | | | |"))

    def test_a_form_made_elsewhere_is_warned_and_kept_from_publication_E10(self) -> None:
        result = compiled("| type | name | label |\n| text | q | Have you ever sold drugs? |")
        assert not result.refused
        kept = [finding.as_json() for finding in result.findings]
        assert [each["code"] for each in against_publication(kept)] == ["E-10-own-offending"]


class TestNotice:
    CONSENT = "| select_one yn | consent | Agree? | | | 0 | | | |"

    def test_consent_without_a_marked_notice_is_warned_C03(self) -> None:
        finding = one(form(self.CONSENT), "C-03-no-notice")
        assert (finding.severity, finding.cell) == ("warning", "survey!C2")

    def test_a_complete_notice_has_nothing_to_say_about_it_C03(self) -> None:
        result = form(f"| note | n | The notice. | | | 0 | | | {ALL} |", self.CONSENT)
        assert not [code for code in codes(result) if code.startswith("C-03")]

    def test_several_notes_cover_the_parts_together_C03(self) -> None:
        parts = ALL.split()
        result = form(
            f"| note | n | One. | | | 0 | | | {' '.join(parts[:3])} |",
            f"| note | m | Two. | | | 0 | | | {', '.join(parts[3:])} |",
            self.CONSENT,
        )
        assert not [code for code in codes(result) if code.startswith("C-03")]

    @pytest.mark.parametrize("part", ALL.split())
    def test_each_missing_part_is_named_C03(self, part: str) -> None:
        rest = ALL.replace(part, "")
        result = form(f"| note | n | The notice. | | | 0 | | | {rest} |", self.CONSENT)
        assert result.refused
        assert part in one(result, "C-03-incomplete").message

    def test_an_unknown_part_is_an_error_C03(self) -> None:
        result = form(f"| note | n | The notice. | | | 0 | | | {ALL} price |", self.CONSENT)
        assert one(result, "C-03-unknown-part").cell == "survey!I2"

    def test_the_notice_is_in_every_language_C03(self) -> None:
        head = HEAD.replace("| label |", "| label::English (en) | label::Kiswahili (sw) |")
        survey = (
            f"{head}\n| note | n | The notice. | | | | 0 | | | {ALL} |\n"
            "| select_one yn | consent | Agree? | Kubali? | | | 0 | | | |"
        )
        result = compiled(
            survey, "| list_name | name | label::en | label::sw |\n| yn | yes | Yes | Ndiyo |"
        )
        assert result.refused
        assert one(result, "C-03-language").cell == "survey!D2"


def test_a_loaded_title_of_a_form_made_elsewhere_is_a_warning_E07() -> None:
    result = compiled(
        "| type | name | label |\n| text | q | Q |",
        settings=SETTINGS.replace("Study", "Crime study"),
    )
    assert not result.refused
    assert one(result, "E-07-wording").severity == "warning"
