"""The state machine of an assessment, gate by gate."""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from usga_assessment.storage.tables.sync import SubmissionContentRow, SubmissionRevisionRow

from tests.service.assessment.field.conftest import HERE, NOW, RECORDS, Field

LANGUAGES = {
    "en": "Load the sample.",
    "es": "Cargue la muestra.",
    "ru": "Загрузите выборку.",
    "sw": "Pakia sampuli.",
}


async def missing(field: Field, to: str) -> list[str]:
    answer = await field.move(to)
    assert answer.status_code == 409, answer.text
    assert answer.json()["type"].endswith("/preconditions-missing")
    return [item["code"] for item in answer.json()["missing"]]


class TestCollecting:
    async def test_is_locked_until_everything_is_in_place_E11(self, here: Field) -> None:
        assert await missing(here, "collecting") == [
            "order", "mandate", "areas", "controller", "themes", "ethics", "dpia", "instrument",
            "referral_directory", "pilot", "sample", "languages", "devices",
        ]  # fmt: skip

    async def test_opens_when_everything_is_in_place(self, here: Field) -> None:
        await here.prepare_fieldwork()
        answer = await here.move("collecting")
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "collecting"

    async def test_says_what_is_missing_in_the_callers_language(self, here: Field) -> None:
        for language, words in LANGUAGES.items():
            answer = await here.move("collecting", headers={"Accept-Language": language})
            assert words in {item["message"] for item in answer.json()["missing"]}

    async def test_an_expired_ethics_approval_does_not_count(self, here: Field) -> None:
        await here.prepare_fieldwork()
        path = f"/v1/assessments/{HERE}/records/ethics"
        expired = RECORDS["ethics"] | {"expires_on": "2026-05-31"}
        assert (await here.call("PUT", path, expired)).status_code == 201
        assert await missing(here, "collecting") == ["ethics"]
        assert (
            await here.call("PUT", path, expired | {"expires_on": "2026-06-01"})
        ).status_code == 201
        await here.go("collecting")

    async def test_needs_a_device_that_is_not_revoked(self, here: Field) -> None:
        await here.prepare_fieldwork()
        listed = (await here.call("GET", "/v1/devices")).json()["items"]
        await here.call("POST", f"/v1/devices/{listed[0]['id']}/revocation", {})
        assert await missing(here, "collecting") == ["devices"]

    async def test_a_device_of_an_interviewer_without_certificate_does_not_count(
        self, here: Field
    ) -> None:
        await here.prepare_fieldwork()
        listed = (await here.call("GET", "/v1/devices")).json()["items"]
        await here.call("PATCH", f"/v1/devices/{listed[0]['id']}", {"certified": False})
        assert await missing(here, "collecting") == ["devices"]


class TestOrder:
    async def test_no_state_is_skipped(self, here: Field) -> None:
        await here.prepare_fieldwork()
        assert (await missing(here, "processing"))[0] == "order"

    async def test_no_state_comes_back(self, here: Field) -> None:
        await here.put_areas()
        await here.record("mandate")
        await here.go("scoped")
        for state in ("draft", "scoped"):
            answer = await here.move(state)
            assert answer.status_code == 409
            assert answer.json()["type"].endswith("/no-way-back")

    async def test_a_refused_move_changes_nothing(self, here: Field) -> None:
        await missing(here, "scoped")
        view = (await here.call("GET", f"/v1/assessments/{HERE}")).json()
        assert (view["state"], view["version"]) == ("draft", 1)
        assert (await here.call("GET", f"/v1/assessments/{HERE}/transitions")).json() == []


