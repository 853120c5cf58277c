"""The household instrument: complete as the domain dossier says, in each language, gated."""

import csv
import random
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from usga_assessment.domain.catalogue.form import as_csv, as_xlsx
from usga_assessment.domain.catalogue.instruments import form_bytes, generate
from usga_assessment.domain.catalogue.shorthand import ALPHABET, SCREENERS, is_withdrawal_code
from usga_assessment.domain.catalogue.wording import LANGUAGES
from usga_assessment.domain.xlsform.compiler import compile_form, digest_of
from usga_expressions.instrument import Instrument, RepeatAsk

GOLDEN = Path("tests/golden/hvs")
FORM = compile_form(form_bytes("hvs"))
assert FORM.document is not None
DOCUMENT: dict[str, Any] = FORM.document
INSTRUMENT = Instrument.load(DOCUMENT)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LISTS = {
    "psu": [
        {"name": f"p{i:02d}", "label": f"P{i}", "stratum": f"s{i % 12 + 1:02d}"} for i in range(24)
    ],
    "enumerators": [{"name": "e01", "label": "Interviewer 1"}],
}
SPOKEN = set(DOCUMENT["languages"])
REACHES_THE_GATE = {
    "consent_hh": "yes", "hh_size": 4, "n_elig": 2, "sel_avail": "now", "consent": "yes",
    "consent_sens": "yes", "prot_partner": "yes", "prot_child": "yes", "assess_code": "KE-TEST-2026",
    "today": "2026-11-20", "age": 24, "ever_part": "yes",
}  # fmt: skip


