"""The lowest versions of apps that an assessment gives new work: set by its coordinator."""

from usga_assessment.domain.access.clients import MinimumClients
from usga_assessment.storage.audit import AuditLog
from usga_shared.auth.actors import Role

from tests.service.assessment.field.conftest import HERE, Field
from tests.service.assessment.field.test_access import shown
from tests.service.assessment.field.test_devices import enrol, invite

PATH = f"/v1/assessments/{HERE}/minimum-clients"
OLD, NEW = {"USGA-Client": "field-app/3.1"}, {"USGA-Client": "field-app/3.2"}


async def test_a_coordinator_sets_them_and_the_log_says_so(here: Field) -> None:
    empty = (await here.call("GET", PATH, by=Role.SUPERVISOR)).json()
    assert empty == {"clients": {}, "installation": {}, "counting": {}}
    body = {"clients": {"field-app": "3.2"}}
    assert (await here.call("PUT", PATH, body, by=Role.SUPERVISOR)).status_code == 403
    for _ in range(2):  # the second time nothing changes
        told = await here.call("PUT", PATH, body, by=Role.COORDINATOR)
        assert told.json()["clients"] == {"field-app": "3.2"}, told.text
    assert (await here.call("GET", PATH, by=Role.SUPERVISOR)).json() == told.json()
    async with here.app.state.database.read() as session:
        entries = [e async for e in AuditLog(session).entries(HERE)]
    (entry,) = [each for each in entries if each.action == "minimum-clients.set"]
    assert entry.details == {"before": {}, "after": {"field-app": "3.2"}}
    assert entry.actor.startswith("person:")


async def test_what_is_no_version_is_422(here: Field) -> None:
    for clients in ({"a b": "1"}, {"app": "one"}, {"app": ""}, {"app": "1." * 9}):
        answer = await here.call("PUT", PATH, {"clients": clients}, by=Role.COORDINATOR)
        assert answer.status_code == 422


async def test_tablets_of_this_assessment_alone_are_judged_by_it(here: Field) -> None:
    token = (await enrol(here, await invite(here))).json()["token"]
    await here.call("PUT", PATH, {"clients": {"field-app": "3.2"}}, by=Role.COORDINATOR)
    refused = await here.client.get("/v1/sync/changes", headers={**shown(token), **OLD})
    assert refused.status_code == 403
    assert (refused.json()["client"], refused.json()["minimum"]) == ("field-app/3.1", "3.2")
    assert refused.json()["type"].endswith("/client-outdated")
    taken = await here.client.get("/v1/sync/changes", headers={**shown(token), **NEW})
    assert taken.status_code == 200
    await here.client.get("/v1/sync/changes", headers={**shown(token), **OLD})
    fleet = (await here.call("GET", "/v1/devices", by=Role.SUPERVISOR)).json()["items"]
    assert [device["report"]["outdated"] for device in fleet if device["report"]] == [True]
    await here.call("PUT", PATH, {"clients": {}}, by=Role.COORDINATOR)
    again = await here.client.get("/v1/sync/changes", headers={**shown(token), **OLD})
    assert again.status_code == 200


async def test_the_stricter_of_assessment_and_installation_counts(here: Field) -> None:
    token = (await enrol(here, await invite(here))).json()["token"]

    async def minimum_told(installation: str, own: str) -> str | None:
        here.app.state.minimum_clients = MinimumClients.of(installation)
        body = {"clients": {"field-app": own}}
        told = (await here.call("PUT", PATH, body, by=Role.COORDINATOR)).json()
        answer = await here.client.get("/v1/sync/changes", headers={**shown(token), **OLD})
        assert told["counting"]["field-app"] == answer.json().get("minimum", own)
        minimum: str | None = answer.json().get("minimum")
        return minimum

    assert await minimum_told("field-app/3.9", "3.2") == "3.9"
    assert await minimum_told("field-app/3.0", "3.10") == "3.10"
    assert await minimum_told("other/9", "3.1") is None
