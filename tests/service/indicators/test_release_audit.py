"""The attack on a release's hidden cells is stored with it, and stays inside."""

import json

from sqlmodel import col, select
from usga_indicators.storage.tables.release import ObservationRow, ReleaseRow

from tests.service.indicators.conftest import SERVICE_TOKEN, STATISTICIAN, World, as_


async def test_the_audit_is_stored_and_no_hidden_cell_is_open_D03(world: World) -> None:
    release = await world.release()
    async with world.app.state.database.read() as session:
        row = (await session.exec(select(ReleaseRow))).one()
        stored = (
            await session.exec(select(ObservationRow).order_by(col(ObservationRow.position)))
        ).all()
    hidden = {o.position for o in stored if json.loads(o.published)["obs_status"] == "Q"}
    attacked = {place for place, *_ in row.audit["intervals"]}
    assert release["suppressed"] == len(hidden) > 0
    assert attacked
    assert attacked <= hidden
    assert (row.audit["cells"], row.audit["open"]) == (len(attacked), 0)
    for place, layer, least, most in row.audit["intervals"]:
        inside = stored[place].internal
        value = {
            "base": inside["n"],
            "numerator": inside["n_numerator"],
            "complement": inside["n"] - inside["n_numerator"],
        }[layer]
        assert least <= value
        assert most is None or value <= most
        assert (least, most) != (value, value)


async def test_the_audit_is_in_no_answer(world: World) -> None:
    release = await world.release()
    for path, headers in (
        (f"/v1/releases/{release['id']}", as_(STATISTICIAN)),
        (f"/internal/v1/releases/{release['id']}/bundle", {"X-USGA-Service": SERVICE_TOKEN}),
    ):
        answer = await world.client.get(path, headers=headers)
        assert answer.status_code == 200
        assert "intervals" not in answer.text
