"""Interviews that cannot be weighed are counted in the release that goes without them."""

from pathlib import Path

from tests.service.indicators.conftest import STATISTICIAN, Assessment, as_, running
from tests.support.indicators import extract_items

_NO_PERSON, _NO_CASE = 25, 10


async def test_a_release_says_whom_it_could_not_weigh(
    indicators_db_url: str, tmp_path: Path
) -> None:
    items = extract_items(600)
    for item in items[:_NO_PERSON]:
        item["w_person"] = None
    for item in items[_NO_PERSON : _NO_PERSON + _NO_CASE]:
        item["w_person"] = item["w_household"] = None
    async with running(indicators_db_url, tmp_path, Assessment(feed=items)) as world:
        made = await world.release()
        told = {"without_case": _NO_CASE, "without_person_weight": _NO_PERSON}
        assert made["left_out"] == told
        answer = await world.client.get(f"/v1/releases/{made['id']}", headers=as_(STATISTICIAN))
        assert answer.json()["left_out"] == told
        assert made["interviews"] == len(items) - _NO_CASE
