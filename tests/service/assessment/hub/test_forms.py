"""Forms and lists that a hub gives in the clear are what the centre's sealed word says, or nothing."""

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from usga_tablet.couriers import Courier

from tests.service.assessment.hub.test_tablets import twisted
from tests.support.collecting import HERE, bearer
from tests.support.hubs import District, FieldTablet, RunningHub

Items = list[dict[str, Any]]
VILLAGES = [{"name": "a", "label": "A"}, {"name": "b", "label": "B"}]


async def put_villages(field: District, rows: list[dict[str, str]]) -> None:
    put = await field.here.client.put(
        f"/v1/assessments/{HERE}/lists/villages",
        json={"rows": rows},
        headers=bearer("coordinator"),
    )
    assert put.is_success, put.text


async def told(tablet: FieldTablet, hub: RunningHub) -> Items:
    """What the hub gives in the clear."""
    courier = Courier(str(tablet.outbox.setting("courier_key")))
    shown = bearer(courier.credential(str(hub.app.state.hub.told.hub)))
    async with hub.client() as http:
        page = (await http.get("/v1/sync/changes", headers=shown)).json()
    return list(page["items"])


def _form(items: Items) -> None:
    next(i for i in items if i["kind"] == "instrument")["value"]["document"]["nodes"].pop()


def _list(items: Items) -> None:
    next(i for i in items if i["kind"] == "list")["value"]["rows"].reverse()


def _new_list(items: Items) -> None:
    made = copy.deepcopy(next(i for i in items if i["kind"] == "list"))
    items.append({**made, "id": "informers"})


def _retired(items: Items) -> None:
    items[:] = [{"kind": i["kind"], "id": i["id"], "removed": True} for i in items]


def _case(items: Items) -> None:
    items.append({"kind": "case", "id": "c-666", "value": {"psu": "s01-p01"}})


@pytest.mark.parametrize("change", [_form, _list, _new_list, _retired, _case])
async def test_a_stolen_hub_hands_out_no_form_of_its_own_H62(
    field: District, tablet: FieldTablet, hub: RunningHub, change: Callable[[Items], None]
) -> None:
    await put_villages(field, VILLAGES)
    await hub.round()
    honest = await told(tablet, hub)
    changed = copy.deepcopy(honest)
    change(changed)
    tablet.outbox._db.execute("DELETE FROM pulled")
    visit = await tablet.visit(twisted(hub, "/v1/sync/changes", items=changed))
    bad = [each for each in changed if each not in honest]
    assert visit.unproven == len(bad) > 0
    for each in bad:
        kept = tablet.outbox.pulled(each["kind"]).get(each["id"])
        assert kept is None or kept != each.get("value")
    assert (await tablet.visit(hub)).unproven == 0
    for each in honest:
        assert tablet.outbox.pulled(each["kind"])[each["id"]] == each["value"]


async def test_yesterdays_list_is_not_taken_for_todays_H62(
    field: District, tablet: FieldTablet, hub: RunningHub
) -> None:
    await put_villages(field, VILLAGES)
    await hub.round()
    old = await told(tablet, hub)
    await tablet.visit(hub)
    await put_villages(field, VILLAGES[:1])
    await hub.round()
    assert (await tablet.visit(twisted(hub, "/v1/sync/changes", items=old))).unproven == 0
    assert len(tablet.outbox.pulled("list")["villages"]["rows"]) == 2, "it has that already"
    tablet.outbox._db.execute("DELETE FROM pulled WHERE kind = 'list'")
    assert (await tablet.visit(twisted(hub, "/v1/sync/changes", items=old))).unproven == 1
    await tablet.visit(hub)
    assert len(tablet.outbox.pulled("list")["villages"]["rows"]) == 1


async def test_without_the_centres_word_no_form_is_taken_H62(
    tablet: FieldTablet, hub: RunningHub
) -> None:
    tablet.outbox._db.execute("DELETE FROM pulled")
    tablet.outbox.remember("shared", orjson.dumps({}).decode())
    silent = twisted(hub, "/v1/hub/mail", sealed=None)
    visit = await tablet.visit(silent)
    assert visit.unproven > 0
    assert tablet.outbox.pulled("instrument") == {}
    assert (await tablet.visit(hub)).unproven == 0
    assert tablet.outbox.pulled("instrument")
