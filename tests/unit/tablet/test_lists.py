"""Lists come as the rows that differ; a tablet believes the outcome only by its digest."""

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from usga_tablet.lists import NotTheList, apply_rows, digest
from usga_tablet.outbox import Outbox
from usga_tablet.sync import SyncStopped, Tablet

OLDER = [{"name": "a", "n": 1}, {"name": "b", "n": 2}, {"name": "c", "n": 3}]
NEWER = [{"name": "c", "n": 3}, {"name": "d", "n": 4}, {"name": "a", "n": 1.5}]
CHANGES = {
    "from": digest(OLDER), "digest": digest(NEWER), "size": 3, "removed": ["b"],
    "rows": [{"after": "c", "row": NEWER[1]}, {"after": "d", "row": NEWER[2]}],
}  # fmt: skip


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db")
    box.remember("token", "t")
    box.remember("cursor", "before")
    box.keep_pulled("list", "psu", {"digest": digest(OLDER), "rows": OLDER})
    yield box
    box.close()


class Server:
    """Answers pulls by cursor and `lists`, and notes what was asked."""

    def __init__(self, pages: dict[tuple[str, str], dict[str, Any]]) -> None:
        self.pages, self.asked = pages, list[tuple[str, str]]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        place = asked.get("cursor", ""), asked.get("lists", "")
        self.asked.append(place)
        return httpx.Response(200, json={"next": "after", "more": False, **self.pages[place]})


async def pull(outbox: Outbox, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(base_url="http://server", transport=transport) as http:
        await Tablet(outbox, http, rng=random.Random(1)).sync()


def item(kind: str, id_: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": kind, "id": id_, "value": value, **more}


async def test_rows_that_differ_are_applied_and_verified(outbox: Outbox) -> None:
    server = Server({("before", "rows"): {"items": [item("list_rows", "psu", CHANGES)]}})
    await pull(outbox, server)
    assert outbox.pulled("list")["psu"]["rows"] == NEWER
    assert outbox.setting("cursor") == "after"


@pytest.mark.parametrize(
    "wrong",
    [
        {"digest": "0" * 64},
        {"from": "0" * 64},
        {"removed": []},
        {"rows": [{"after": "x", "row": {"name": "d"}}]},
        {"rows": [{"after": "c", "row": {"name": n}} for n in "ef"]},
    ],
)
async def test_a_list_that_does_not_verify_is_asked_for_whole(
    outbox: Outbox, wrong: dict[str, Any]
) -> None:
    whole = item("list", "psu", {"digest": digest(NEWER), "rows": NEWER})
    rows = [item("case", "x", {}), item("list_rows", "psu", {**CHANGES, **wrong})]
    server = Server({("before", "rows"): {"items": rows}, ("before", "whole"): {"items": [whole]}})
    await pull(outbox, server)
    assert server.asked == [("before", "rows"), ("before", "whole")]
    assert outbox.pulled("list")["psu"]["rows"] == NEWER
    assert outbox.pulled("case") == {}, "of a page that does not verify nothing is kept"


async def test_who_never_verifies_is_not_asked_for_ever(outbox: Outbox) -> None:
    bad = item("list_rows", "psu", {**CHANGES, "digest": "0" * 64})
    server = Server({("before", lists): {"items": [bad]} for lists in ("rows", "whole")})
    with pytest.raises(SyncStopped, match="verified"):
        await pull(outbox, server)
    assert outbox.pulled("list")["psu"]["rows"] == OLDER
    assert outbox.setting("cursor") == "before"


async def test_cases_that_do_not_verify_are_pulled_anew(outbox: Outbox) -> None:
    outbox.keep_pulled("case", "stale", {"visits": 0})
    told = digest([["a", {"visits": 1}]])
    few = item("settings", "scope", {"case_count": 1, "case_digest": told})
    every = item("settings", "scope", {**few["value"], "cases": ["a"]})
    case = item("case", "a", {"visits": 1})
    server = Server(
        {("before", "rows"): {"items": [few, case]}, ("", "rows"): {"items": [every, case]}}
    )
    await pull(outbox, server)
    assert server.asked == [("before", "rows"), ("", "rows")]
    assert outbox.pulled("case") == {"a": {"visits": 1}}


async def test_what_is_not_named_any_more_goes(outbox: Outbox) -> None:
    for kind in ("instrument", "dictionary", "case"):
        outbox.keep_pulled(kind, "old", {})
    scope = item("settings", "scope", {"instruments": ["new"], "lists": [], "cases": []})
    await pull(outbox, Server({("before", "rows"): {"items": [scope]}}))
    assert not any(outbox.pulled(k) for k in ("instrument", "dictionary", "case", "list"))


def test_a_digest_is_that_of_rfc_8785() -> None:
    assert digest([1e21, 1e-7, 0.00001, -0.0, 5.0, {"b": 1, "a": "é"}]) == digest(
        [1e21, 1e-7, 1e-5, 0, 5, {"a": "é", "b": 1}]
    )
    # RFC 8785, 3.2.2: the numbers of its example, as text
    numbers = [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001]
    text = "[333333333.3333333,1e+30,4.5,0.002,1e-27]"
    assert digest(numbers) == hashlib.sha256(text.encode()).hexdigest()


def test_two_rows_after_one_are_no_list() -> None:
    twice = [{"after": None, "row": {"name": n}} for n in "xy"]
    with pytest.raises(NotTheList):
        apply_rows(OLDER, {**CHANGES, "rows": twice})
