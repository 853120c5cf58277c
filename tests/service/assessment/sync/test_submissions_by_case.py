"""Finding the interviews of a case: where cases may not be known none is found, and none is cut."""

from typing import Any

from tests.support.collecting import ELSEWHERE, Collecting, interview

BOTH = "statistician-here-supervisor-elsewhere"
CASE = "s01-p01-07"


async def test_what_may_not_be_found_by_its_case_takes_no_place_on_a_page(
    here: Collecting,
) -> None:
    await here.push(interview(1, case=CASE))
    there = [interview(seq, case=CASE, assessment=ELSEWHERE) for seq in (1, 2)]
    for one in there:
        await here.push(one, by="device-elsewhere")
    found: list[str] = []
    params: dict[str, Any] = {"case": CASE, "limit": 1}
    while True:
        page = (await here.get("/v1/submissions", by=BOTH, **params)).json()
        found += [item["id"] for item in page["items"]]
        assert len(page["items"]) == 1, "an empty page would tell that there is one more"
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == [str(one.id) for one in there]
