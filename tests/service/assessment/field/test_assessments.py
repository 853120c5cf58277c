"""Assessments, areas, records and reference lists through HTTP."""

import asyncio
import math
from typing import Any

import orjson
import pytest
from usga_shared.auth.actors import Role

from tests.service.assessment.field.conftest import (
    ELSEWHERE,
    HERE,
    RECORDS,
    SQUARE,
    Field,
    area,
    collection,
)

PATH = f"/v1/assessments/{HERE}"


class TestCreate:
    async def test_begins_as_a_draft(self, field_: Field) -> None:
        made = await field_.create()
        assert (made["state"], made["version"], made["synthetic"]) == ("draft", 1, True)

    async def test_a_coordinator_makes_only_what_was_granted(self, field_: Field) -> None:
        body = {"code": ELSEWHERE, "title": {"en": "x"}, "city": "x", "country": "MX"}
        answer = await field_.call("POST", "/v1/assessments", body)
        assert answer.status_code == 403
        assert answer.json()["roles"] == ["admin", "coordinator"]

    async def test_a_code_is_taken_once(self, here: Field) -> None:
        body = {"code": HERE, "title": {"en": "x"}, "city": "x", "country": "KE"}
        answer = await here.call("POST", "/v1/assessments", body)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/assessment-exists")

    async def test_the_wrong_shape_is_refused(self, field_: Field) -> None:
        wrong: list[dict[str, Any]] = [
            {"code": "KE-lower-2026"},
            {"country": "UG"},
            {"colour": "red"},
            {"title": {}},
            {"title": {"english": "x"}},
            {"age_floor": 12},
            {"variant": "quick"},
            {"fieldwork_from": "2026-02-02", "fieldwork_to": "2026-02-01"},
            {"city": ""},
        ]
        for changes in wrong:
            body = {"code": HERE, "title": {"en": "x"}, "city": "x", "country": "KE"} | changes
            answer = await field_.call("POST", "/v1/assessments", body, by=Role.ADMIN)
            assert answer.status_code == 422, changes
        assert (await field_.call("GET", "/v1/assessments")).json()["items"] == []

    async def test_ambiguous_json_is_no_json(self, field_: Field) -> None:
        for text in (
            '{"code": "KE-TEST-2026", "code": "KE-TEST-2027"}',
            '{"code": "KE-TEST-2026", "city": "\\u0000"}',
            '{"code": "KE-TEST-2026", "city": "\\ud800"}',
            '{"age_floor": NaN}',
            '{"age_floor": 1e999}',
            '{"code": ',
        ):
            answer = await field_.call(
                "POST",
                "/v1/assessments",
                content=text.encode(),
                headers={"Content-Type": "application/json"},
            )
            assert answer.status_code == 400, text
            assert answer.json()["type"].endswith("/malformed-body")


