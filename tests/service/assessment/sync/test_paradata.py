"""How interviews were made, as the indicators service gets it: no position, no name."""

from typing import Any

import pytest
from sqlmodel import col, select, update
from usga_assessment.domain.assessment.areas import Area
from usga_assessment.domain.assessment.distance import place_in
from usga_assessment.storage.areas import Areas
from usga_assessment.storage.tables.field import CaseRow

from tests.support.collecting import (
    DEVICE,
    HERE,
    SERVICE_TOKEN,
    Collecting,
    Interview,
    add_form,
    interview,
    review,
)

SERVICE = {"X-USGA-Service": SERVICE_TOKEN}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[36.0, -1.0], [36.02, -1.0], [36.02, -0.98], [36.0, -0.98], [36.0, -1.0]]],
}
PLACED = """
| settings |
| | form_title | form_id | version | namespaces |
| | Placed | placed | 1 | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | bind::usga:sensitivity | bind::usga:field_class |
| | geopoint | gps | Place | 1 | location |
| | text | remark | Remark | 1 | text |
| | integer | age | Age | 0 | open |
"""


async def paradata(here: Collecting, **changes: Any) -> dict[str, Any]:
    body = {"instrument": "placed", "variables": ["age", "remark", "gps"], **changes}
    answer = await here.client.post(
        f"/internal/v1/assessments/{HERE}/paradata", json=body, headers=SERVICE
    )
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def placed(seq: int, gps: str | None = None, **options: Any) -> Interview:
    made = interview(seq, instrument="placed", version="1", **options)
    made.document["answers"] = {"age": 44, "remark": "canary", **({"gps": gps} if gps else {})}
    made.__post_init__()
    return made


@pytest.fixture
async def field(here: Collecting) -> Collecting:
    """A form with a position, and two cases whose area is a square."""
    async with here.database.write() as session:
        await add_form(session, PLACED.encode())
        square = Area(code="a1", title={"en": "Square"}, kind="ward", parent=None, geometry=SQUARE)
        await Areas(session).replace(HERE, [square])
        await session.exec(
            update(CaseRow).where(col(CaseRow.assessment) == HERE).values(area="a1")
        )
        (case,) = (await session.exec(select(CaseRow))).all()
        session.add(CaseRow(**{**case.model_dump(), "case_id": "c-002"}))
    return here


async def test_a_position_is_measured_and_never_leaves_S01_D09(field: Collecting) -> None:
    inside, far = (
        placed(1, "-0.99 36.01 0 5", case="c-001"),
        placed(2, "-0.9 36.01 0 5", case="c-002"),
    )
    nowhere = placed(3)
    await field.push(inside, far, nowhere)
    page = await paradata(field)
    found = [(i["outside"], i["distance_m"]) for i in page["items"]]
    assert found == [(False, 0.0), (True, 10010.0), (None, None)]
    assert [i["answers"] for i in page["items"]] == [{"age": 44}] * 3
    told = str(page)
    for canary in ("canary", "-0.99", "36.01", DEVICE, str(inside.id)):
        assert canary not in told
    assert len({i["interviewer"] for i in page["items"]}) == 1
    assert page["items"][0]["psu"] == "s01-p01"
    assert page["items"][0]["started_at"] < page["items"][0]["ended_at"]
    entries = await field.rows(
        "SELECT actor, action, details FROM audit_entry WHERE action = 'positions.measured'"
    )
    assert [(e["actor"], e["details"]) for e in entries] == [("service:indicators", '{"count":2}')]


async def test_pages_follow_the_feed_and_tell_what_left(field: Collecting) -> None:
    batch = [placed(seq) for seq in (1, 2, 3)]
    await field.push(*batch)
    first = await paradata(field, limit=2)
    second = await paradata(field, limit=2, cursor=first["next"])
    assert (first["more"], second["more"]) == (True, False)
    assert len({i["unit"] for i in (*first["items"], *second["items"])}) == 3
    assert (await paradata(field, cursor=second["next"]))["items"] == []
    await review(field, batch[0].id, "reject")
    (gone,) = (await paradata(field, cursor=second["next"]))["items"]
    assert (gone["unit"], gone["status"]) == (first["items"][0]["unit"], "removed")


async def test_without_the_service_credential_nothing_is_there(field: Collecting) -> None:
    body = {"instrument": "placed"}
    answer = await field.client.post(f"/internal/v1/assessments/{HERE}/paradata", json=body)
    assert answer.status_code == 404


@pytest.mark.parametrize("answer", ["", "x y", "91 0", "1 2; 3 4", None, 7])
def test_what_is_no_point_is_measured_by_nothing(answer: object) -> None:
    assert place_in(SQUARE, [answer]).outside is None
