"""What whoever runs a hub sees and sets."""

import re
from pathlib import Path

import httpx
import pytest
from usga_assessment.settings import Settings

from tests.support.hubs import FieldTablet, RunningHub

OPERATIONS = Path("docs/operations.md").read_text("utf-8")


async def metrics(hub: RunningHub) -> dict[str, float]:
    async with hub.client() as http:
        text = (await http.get("/metrics")).text
    return {
        name: float(value)
        for name, value in re.findall(r"^(usga_hub\S+) (\S+)$", text, re.MULTILINE)
    }


async def test_the_queue_and_its_bound_are_numbers(tablet: FieldTablet, hub: RunningHub) -> None:
    tablet.collect(2)
    await tablet.visit(hub, batch=1)
    hub.road.is_open = False
    await hub.round()
    seen = await metrics(hub)
    assert seen['usga_hub_parcels{state="waiting"}'] == 2
    assert seen['usga_hub_parcels{state="refused"}'] == 0
    assert seen["usga_hub_sealed_bytes"] > 100
    assert seen['usga_hub_rounds_total{outcome="silent"}'] == 1
    hub.road.is_open = True
    await hub.round()
    seen = await metrics(hub)
    assert seen['usga_hub_parcels{state="waiting"}'] == seen["usga_hub_sealed_bytes"] == 0
    assert seen['usga_hub_rounds_total{outcome="reached"}'] == 2
    named = {name.partition("{")[0] for name in seen if "_created" not in name}
    assert [name for name in named if f"| `{name}` |" not in OPERATIONS] == []


@pytest.mark.parametrize(
    ("caller", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.20", 404), ("odd", 404)]
)
async def test_its_numbers_are_for_its_own_machine(
    hub: RunningHub, caller: str, status: int
) -> None:
    road = httpx.ASGITransport(app=hub.app, client=(caller, 5))
    async with httpx.AsyncClient(transport=road, base_url="http://hub") as http:
        answer = await http.get("/metrics")
        assert answer.status_code == status
        assert ("usga_hub" in answer.text) == (status == 200)
        assert (await http.get("/health/live")).status_code == 200


def test_the_example_names_settings_that_there_are_and_no_secret() -> None:
    lines = Path("deploy/env/hub.env.example").read_text("utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    prefix = "USGA_ASSESSMENT_"
    assert {n.removeprefix(prefix).lower() for n in given} <= set(Settings.model_fields)
    assert given[f"{prefix}SERVICE_TOKEN"] == given[f"{prefix}UPSTREAM_CODE"] == ""