class TestChange:
    async def test_needs_the_version_that_was_read(self, here: Field) -> None:
        read = await here.call("GET", PATH)
        etag = {"If-Match": read.headers["etag"]}
        blind = await here.call("PATCH", PATH, {"city": "Blind"})
        assert blind.status_code == 428
        first = await here.call("PATCH", PATH, {"city": "First"}, headers=etag)
        assert (first.status_code, first.json()["version"]) == (200, 2)
        second = await here.call("PATCH", PATH, {"city": "Second"}, headers=etag)
        assert second.status_code == 412
        assert (await here.call("GET", PATH)).json()["city"] == "First"

    async def test_a_tag_that_the_gateway_marked_weak_is_still_ours(self, here: Field) -> None:
        read = (await here.call("GET", PATH)).headers["etag"]
        same = {"If-None-Match": f"W/{read}"}
        assert (await here.call("GET", PATH, headers=same)).status_code == 304
        weak = {"If-Match": f"W/{read}"}
        first = await here.call("PATCH", PATH, {"city": "First"}, headers=weak)
        assert (first.status_code, first.json()["version"]) == (200, 2)
        second = await here.call("PATCH", PATH, {"city": "Second"}, headers=weak)
        assert second.status_code == 412

    async def test_reading_again_costs_nothing(self, here: Field) -> None:
        etag = (await here.call("GET", PATH)).headers["etag"]
        again = await here.call("GET", PATH, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")

    async def test_what_never_changes_cannot_be_named(self, here: Field) -> None:
        etag = (await here.call("GET", PATH)).headers["etag"]
        for name in ("code", "country", "synthetic", "state", "variant"):
            answer = await here.call("PATCH", PATH, {name: "x"}, headers={"If-Match": etag})
            assert answer.status_code == 422, name

    async def test_only_dates_can_be_emptied(self, here: Field) -> None:
        for name in ("title", "city", "languages", "currency", "age_floor"):
            etag = (await here.call("GET", PATH)).headers["etag"]
            answer = await here.call("PATCH", PATH, {name: None}, headers={"If-Match": etag})
            assert answer.status_code == 422, name
        emptied = {"fieldwork_from": None}
        answer = await here.call("PATCH", PATH, emptied, headers={"If-Match": etag})
        assert answer.status_code == 200

    async def test_fieldwork_ends_after_it_begins(self, here: Field) -> None:
        first = {"fieldwork_from": "2026-03-02"}
        etag = (await here.call("GET", PATH)).headers["etag"]
        answer = await here.call("PATCH", PATH, first, headers={"If-Match": etag})
        second = await here.call(
            "PATCH",
            PATH,
            {"fieldwork_to": "2026-03-01"},
            headers={"If-Match": answer.headers["etag"]},
        )
        assert second.status_code == 422

    async def test_what_the_data_depend_on_is_fixed_while_collecting(self, here: Field) -> None:
        await here.prepare_fieldwork()
        await here.go("collecting")
        etag = (await here.call("GET", PATH)).headers["etag"]
        answer = await here.call("PATCH", PATH, {"age_floor": 15}, headers={"If-Match": etag})
        assert answer.status_code == 409
        assert answer.json()["fields"] == ["age_floor"]


class TestList:
    async def test_shows_the_callers_assessments_page_by_page(self, here: Field) -> None:
        await here.create(ELSEWHERE)
        own = (await here.call("GET", "/v1/assessments")).json()
        assert ([item["code"] for item in own["items"]], own["next"]) == ([HERE], None)
        first = (await here.call("GET", "/v1/assessments?limit=1", by=Role.ADMIN)).json()
        second = await here.call(
            "GET", "/v1/assessments", by=Role.ADMIN, params={"cursor": first["next"], "limit": 1}
        )
        assert [item["code"] for item in first["items"]] == [HERE]
        assert [item["code"] for item in second.json()["items"]] == [ELSEWHERE]
        assert second.json()["next"] is None


class TestAreas:
    async def test_come_back_as_geojson(self, here: Field) -> None:
        child = area("T-1-a", properties={"parent": "T-1", "title": {"en": "A", "sw": "B"}})
        answer = await here.call("PUT", f"{PATH}/areas", collection(area(), child))
        assert answer.status_code == 204, answer.text
        read = await here.call("GET", f"{PATH}/areas", by=Role.PARTNER)
        assert read.headers["content-type"] == "application/geo+json"
        features = read.json()["features"]
        assert [feature["properties"]["code"] for feature in features] == ["T-1", "T-1-a"]
        assert features[1]["properties"]["parent"] == "T-1"
        assert features[0]["geometry"] == {"type": "Polygon", "coordinates": SQUARE}
        again = await here.call(
            "GET", f"{PATH}/areas", headers={"If-None-Match": read.headers["etag"]}
        )
        assert again.status_code == 304

    async def test_every_fault_is_told_and_nothing_is_stored(self, here: Field) -> None:
        bow_tie = [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]
        body = collection(
            area("ok"),
            area("a", geometry={"type": "Polygon", "coordinates": bow_tie}),
            area("b", geometry={"type": "Point", "coordinates": [0, 0]}),
            area("c d", properties={"kind": "planet"}),
            area("e", geometry={"type": "Polygon", "coordinates": [[[181, 0]] * 4]}),
        )
        answer = await here.call("PUT", f"{PATH}/areas", body)
        assert answer.status_code == 422
        assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
            ("/features/1/geometry", "invalid-polygon"),
            ("/features/2/geometry", "not-a-polygon"),
            ("/features/3/properties/code", "not-a-key"),
            ("/features/3/properties/kind", "unknown-kind"),
            ("/features/4/geometry", "outside-wgs84"),
        }
        assert (await here.call("GET", f"{PATH}/areas")).json()["features"] == []

    async def test_wards_have_many_points_and_the_limit_is_told(self, here: Field) -> None:
        def ring(points: int) -> dict[str, Any]:
            turn = 2 * math.pi / points
            there = [[math.cos(turn * n), math.sin(turn * n)] for n in range(points)]
            return area(geometry={"type": "Polygon", "coordinates": [[*there, there[0]]]})

        answer = await here.call("PUT", f"{PATH}/areas", collection(ring(36_000)))
        assert answer.status_code == 204, answer.text
        many = orjson.dumps(collection())[:-1] + b',"bbox":['
        answer = await here.call(
            "PUT",
            f"{PATH}/areas",
            content=many + b"[]," * 200_000 + b"[]]}",
            headers={"Content-Type": "application/json"},
        )
        assert (answer.status_code, answer.json()["limit"]) == (400, 200_000)
        assert "200000" in answer.json()["detail"]

    async def test_an_area_with_cases_stays(self, here: Field) -> None:
        await here.put_areas()
        await here.load_sample()
        answer = await here.call("PUT", f"{PATH}/areas", collection(area("T-2")))
        assert [error["code"] for error in answer.json()["errors"]] == ["area-in-use"]


