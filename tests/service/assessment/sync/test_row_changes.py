"""A pull brings what changed: three rows of a long list, three cases of a long day."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from usga_assessment.domain.sync.rows import digest_of
from usga_assessment.storage.tables.field import CaseRow
from usga_tablet.lists import apply_rows

from tests.support.collecting import DEVICE, HERE, Collecting, add_cases, bearer

MANY = 5_000


def households(count: int = MANY) -> list[dict[str, Any]]:
    return [{"name": f"h{n:05}", "label": f"Household {n}", "size": n % 9} for n in range(count)]


async def put(here: Collecting, rows: list[dict[str, Any]], name: str = "households") -> None:
    response = await here.client.put(
        f"/v1/assessments/{HERE}/lists/{name}", json={"rows": rows}, headers=bearer("admin")
    )
    assert response.status_code == 200, response.text


async def pull(here: Collecting, cursor: str | None = None, lists: str = "rows") -> dict[str, Any]:
    params = {"lists": lists} | ({"cursor": cursor} if cursor else {})
    response = await here.get("/v1/sync/changes", by="device", **params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def of_kind(page: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [item for item in page["items"] if item["kind"] == kind]


class TestLists:
    async def test_three_rows_of_five_thousand_travel_as_three_P68(self, here: Collecting) -> None:
        rows = households()
        await put(here, rows)
        first = await pull(here)
        assert of_kind(first, "list")[0]["value"]["rows"] == rows

        newer = [{**rows[7], "size": 5}, *rows[:7], *rows[8:4000], *rows[4001:]]
        newer.insert(2500, {"name": "new", "label": "New", "size": 1})
        await put(here, newer)
        page = await pull(here, first["next"])
        (item,) = page["items"]
        assert (item["kind"], item["id"]) == ("list_rows", "households")
        assert len(item["value"]["rows"]) == 2
        assert item["value"]["removed"] == ["h04000"]
        assert item["value"]["from"] == of_kind(first, "list")[0]["value"]["digest"]
        assert apply_rows(rows, item["value"]) == newer
        assert item["value"]["digest"] == digest_of(newer)
        assert (await pull(here, page["next"]))["items"] == []

    async def test_who_does_not_ask_for_rows_gets_whole_lists_P68(self, here: Collecting) -> None:
        await put(here, households(10))
        first = await pull(here)
        newer = households(11)
        await put(here, newer)
        page = await pull(here, first["next"], lists="whole")
        assert [(i["kind"], i["value"]["rows"]) for i in page["items"]] == [("list", newer)]

    async def test_of_a_version_that_is_not_kept_the_whole_comes_P68(
        self, here: Collecting
    ) -> None:
        await put(here, households(10))
        first = await pull(here)
        for size in range(11, 37):
            await put(here, households(size))
        page = await pull(here, first["next"])
        assert [i["kind"] for i in page["items"]] == ["list"]
        kept = await here.rows("SELECT count(*) AS n FROM reference_list_version")
        assert kept == [{"n": 24}]

    async def test_a_list_of_which_most_changed_comes_whole_P68(self, here: Collecting) -> None:
        await put(here, households(10))
        first = await pull(here)
        newer = [{**row, "size": 99} for row in households(10)]
        await put(here, newer)
        (item,) = (await pull(here, first["next"]))["items"]
        assert (item["kind"], item["value"]["rows"]) == ("list", newer)

    async def test_another_list_does_not_come_again_P60(self, here: Collecting) -> None:
        await put(here, households(10), "one")
        await put(here, households(10), "two")
        first = await pull(here, lists="whole")
        await put(here, households(12), "two")
        page = await pull(here, first["next"], lists="whole")
        assert [(i["kind"], i["id"]) for i in page["items"]] == [("list", "two")]


class TestCases:
    async def assign(self, here: Collecting, cases: list[str], device: str | None) -> None:
        async with here.database.write() as session:
            await session.exec(
                update(CaseRow)
                .where(CaseRow.case_id.in_(cases))  # type: ignore[attr-defined]
                .values(device_id=UUID(device) if device else None)
            )

    async def all_pages(self, here: Collecting, cursor: str | None) -> dict[str, Any]:
        page = await pull(here, cursor)
        items = page["items"]
        while page["more"]:
            page = await pull(here, page["next"])
            items += page["items"]
        return {"items": items, "next": page["next"]}

    async def test_three_cases_of_many_travel_as_three_P69(self, here: Collecting) -> None:
        many = 600
        await add_cases(here.database, many)
        await self.assign(here, [f"k-{n}" for n in range(many - 1)], DEVICE)
        first = await self.all_pages(here, None)
        known = {i["id"]: i["value"] for i in of_kind(first, "case")}
        assert set(of_kind(first, "settings")[0]["value"]["cases"]) == known.keys()
        assert len(known) == many

        await self.assign(here, ["k-3"], None)
        await self.assign(here, [f"k-{many - 1}"], DEVICE)
        visit = {"outcome": "3.18", "at": "2026-06-01T08:00:00Z"}
        done = await here.post(f"/v1/assessments/{HERE}/cases/k-5/visits", visit)
        assert done.status_code < 300, done.text
        page = await self.all_pages(here, first["next"])
        changed = {i["id"]: i for i in of_kind(page, "case")}
        assert changed.keys() == {"k-3", "k-5", f"k-{many - 1}"}
        assert changed["k-3"]["removed"], "what is no longer this tablet's is told as removed"
        (settings,) = of_kind(page, "settings")
        assert "cases" not in settings["value"], "five thousand names are no small thing"
        known.pop("k-3")
        known |= {i: c["value"] for i, c in changed.items() if not c["removed"]}
        assert settings["value"]["case_count"] == len(known)
        assert settings["value"]["case_digest"] == digest_of(
            [[id_, known[id_]] for id_ in sorted(known)]
        )

    async def test_whose_memory_was_lost_is_told_everything_P69(self, here: Collecting) -> None:
        first = await pull(here)
        async with here.database.write() as session:
            await (await session.connection()).exec_driver_sql("DELETE FROM device_told")
        assert (await pull(here, first["next"]))["items"] == [], "nothing changed"
        await self.assign(here, ["c-001"], None)
        async with here.database.write() as session:
            await (await session.connection()).exec_driver_sql("DELETE FROM device_told")
        page = await pull(here, first["next"])
        assert of_kind(page, "settings")[0]["value"]["cases"] == []
        assert of_kind(page, "instrument") == of_kind(first, "instrument")

    async def test_lost_answers_do_not_make_a_tablet_unknown_P69(self, here: Collecting) -> None:
        first = await pull(here)
        for turn in range(10):  # every answer but the first was lost
            await self.assign(here, ["c-001"], DEVICE if turn % 2 else None)
            await put(here, households(turn + 1))
            page = await pull(here, first["next"])
            assert of_kind(page, "instrument") == []
        kept = await here.rows("SELECT count(*) AS n FROM device_told")
        assert kept[0]["n"] <= 4
