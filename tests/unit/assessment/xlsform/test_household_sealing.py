"""Nothing that is read in the open tells whether somebody told of an attack."""

import re

import pytest

from tests.unit.assessment.xlsform.household import (
    BY_NAME,
    GATES,
    INSTRUMENT,
    LISTS,
    NODES,
    NOW,
    REACHES_THE_GATE,
    S3,
    SEALED_BLOCK,
    Respondent,
)

OPEN_LISTS = {"inc_list", "inc_k"}
ATTACK = re.compile(r"pv_phys|incp_|vs_help")
ATTACKED = {"pv_phys_5y": "yes", "pv_phys_12m": "hit_kick gun"}


class TestSealedAttack:
    """What was told in private is asked about in a sealed block (ADR-0036)."""

    def test_it_asks_what_the_open_loop_asks(self) -> None:
        loop = [n for n in NODES if n["name"].startswith("inc_") and n["name"] not in OPEN_LISTS]
        loop = [n for n in loop if "_about_" not in n["name"]]  # each shows its own kinds
        sealed = [name for name in SEALED_BLOCK if "_about_" not in name]
        assert [n.replace("incp_", "inc_") for n in sealed] == [n["name"] for n in loop]
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
