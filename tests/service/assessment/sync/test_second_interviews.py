"""A case of the sample gives one interview to a form: two would carry one person's weight twice."""

from typing import Any

import pytest

from tests.support.collecting import ANSWERS, Collecting, Interview, interview

CASE = "c-001"
#: Without S3 answers: those of a second person are kept back under a rule of their own (E-03).
PLAIN = {name: value for name, value in ANSWERS.items() if name in {"stratum", "psu", "consent"}}


def of_case(seq: int, case: str | None = CASE, **changes: Any) -> Interview:
    made = interview(seq, case=case, **changes)
    return made.replaced(answers=PLAIN)


async def test_a_case_gives_one_interview_P73(here: Collecting) -> None:
    first, second = of_case(1), of_case(2)
    assert (await here.push(first)).state(first) == "stored"
    answer = await here.push(second)
    assert (answer.state(second), answer.code(second)) == ("quarantined", "second-interview")
    assert (await here.push(first)).state(first) == "duplicate"
    edit = first.edited(seq=3)
    assert (await here.push(edit)).state(edit) == "stored"
    shown = await here.get(f"/v1/submissions/{second.id}")
    assert "already has an interview" in shown.text


async def test_one_batch_brings_no_two_for_a_case_P73(here: Collecting) -> None:
    first, second = of_case(1), of_case(2)
    answer = await here.push(first, second)
    assert answer.state(first) == "stored"
    assert (answer.state(second), answer.code(second)) == ("quarantined", "second-interview")


async def test_the_second_stands_when_the_first_was_rejected_P73(here: Collecting) -> None:
    first, second = of_case(1), of_case(2)
    await here.push(first, second)
    await here.post(f"/v1/submissions/{second.id}/revalidation", {})
    waits = (await here.get(f"/v1/submissions/{second.id}")).json()
    assert (waits["state"], waits["code"]) == ("quarantined", "second-interview")
    rejected = await here.post(
        f"/v1/submissions/{first.id}/reviews", {"decision": "reject", "comment": "another house"}
    )
    assert rejected.is_success, rejected.text
    await here.post(f"/v1/submissions/{second.id}/revalidation", {})
    assert (await here.get(f"/v1/submissions/{second.id}")).json()["state"] == "stored"


@pytest.mark.parametrize(
    "changes", [{"case": None}, {"case": "not-sampled"}, {"purpose": "training"}]
)
async def test_what_carries_no_weight_is_not_counted_P73(
    here: Collecting, changes: dict[str, Any]
) -> None:
    first, second = of_case(1, **changes), of_case(2, **changes)
    answer = await here.push(first, second)
    assert (answer.state(first), answer.state(second)) == ("stored", "stored")
