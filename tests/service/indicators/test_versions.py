"""Interviews of several versions in one release: what changed shows on its numbers."""

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from usga_shared.wire.comparison import VersionChange, VersionComparison

from tests.service.indicators.conftest import (
    STATISTICIAN,
    Assessment,
    World,
    as_,
    running,
)
from tests.support.indicators import ASSESSMENT, extract_items, outline


def change(variable: str | None, aspect: str, effect: Any) -> VersionChange:
    return VersionChange(variable=variable, aspect=aspect, effect=effect)


CHANGED = VersionComparison(
    instrument="hvs",
    from_version="2026.1.0",
    to_version="2026.2.0",
    effect="broken",
    changes=[
        change("safe_night", "code-relabelled", "partial"),
        change("safe_day", "order", "full"),
        change("sh_3y", "universe", "broken"),
        change("sex", "code-added", "partial"),
        change(None, "language-removed", "partial"),
    ],
)


class Changing(Assessment):
    """An assessment service that says what changed, and remembers what it was asked."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == f"/internal/v1/assessments/{ASSESSMENT}/comparisons":
            self.compared = request.url.params.multi_items()
            return httpx.Response(200, content=orjson.dumps([CHANGED.model_dump()]))
        return super().__call__(request)

    compared: list[tuple[str, str]] | None = None


@pytest.fixture
async def changing(indicators_db_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """600 interviews, every third of them made with a second version."""
    later = copy.deepcopy(outline())
    first = str(later["version"])
    later["version"] = "2026.2.0"
    items = extract_items(600)
    for number, item in enumerate(items):
        item["version"] = first if number % 3 else "2026.2.0"
    assessment = Changing(feed=items, documents=[later, outline()])
    async with running(indicators_db_url, tmp_path, assessment, feed_page_size=250) as made:
        yield made


async def indicators_of(world: World, release: str) -> dict[str, dict[str, Any]]:
    answer = await world.client.get(
        f"/v1/releases/{release}/indicators", headers=as_(STATISTICIAN)
    )
    assert answer.status_code == 200, answer.text
    return {indicator["code"]: indicator for indicator in answer.json()}


async def test_changes_between_versions_show_on_indicators_and_their_cells(
    changing: World,
) -> None:
    release = await changing.release()
    assert isinstance(changing.assessment, Changing)
    assert ("instrument", "hvs") in (changing.assessment.compared or [])
    assert [v for k, v in changing.assessment.compared or [] if k == "version"][-1] == "2026.2.0"
    found = await indicators_of(changing, release["id"])
    effects = {code: indicator["comparability"] for code, indicator in found.items()}
    resting = {
        code
        for code, indicator in found.items()
        if {"safe_night", "sh_3y", "sh_12m"} & set(indicator["variables"])
    }
    assert {code for code, effect in effects.items() if effect != "full"} == resting
    assert effects["PER-01"] == "partial"
    assert effects["VIO-01"] == "full"
    assert "broken" in effects.values()
    assert [c["aspect"] for c in found["PER-01"]["changes"]] == [
        "code-relabelled",
        "code-added",  # of the sexes, by which its cells are broken down
    ]
    cells = await changing.cells(release["id"], token=STATISTICIAN, indicator="PER-01")
    assert cells
    assert {cell["comparability"] for cell in cells} == {"partial"}


async def test_a_change_of_what_cells_are_made_by_shows_on_those_cells_alone(
    changing: World,
) -> None:
    release = await changing.release()
    cells = await changing.cells(release["id"], token=STATISTICIAN, indicator="VIO-01")
    by_sex = {cell["comparability"] for cell in cells if cell["sex"] != "_T"}
    others = {cell["comparability"] for cell in cells if cell["sex"] == "_T"}
    assert (by_sex, others) == ({"partial"}, {"full"})
    found = await indicators_of(changing, release["id"])
    assert found["VIO-01"]["comparability"] == "full"
    assert [c["variable"] for c in found["VIO-01"]["changes"]] == ["sex"]


async def test_a_release_over_versions_recomputes_to_itself(changing: World) -> None:
    release = await changing.release(to="frozen")
    answer = await changing.client.get(
        f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
    )
    assert answer.json()["reproducible"] is True, answer.text


async def test_one_version_is_comparable_with_itself_and_nobody_is_asked(world: World) -> None:
    release = await world.release()  # the stand-in would answer 404
    found = await indicators_of(world, release["id"])
    assert {indicator["comparability"] for indicator in found.values()} == {"full"}


async def test_indicators_of_a_draft_are_not_there_for_strangers(world: World) -> None:
    release = await world.release()
    answer = await world.client.get(f"/v1/releases/{release['id']}/indicators")
    assert answer.status_code == 404
