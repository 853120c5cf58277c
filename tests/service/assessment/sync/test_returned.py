"""What a tablet is asked to do again, and when that ends."""

from typing import Any
from uuid import UUID

import pytest

from tests.service.assessment.sync.test_pull import pulled
from tests.support.collecting import Collecting, Interview, interview


async def decided(here: Collecting, one: Interview, decision: str) -> None:
    body = {"decision": decision, "comment": "ask again"}
    answer = await here.post(f"/v1/submissions/{one.id}/reviews", body)
    assert answer.status_code == 200, answer.text


class Asked:
    """What a tablet is asked to do again, as it follows its pulls."""

    def __init__(self, here: Collecting) -> None:
        self._here, self._cursor = here, None
        self._open: dict[str, Any] = {}

    async def now(self) -> list[str]:
        page = await pulled(self._here, self._cursor)
        self._cursor = page["next"]
        for item in page["items"]:
            if item["kind"] == "returned":
                self._open.pop(item["id"], None)
                if not item["removed"]:
                    self._open[item["id"]] = item["value"]
        return list(self._open)


async def test_an_edit_ends_what_was_returned_P62(here: Collecting) -> None:
    asked, one = Asked(here), interview()
    await here.push(one)
    await decided(here, one, "return")
    assert await asked.now() == [str(one.id)]
    edit = one.edited()
    assert (await here.push(edit)).state(edit) == "stored"
    assert await asked.now() == []
    assert await Asked(here).now() == []
    await decided(here, edit, "return")
    assert await asked.now() == [str(edit.id)]


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_a_later_decision_ends_what_was_returned_P62(
    here: Collecting, decision: str
) -> None:
    asked, one = Asked(here), interview()
    await here.push(one)
    await decided(here, one, "return")
    assert await asked.now() == [str(one.id)]
    await decided(here, one, decision)
    assert await asked.now() == []
    assert await Asked(here).now() == []


async def test_an_edit_in_quarantine_answers_too_P62(here: Collecting) -> None:
    asked, one = Asked(here), interview()
    await here.push(one)
    await decided(here, one, "return")
    await asked.now()
    wrong = one.edited(answers={"sex": "no such choice"})
    assert (await here.push(wrong)).state(wrong) == "quarantined"
    assert await asked.now() == []


async def test_what_is_returned_from_beside_is_open_until_it_is_edited_P62(
    here: Collecting,
) -> None:
    """A stale edit that breaks a rule never stood: its tablet hears of it all the same."""
    one = interview()
    first, late = one.edited(), one.edited(seq=3, answers={"sex": "no such choice"})
    await here.push(one, first, late)
    await decided(here, late, "return")
    asked = Asked(here)
    assert await asked.now() == [str(late.id)]
    mended = late.edited(answers={"sex": "female"})
    assert (await here.push(mended)).state(mended) == "branched"
    assert await asked.now() == []


async def test_nobody_else_hears_of_it_P61(here: Collecting) -> None:
    one = interview(install=UUID(int=77))
    await here.push(one)
    await decided(here, one, "return")
    await here.push(one.edited())
    assert [i["kind"] for i in (await pulled(here, by="device-b"))["items"]].count("returned") == 0