class TestWholeWay:
    async def test_from_draft_to_archived(self, here: Field) -> None:
        await here.prepare_fieldwork()
        await here.go("collecting")
        assert set(await missing(here, "processing")) == {"fieldwork_dates", "interviews"}
        await edit(here, fieldwork_from="2026-02-02", fieldwork_to="2026-05-31")
        await here.interviewed("c1")
        await here.go("processing")
        assert await missing(here, "analysing") == ["processing"]
        await here.record("processing")
        await here.go("analysing")
        assert await missing(here, "validating") == ["release"]
        await here.record("release")
        await here.go("validating")
        assert await missing(here, "published") == ["validation", "referral_coverage"]
        await here.record("validation", "referral_coverage")
        await here.go("published")
        await here.record("action_plan")
        await here.go("monitoring")
        await here.record("retention")
        await here.go("archived")
        log = (await here.call("GET", f"/v1/assessments/{HERE}/transitions")).json()
        assert [move["to_state"] for move in log] == [
            "scoped", "approved", "piloting", "collecting", "processing", "analysing",
            "validating", "published", "monitoring", "archived",
        ]  # fmt: skip
        assert all(move["actor"].startswith("person:") for move in log)
        path = f"/v1/assessments/{HERE}/records/retention"
        refused = await here.call("PUT", path, RECORDS["retention"])
        assert refused.json()["type"].endswith("/assessment-archived")

    async def test_publication_waits_for_referrals_to_all_E05(self, here: Field) -> None:
        await reach_validating(here)
        await here.record("validation")
        path = f"/v1/assessments/{HERE}/records/referral_coverage"
        await here.call("PUT", path, {"interviews": 100, "missing": 3})
        assert await missing(here, "published") == ["referral_coverage"]
        await here.call("PUT", path, {"interviews": 100, "missing": 2})
        await here.go("published")

    async def test_referrals_are_counted_where_the_form_asks_for_them_E05(
        self, here: Field
    ) -> None:
        await reach_validating(here, form=FORM)
        await here.record("validation", "referral_coverage")
        await hold(here, given=97, missing=3)
        assert await missing(here, "published") == ["referral_coverage"]
        await hold(here, given=50, missing=0)
        await here.go("published")

    async def test_a_waiver_of_validation_is_explicit_Q05(self, here: Field) -> None:
        await reach_validating(here)
        await here.record("referral_coverage")
        path = f"/v1/assessments/{HERE}/records/validation"
        waiver = {"method": "waiver", "held_on": "2026-05-25"}
        assert (await here.call("PUT", path, waiver)).status_code == 422
        waiver |= {"reason": "Flood", "approved_by": "Steering committee"}
        assert (await here.call("PUT", path, waiver)).status_code == 201
        await here.go("published")


async def edit(field: Field, **changes: object) -> None:
    path = f"/v1/assessments/{HERE}"
    etag = (await field.call("GET", path)).headers["etag"]
    answer = await field.call("PATCH", path, changes, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text


FORM = b"""
| survey |
|        | type   | name        | label::English (en)  | label::Kiswahili (sw) |
|        | text   | refer_given | Which help was told? | Msaada gani?          |
| settings |
|          | form_title | form_id | version | default_language |
|          | Help       | help    | 1       | English (en)     |
"""


async def hold(field: Field, *, given: int, missing: int) -> list[UUID]:
    """Keep complete interviews of that form, some without the answer; says their ids."""
    rows: list[dict[str, Any]] = [
        {
            "pk": uuid4(), "id": uuid4(), "version": 0, "digest": b"d", "root": uuid4(),
            "assessment": HERE, "install": UUID(int=1), "seq": number, "instrument": "help",
            "instrument_version": "1", "purpose": "production", "received_at": NOW,
            "state": "stored", "is_head": True, "has_s3": False, "disposition": "1.1",
            "feed": number,
        }
        for number in range(given + missing)
    ]  # fmt: skip
    contents = [
        {
            "pk": row["pk"],
            "wrapped_key": b"k",
            "open": b'{"refer_given": "card"}' if number < given else b"{}",
        }
        for number, row in enumerate(rows)
    ]
    async with field.app.state.database.write() as session:
        await session.exec(insert(SubmissionRevisionRow), params=rows)
        await session.exec(insert(SubmissionContentRow), params=contents)
    return [row["id"] for row in rows]


async def reach_validating(field: Field, **options: Any) -> None:
    await field.prepare_fieldwork(**options)
    await edit(field, fieldwork_from="2026-02-02", fieldwork_to="2026-05-31")
    await field.go("collecting")
    await field.interviewed("c1")
    await field.record("processing", "release")
    await field.go("processing", "analysing", "validating")
