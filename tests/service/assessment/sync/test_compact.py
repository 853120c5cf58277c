"""Answers by position, and published dictionaries (docs/protocol/sync.md 2)."""

from typing import Any

import orjson

from tests.support.collecting import CODED, Collecting, Interview, add_form, interview


def positions(seq: int, row: list[Any], **changes: Any) -> Interview:
    """An interview of the form CODED: code, remark, age, open text, visits."""
    return interview(seq, instrument="coded", version="1", **changes).replaced(answers=row)


ROW = ["7KQ4-9XPM", None, 44, "near", [[5, "a"], [7]]]


class TestCompact:
    async def test_positions_are_kept_as_names_P8(self, coded: Collecting) -> None:
        made = positions(1, ROW)
        answer = await coded.push(made)
        assert answer.state(made) == "stored"
        shown = (await coded.get(f"/v1/submissions/{made.id}")).json()
        assert shown["answers"]["age"] == 44
        assert shown["answers"]["visit"][1]["minutes"] == 7

    async def test_the_digest_is_of_the_compact_line_P8(self, coded: Collecting) -> None:
        made = positions(1, ROW)
        await coded.push(made)
        asked = {"items": [{"id": str(made.id), "digest": made.digest}]}
        checked = await coded.post("/v1/sync/check", asked, by="device")
        assert checked.json()["items"][0]["state"] == "stored"
        assert (await coded.push(made)).state(made) == "duplicate"
        named = {"withdraw_code": "7KQ4-9XPM", "age": 44}
        full = interview(1, id=str(made.id), instrument="coded", version="1")
        assert (await coded.push(full.replaced(answers=named))).state(full) == "conflict"

    async def test_positions_that_the_form_lacks_are_quarantined_P8(
        self, coded: Collecting
    ) -> None:
        made, fine = positions(1, ["a", "b", 3, "c", [], "too many"]), positions(2, ROW)
        answer = await coded.push(made, fine)
        assert (answer.state(made), answer.state(fine)) == ("quarantined", "stored")
        assert answer.code(made) == "invalid-answers"
        assert answer.response.json()["items"][0]["problems"][0]["code"] == "compact-answers"

    async def test_rules_hold_for_positions_too_P8(self, coded: Collecting) -> None:
        made = positions(1, ["7KQ4-9XPM", None, "many"])
        answer = await coded.push(made)
        assert answer.state(made) == "quarantined"
        assert answer.response.json()["items"][0]["problems"][0]["pointer"] == "/answers/age"

    async def test_positions_wait_for_their_form_P8(self, here: Collecting) -> None:
        made = positions(1, ROW)
        assert (await here.push(made)).code(made) == "unknown-instrument"
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        again = await here.post(f"/v1/submissions/{made.id}/revalidation", {})
        assert (again.status_code, again.json()["state"]) == (200, "stored")
        shown = (await here.get(f"/v1/submissions/{made.id}")).json()
        assert shown["answers"]["age"] == 44

    async def test_another_version_judges_what_the_positions_meant_P8(
        self, coded: Collecting
    ) -> None:
        made = positions(1, [None, None, "many", "near"])
        assert (await coded.push(made)).state(made) == "quarantined"
        swapped = CODED.replace("| coded | 1 |", "| coded | 2 |").replace(
            "| integer | age |", "| text | first | First | | 1 | text |\n| | text | age |"
        )
        async with coded.database.write() as session:
            await add_form(session, swapped.encode())
        path = f"/v1/submissions/{made.id}/revalidation"
        again = await coded.post(path, {"against": "2"})
        assert (again.status_code, again.json()["state"]) == (200, "stored")
        shown = (await coded.get(f"/v1/submissions/{made.id}")).json()
        assert shown["answers"]["age"] == "many"
        assert shown["answers"]["open_text"] == "near"


def test_the_line_is_smaller() -> None:
    row = positions(1, ROW)
    named = {"withdraw_code": "7KQ4-9XPM", "age": 44, "open_text": "near",
             "visit": [{"minutes": 5, "who": "a"}, {"minutes": 7}]}  # fmt: skip
    assert len(row.line) < len(orjson.dumps({**row.document, "answers": named}))