class TestRecords:
    @pytest.mark.parametrize(
        ("media", "status"),
        [
            ("application/geo+json", 204),
            ("Application/JSON; charset=utf-8", 204),
            ("text/plain", 415),
            ("application/x-www-form-urlencoded", 415),
            ("", 415),
        ],
    )
    async def test_areas_say_that_they_are_json(
        self, here: Field, media: str, status: int
    ) -> None:
        answer = await here.call(
            "PUT",
            f"{PATH}/areas",
            content=orjson.dumps(collection()),
            headers={"Content-Type": media} if media else {},
        )
        assert answer.status_code == status, answer.text
        if status == 415:
            assert "application/geo+json" in answer.json()["accepted"]

    async def test_each_kind_is_typed(self, here: Field) -> None:
        for kind, record in RECORDS.items():
            path = f"{PATH}/records/{kind}"
            assert (await here.call("PUT", path, record)).status_code == 201
            for name in record:
                changed = record | {name: {"not": "this"}}
                assert (await here.call("PUT", path, changed)).status_code == 422, (kind, name)
            assert (await here.call("PUT", path, record | {"extra": 1})).status_code == 422

    async def test_every_revision_is_kept(self, here: Field) -> None:
        path = f"{PATH}/records/dpia"
        for version, status in (("1", 201), ("1", 200), ("2", 201)):
            body = RECORDS["dpia"] | {"version": version, "synthetic": True}
            assert (await here.call("PUT", path, body)).status_code == status
        records = (await here.call("GET", f"{PATH}/records")).json()
        assert [(r["revision"], r["value"]["version"]) for r in records] == [(1, "1"), (2, "2")]
        assert all(record["synthetic"] for record in records)

    async def test_there_are_no_other_kinds(self, here: Field) -> None:
        assert (await here.call("PUT", f"{PATH}/records/horoscope", {})).status_code == 404


class TestLists:
    async def test_come_back_row_by_row(self, here: Field) -> None:
        rows = [{"name": "p1", "label": "One", "stratum": "s1"}, {"name": "p2", "label": "Two"}]
        path = f"{PATH}/lists/psu"
        put = await here.call("PUT", path, {"rows": rows})
        assert (put.status_code, put.json()["size"]) == (200, 2)
        read = await here.call("GET", path, by=Role.ENUMERATOR)
        assert read.json()["rows"] == rows
        assert read.headers["etag"] == f'"{put.json()["digest"]}"'
        listed = (await here.call("GET", f"{PATH}/lists")).json()
        assert [(one["name"], one["size"]) for one in listed] == [("psu", 2)]

    async def test_faults_are_told(self, here: Field) -> None:
        faulty: list[tuple[list[dict[str, Any]], str]] = [
            ([{"name": "a"}, {"name": "a"}], "duplicate-choice"),
            ([{"name": "a b"}], "not-a-choice-name"),
            ([{"label": "x"}], "not-a-choice-name"),
            ([{"name": "a", "b c": "x"}], "not-a-column-name"),
            ([{"name": "a", "label": ["x"]}], "not-a-cell"),
            ([{"name": "a", "label": "x\x07"}], "not-a-cell"),
            ([{"name": "a", "label": {"en": "x\u202ey"}}], "not-a-cell"),
            ([{"name": "a", "ward": "x\x9by"}], "not-a-cell"),
        ]
        for rows, code in faulty:
            answer = await here.call("PUT", f"{PATH}/lists/psu", {"rows": rows})
            assert [error["code"] for error in answer.json()["errors"]] == [code]
        assert (await here.call("GET", f"{PATH}/lists/psu")).status_code == 404


class TestAtOnce:
    async def test_one_of_four_makes_the_assessment(self, field_: Field) -> None:
        await field_.token(Role.COORDINATOR)
        body = {"code": HERE, "title": {"en": "x"}, "city": "x", "country": "KE"}
        answers = await asyncio.gather(
            *(field_.call("POST", "/v1/assessments", body) for _ in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]

    async def test_four_records_are_four_revisions(self, here: Field) -> None:
        path = f"{PATH}/records/dpia"
        bodies = [RECORDS["dpia"] | {"version": str(number)} for number in range(4)]
        answers = await asyncio.gather(*(here.call("PUT", path, body) for body in bodies))
        assert {answer.json()["revision"] for answer in answers} == {1, 2, 3, 4}

    async def test_areas_are_replaced_whole(self, here: Field) -> None:
        answers = await asyncio.gather(
            *(here.call("PUT", f"{PATH}/areas", collection(area(f"T-{n}"))) for n in range(4))
        )
        assert {answer.status_code for answer in answers} == {204}
        assert len((await here.call("GET", f"{PATH}/areas")).json()["features"]) == 1