def flat(nodes: list[dict[str, Any]], relevant: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """All nodes in form order, each with its effective relevance."""
    found = []
    for node in nodes:
        mine = (*relevant, node["relevant"]) if node["relevant"] else relevant
        found.append({**node, "universe": mine})
        found += flat(node["children"], mine)
    return found


NODES = [node for node in flat(DOCUMENT["nodes"]) if node["kind"] != "group"]
BY_NAME = {node["attributes"].get("variable", node["name"]): node for node in NODES}


def rows(name: str) -> list[dict[str, str]]:
    with (GOLDEN / name).open() as stream:
        return list(csv.DictReader(stream))


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
        once = [node for node in NODES if not node["name"].startswith("incp_")]
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


class Respondent:
    """Answers at random, but as a test tells for some questions."""

    def __init__(self, seed: int, told: dict[str, Any]) -> None:
        self.draw = random.Random(seed)
        self.told = told
        self.asked: list[str] = []

    def interview(self) -> dict[str, Any]:
        walk = INSTRUMENT.walk(now=NOW, lists=LISTS, draw=self.draw.random)
        for ask in walk:
            if isinstance(ask, RepeatAsk):
                ask.count = self.draw.randint(0, 2)
                continue
            self.asked.append(ask.name)
            if ask.name in self.told:
                ask.answer(self.told[ask.name])
                continue
            for value in self.values(ask):
                if ask.accepts(value):
                    ask.answer(value)
                    break
        return walk.answers()

    def values(self, ask: Any) -> list[Any]:
        choices = list(ask.choices)
        self.draw.shuffle(choices)
        by_type: dict[str, list[Any]] = {
            "select_multiple": [" ".join(choices[:most]) for most in (3, 2, 1) if choices],
            "integer": [self.draw.randint(0, 80) for _ in range(30)] + [1],
            "date": ["2026-06-01"],
            "dateTime": ["2026-11-20T10:00:00.000+03:00"],
            "text": ["A"],
            "geopoint": ["0 0 0 5"],
        }
        return by_type.get(ask.type, choices)


GATES = {"priv_ok": "yes", "priv_ok_i": "yes", "priv_ok_j": "yes", "dm_interrupt": "none"}
OPEN_LISTS = {"inc_list", "inc_k"}
ATTACK = re.compile(r"pv_phys|incp_|vs_help")
S3 = {node["name"] for node in NODES if node["sensitivity"] == 3}


class TestInterviews:
    def test_random_interviews_are_valid_and_reach_every_question(self) -> None:
        asked: set[str] = set()
        for seed in range(60):
            told = {**REACHES_THE_GATE, **(GATES if seed % 3 else {})}
            if seed % 10 == 0:
                told = {"consent_hh": "no", "assess_code": "KE-TEST-2026", "today": "2026-11-20"}
            if seed % 3 == 1:
                told |= {"pv_phys_5y": "yes", "pv_phys_12m": "gun"}
                told |= {"pv_rob_5y": "yes", "pv_rob_12m": "yes"}
            if seed % 7 == 1:  # rare by chance
                told |= {"dj_types": "work", "dj_mech": "none"}
            respondent = Respondent(seed, told)
            answers = respondent.interview()
            result = INSTRUMENT.check(answers, now=NOW, lists=LISTS)
            assert result.findings == ()
            asked |= set(respondent.asked)
        questions = {n["name"] for n in NODES if n["kind"] == "question" and not n["calculation"]}
        assert questions - asked == set()

    @pytest.mark.parametrize(
        "closed",
        [
            {"consent_sens": "no"},
            {"priv_ok": "no", "priv_ok_i": "no", "priv_ok_j": "no"},
            {"dm_interrupt": "now"},
            {"dm_interrupt": "over", "dm_priv_again": "no"},
        ],
        ids=["no consent", "no privacy", "interrupted", "not private again"],
    )
    def test_s3_is_never_asked_with_the_gate_closed_E01_E04(self, closed: dict[str, str]) -> None:
        for seed in range(12):
            respondent = Respondent(seed, {**REACHES_THE_GATE, **GATES, **closed})
            answers = respondent.interview()
            assert S3.isdisjoint(respondent.asked)
            assert S3.isdisjoint(answers)

    def test_after_an_interruption_a_new_check_opens_the_gate_again_E04(self) -> None:
        told = {**REACHES_THE_GATE, **GATES, "dm_interrupt": "over", "dm_priv_again": "yes"}
        respondent = Respondent(1, told)
        respondent.interview()
        assert "pv_phys_5y" in respondent.asked

    def test_during_an_interruption_neutral_questions_are_shown_E04(self) -> None:
        respondent = Respondent(1, {**REACHES_THE_GATE, **GATES, "dm_interrupt": "now"})
        respondent.interview()
        assert {
            "dm_travel",
            "dm_stop_min",
            "dm_trips",
            "dm_shop",
            "dm_shop_min",
            "dm_shop_days",
        } <= set(respondent.asked)

    @pytest.mark.parametrize("protocol", ["prot_partner", "prot_child"])
    def test_protocols_are_off_until_approved_E09(self, protocol: str) -> None:
        respondent = Respondent(1, {**REACHES_THE_GATE, **GATES, protocol: "no"})
        respondent.interview()
        off = {
            "prot_partner": {"ipv_phys", "ipv_sex", "ipv_psy"},
            "prot_child": {"cd_acts", "sv_u18"},
        }
        assert off[protocol].isdisjoint(respondent.asked)
        assert BY_NAME[protocol]["default"] == "no"

    def test_nothing_sensitive_is_required_E02(self) -> None:
        assert [n["name"] for n in NODES if n["required"]] == []


class TestGeneratedExpressions:
    def answers(self, **told: Any) -> dict[str, Any]:
        return Respondent(7, {**REACHES_THE_GATE, **GATES, **told}).interview()

    @pytest.mark.parametrize(
        ("age", "band"),
        [
            (18, "18-24"),
            (24, "18-24"),
            (25, "25-34"),
            (34, "25-34"),
            (44, "35-44"),
            (54, "45-54"),
            (64, "55-64"),
            (65, "65+"),
            (110, "65+"),
            (-99, None),
        ],
    )
    def test_age_bands(self, age: int, band: str | None) -> None:
        assert self.answers(age=age).get("age_grp") == band

    def test_a_refused_age_does_not_open_the_question_for_the_young(self) -> None:
        assert "sv_u18" not in self.answers(age=-99)

    @pytest.mark.parametrize(
        ("worst", "expected"), [("some", "no"), ("lot", "yes"), ("cannot", "yes")]
    )
    def test_the_washington_group_cut_off(self, worst: str, expected: str) -> None:
        told = dict.fromkeys(("wg_see", "wg_hear", "wg_walk", "wg_cog", "wg_comm"), "none")
        assert self.answers(**told, wg_self=worst)["disab"] == expected

    ROBBED_AND_THREATENED: ClassVar[dict[str, str]] = dict.fromkeys(SCREENERS.values(), "no") | {
        "hv_burg_5y": "yes", "hv_burg_12m": "no", "hv_veh_own": "yes", "hv_veh_12m": "yes",
        "pv_rob_5y": "yes", "pv_rob_12m": "yes", "pv_theft_12m": "yes", "pv_thr_12m": "yes",
    }  # fmt: skip

    def test_the_loop_takes_three_kinds_violence_first(self) -> None:
        told = self.ROBBED_AND_THREATENED
        answers = self.answers(**told)
        assert answers["inc_list"] == "rob thr veh theft"
        assert [incident["inc_type"] for incident in answers["inc"]] == ["rob", "thr", "veh"]
        without = self.answers(**told | {"pv_rob_12m": "no"})
        assert [incident["inc_type"] for incident in without["inc"]] == ["thr", "veh", "theft"]
        assert "inc_inj" in answers["inc"][0]

    def test_no_act_in_the_period_is_no_incident(self) -> None:
        told = dict.fromkeys(SCREENERS.values(), "no") | {
            "hv_burg_5y": "no", "hv_veh_own": "no", "pv_rob_5y": "no", "pv_phys_5y": "yes", "pv_phys_12m": "none",
        }  # fmt: skip
        answers = self.answers(**told)
        assert "inc" not in answers
        assert not {"pv_phys_rel", *SEALED_BLOCK} & answers.keys()

    def test_the_drawn_official_is_one_that_was_named(self) -> None:
        answers = self.answers(br_contact="police land tax", br_gave="police tax")
        assert answers["br_sel"] in {"police", "tax"}
        assert str(answers["br_k"]) == "2"

    def test_exclusive_answers_stand_alone(self) -> None:
        answers = self.answers(avoid_12m="none")
        result = INSTRUMENT.check({**answers, "avoid_12m": "none market"}, now=NOW, lists=LISTS)
        assert [(f.code, f.pointer) for f in result.findings] == [("constraint", "/avoid_12m")]

    def test_the_month_of_an_event_lies_in_the_past_twelve(self) -> None:
        answers = self.answers(pv_theft_12m="yes")
        for month, valid in (
            ("2025-11-01", True),
            ("2025-10-31", False),
            ("2026-11-20", True),
            ("2026-11-21", False),
        ):
            answers["inc"][0]["inc_month"] = month
            assert INSTRUMENT.check(answers, now=NOW, lists=LISTS).valid is valid

    def test_follow_ups_offer_what_was_named_before(self) -> None:
        answers = self.answers(br_contact="police", br_gave="police", br_asked="none")
        result = INSTRUMENT.check({**answers, "br_asked": "judge"}, now=NOW, lists=LISTS)
        assert "/br_asked" in {f.pointer for f in result.findings}

    def test_the_reference_periods_follow_the_day_of_the_interview(self) -> None:
        answers = self.answers()
        assert [answers[f"ref_{p}"] for p in ("12m", "24m", "3y", "5y")] == [
            "11/2025",
            "11/2024",
            "11/2023",
            "11/2021",
        ]


SEALED_BLOCK = [name for name in BY_NAME if name.startswith("incp_")]
ATTACKED = {"pv_phys_5y": "yes", "pv_phys_12m": "hit_kick gun"}


class TestSealedAttack:
    """What was told in private is asked about in a sealed block (ADR-0036)."""

    def test_it_asks_what_the_open_loop_asks(self) -> None:
        loop = [n for n in NODES if n["name"].startswith("inc_") and n["name"] not in OPEN_LISTS]
        assert [n.replace("incp_", "inc_") for n in SEALED_BLOCK] == [n["name"] for n in loop]
        for item in loop:
            again = BY_NAME[item["name"].replace("inc_", "incp_", 1)]
            same = ("type", "list", "constraint", "constraint_message")
            assert [again[key] for key in same] == [item[key] for key in same]
            assert {k: v.replace("incp_", "inc_") for k, v in again["label"].items()} == item[
                "label"
            ]
            assert (again["sensitivity"], again["field_class"]) == (3, "s3")

    def test_it_follows_an_attack_and_stays_out_of_the_loop(self) -> None:
        answers = Respondent(7, {**REACHES_THE_GATE, **GATES, **ATTACKED}).interview()
        assert answers["incp_type"] == "phys"
        assert {"incp_n", "incp_month", "incp_weap", "incp_inj", "incp_rep"} <= answers.keys()
        assert "phys" not in [row["inc_type"] for row in answers.get("inc", [])]

    @pytest.mark.parametrize("seed", range(8))
    def test_nothing_open_differs_whether_an_attack_was_told_or_not(self, seed: int) -> None:
        told = Respondent(seed, {**REACHES_THE_GATE, **GATES, **ATTACKED}).interview()
        answers = {k: v for k, v in told.items() if k not in S3} | {
            "pv_phys_5y": "no", **{n: told[n] for n in S3 & told.keys() if not ATTACK.match(n)}
        }  # fmt: skip
        calm = INSTRUMENT.check(answers, now=NOW, lists=LISTS)
        assert calm.findings == ()  # the same open answers, rows of `inc` included, are complete

    def test_no_open_question_depends_on_a_sealed_one(self) -> None:
        leaks = [
            (node["name"], name)
            for node in NODES
            if node["sensitivity"] < 3
            for expression in (*node["universe"], node["calculation"], node["repeat_count"])
            for name in re.findall(r"\$\{(\w+)\}", str(expression))
            if name in S3
        ]
        assert leaks == []


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


class TestWithdrawalCode:
    def test_the_form_makes_codes_that_the_service_accepts(self) -> None:
        codes = {
            Respondent(seed, REACHES_THE_GATE).interview()["withdraw_code"] for seed in range(25)
        }
        assert len(codes) == 25
        assert all(is_withdrawal_code(code) for code in codes)

    def test_one_wrong_character_is_noticed(self) -> None:
        code = str(Respondent(3, REACHES_THE_GATE).interview()["withdraw_code"])
        wrong = [code[:i] + c + code[i + 1 :] for i in range(8) for c in ALPHABET if c != code[i]]
        assert not any(is_withdrawal_code(each) for each in wrong)

    @pytest.mark.parametrize("text", ["", "ABC", "ABCDEFGHJ", "abcdefgh", "OOOOOOOO"])
    def test_what_is_no_code_is_none(self, text: str) -> None:
        assert not is_withdrawal_code(text)


def test_the_skeleton_compiles_without_any_finding() -> None:
    form = compile_form(form_bytes("skeleton"))
    assert form.document is not None
    assert {f.code for f in form.findings} <= {"C-03-no-notice"}
