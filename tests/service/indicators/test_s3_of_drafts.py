"""S3 cells of a release that is not published are read by who may read S3 answers (ADR-0063)."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from usga_indicators.domain.spatial import Neighbouring, Rule
from usga_indicators.operations.read_spatial import Wanted

from tests.service.indicators.conftest import (
    COORDINATOR,
    GRANTS,
    PARTNER,
    SERVICE_TOKEN,
    STATISTICIAN,
    Assessment,
    World,
    as_,
    running,
)
from tests.support.indicators import ASSESSMENT, extract_items

ADMIN = "usgap_" + "h" * 43
BOTH = "usgap_" + "i" * 43
S3 = ["VIO-01", "VIO-06"]


@pytest.fixture
async def drafted(
    indicators_db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setitem(GRANTS, ADMIN, {"*": ["admin"]})
    monkeypatch.setitem(GRANTS, BOTH, {"*": ["admin"], ASSESSMENT: ["statistician"]})
    chosen = frozenset({"PER-01", *S3})
    assessment = Assessment(feed=extract_items(600))
    async with running(indicators_db_url, tmp_path, assessment, chosen=chosen) as world:
        yield world


async def get(world: World, path: str, token: str, **params: Any) -> httpx.Response:
    headers = as_(token) if token else {}
    answer = await world.client.get(path, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def codes(page: dict[str, Any]) -> list[str]:
    return sorted({cell["indicator"] for cell in page["items"]})


@pytest.mark.parametrize("state", ["draft", "frozen"])
@pytest.mark.parametrize("token", [COORDINATOR, ADMIN])
async def test_json_and_csv_leave_them_out_and_say_so(
    drafted: World, token: str, state: str
) -> None:
    view = await drafted.release(to=state)
    whole = await get(drafted, "/v1/observations", STATISTICIAN, release=view["id"])
    assert codes(whole.json()) == ["PER-01", *S3]
    assert "withheld" not in whole.json()
    assert "USGA-Withheld" not in whole.headers
    page = await get(drafted, "/v1/observations", token, release=view["id"])
    assert (codes(page.json()), page.json()["withheld"]) == (["PER-01"], S3)
    assert page.headers["USGA-Withheld"] == "VIO-01, VIO-06"
    assert page.headers["ETag"] != whole.headers["ETag"]
    text = await get(drafted, "/v1/observations", token, release=view["id"], format="csv")
    assert {row["indicator"] for row in csv.DictReader(io.StringIO(text.text))} == {"PER-01"}
    assert text.headers["USGA-Withheld"] == "VIO-01, VIO-06"


async def test_pages_go_on_behind_them_and_one_indicator_is_named(drafted: World) -> None:
    view = await drafted.release()
    params = {"release": view["id"], "limit": 7}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await get(
            drafted,
            "/v1/observations",
            COORDINATOR,
            **params,
            **({"cursor": cursor} if cursor else {}),
        )
        seen += [cell["indicator"] for cell in page.json()["items"]]
        cursor = page.json()["next"]
    alone = await drafted.cells(view["id"], STATISTICIAN, indicator="PER-01")
    assert seen == ["PER-01"] * len(alone)
    one = await get(
        drafted, "/v1/observations", COORDINATOR, release=view["id"], indicator="VIO-06"
    )
    assert one.json() == {"items": [], "next": None, "withheld": ["VIO-06"]}
    other = await get(
        drafted, "/v1/observations", COORDINATOR, release=view["id"], indicator="PER-01"
    )
    assert "withheld" not in other.json()


async def test_once_published_everybody_reads_them(drafted: World) -> None:
    view = await drafted.release(to="published")
    found = [
        await get(drafted, "/v1/observations", token, release=view["id"])
        for token in ("", COORDINATOR, ADMIN, STATISTICIAN)
    ]
    assert {answer.content for answer in found} == {found[0].content}
    assert codes(found[0].json()) == ["PER-01", *S3]


async def test_an_admin_who_is_a_statistician_here_reads_them(drafted: World) -> None:
    view = await drafted.release()
    assert codes((await get(drafted, "/v1/observations", BOTH, release=view["id"])).json()) == [
        "PER-01",
        *S3,
    ]


async def test_a_share_shows_all_to_the_partner_and_no_more_to_the_one_who_shares(
    drafted: World,
) -> None:
    view = await drafted.release(to="frozen")
    path = f"/v1/releases/{view['id']}/shares/{PARTNER[6:9]}"
    shared = await drafted.client.put(path, headers=as_(COORDINATOR))
    assert shared.status_code == 200
    page = await get(drafted, "/v1/observations", PARTNER, release=view["id"])
    assert codes(page.json()) == ["PER-01", *S3]
    page = await get(drafted, "/v1/observations", COORDINATOR, release=view["id"])
    assert codes(page.json()) == ["PER-01"]


async def test_one_persons_leaving_shows_in_no_difference(drafted: World) -> None:
    """The coordinator knows who left; what her answers moved stays unread."""
    before = (await drafted.release())["id"]
    gone = next(i for i in drafted.assessment.feed if i.get("s3"))
    drafted.assessment.withdraw(gone["unit"])
    after = (await drafted.release())["id"]
    path = f"/v1/releases/{after}/diff"
    whole = (await get(drafted, path, STATISTICIAN, against=before, limit=1000)).json()
    moved = {item["place"]["indicator"] for item in whole["items"]}
    assert moved & {*S3}
    assert whole["withheld"] == []
    told = (await get(drafted, path, COORDINATOR, against=before, limit=1000)).json()
    assert {item["place"]["indicator"] for item in told["items"]} == {"PER-01"}
    assert told["withheld"] == S3
    assert told["changed"] + told["added"] + told["removed"] == len(told["items"])


async def test_a_difference_to_a_published_one_withholds_both_sides(drafted: World) -> None:
    out = (await drafted.release(to="published"))["id"]
    drafted.assessment.push(extract_items(620)[600:])
    draft = (await drafted.release())["id"]
    for one, other in ((out, draft), (draft, out)):
        path = f"/v1/releases/{one}/diff"
        told = (await get(drafted, path, COORDINATOR, against=other, limit=1000)).json()
        assert {item["place"]["indicator"] for item in told["items"]} == {"PER-01"}


async def test_an_index_that_is_made_of_them_has_no_areas(drafted: World) -> None:
    view = await drafted.release()
    for code, unread in (("USGI", S3), ("BALANCE", [])):
        whole = (
            await get(drafted, f"/v1/indices/{code}", STATISTICIAN, release=view["id"])
        ).json()
        told = (await get(drafted, f"/v1/indices/{code}", COORDINATOR, release=view["id"])).json()
        assert whole["areas"]
        assert whole["withheld"] == []
        assert told == {**whole, "areas": [] if unread else whole["areas"], "withheld": unread}


async def test_their_pattern_in_space_is_refused_also_from_memory(drafted: World) -> None:
    view = await drafted.release()
    path = f"/v1/releases/{view['id']}/indicators/VIO-06/spatial"
    drafted.app.state.spatial._keep(
        Wanted(view["id"], "VIO-06", "_T", None, Neighbouring(Rule.QUEEN)), b"{}"
    )
    for token in (COORDINATOR, STATISTICIAN, COORDINATOR, ADMIN):
        answer = await drafted.client.get(path, headers=as_(token))
        if token == STATISTICIAN:
            assert (answer.status_code, answer.content) == (200, b"{}")
        else:
            assert (answer.status_code, answer.json()["roles"]) == (403, ["statistician"])
    answer = await drafted.client.get(path.replace("VIO-06", "PER-01"), headers=as_(COORDINATOR))
    assert answer.status_code != 403


async def test_a_bundle_without_them_names_them(drafted: World) -> None:
    view = await drafted.release(to="frozen")
    path = f"/internal/v1/releases/{view['id']}/bundle"
    headers = {"X-USGA-Service": SERVICE_TOKEN}
    whole = orjson.loads((await drafted.client.get(path, headers=headers)).content)
    told = orjson.loads((await drafted.client.get(f"{path}?s3=false", headers=headers)).content)
    assert "withheld" not in whole
    assert told.pop("withheld") == S3
    assert [i["code"] for i in told["indicators"]] == ["PER-01"]
    assert {cell["indicator"] for cell in told["observations"]} == {"PER-01"}
    assert {**told, "indicators": 0, "observations": 0} == {
        **whole, "indicators": 0, "observations": 0,
    }  # fmt: skip


async def test_a_verification_has_no_cells(drafted: World) -> None:
    view = await drafted.release()
    path = f"/v1/releases/{view['id']}/verification"
    told = (await get(drafted, path, COORDINATOR)).json()
    assert told == (await get(drafted, path, STATISTICIAN)).json()
    assert told["reproducible"] is True
    assert not any(isinstance(value, list) for value in told.values())
