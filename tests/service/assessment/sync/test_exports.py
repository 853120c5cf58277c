"""Exports of interviews: tables of those that stand, by the classes of who asks."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from tests.support.collecting import (
    CODED,
    HERE,
    NOW,
    Collecting,
    add_form,
    coded_interview,
    interview,
)


class TestExport:
    async def rows_of(
        self, here: Collecting, path: str, by: str = "supervisor", **params: Any
    ) -> list[dict[str, str]]:
        response = await here.get(f"/v1/assessments/{HERE}/{path}", by=by, **params)
        assert response.status_code == 200, response.text
        return list(csv.DictReader(io.StringIO(response.text)))

    async def test_one_row_for_each_standing_interview(self, here: Collecting) -> None:
        first = interview(1)
        edit = first.edited(answers={"safe_night": "safe"})
        await here.push(first, edit, interview(3), interview(4, answers={"sex": "x"}))
        rows = await self.rows_of(here, "export.csv", instrument="skeleton")
        assert sorted(row["safe_night"] for row in rows) == ["safe", "unsafe"]
        assert "pv_phys_5y" not in rows[0]

    async def test_without_a_name_the_form_with_most_interviews_is_exported(
        self, coded: Collecting
    ) -> None:
        await coded.push(interview(1), interview(2), coded_interview(3))
        rows = await self.rows_of(coded, "export.csv")
        assert [row["instrument"] for row in rows] == ["skeleton"] * 2

    async def test_repeats_have_a_table_of_their_own(self, coded: Collecting) -> None:
        await coded.push(
            coded_interview(1, visit=[{"minutes": 5}, {"minutes": 7}]), coded_interview(2)
        )
        rows = await self.rows_of(coded, "exports/visit.csv", instrument="coded")
        assert [(row["row"], row["minutes"]) for row in rows] == [("1", "5"), ("2", "7")]

    async def test_with_codes_every_missing_value_says_why(self, here: Collecting) -> None:
        closed = interview(1, answers={"priv_ok": "no"})
        del closed.document["answers"]["pv_phys_5y"]
        closed.__post_init__()
        said = interview(2, answers={"safe_night": "dk"})
        await here.push(closed, said)
        given = {"instrument": "skeleton", "missing": "codes", "class": ["open", "s3"]}
        rows = await self.rows_of(here, "export.csv", by="statistician", **given)
        assert [row["safe_night"] for row in rows] == ["unsafe", ".dk"]
        assert [row["pv_phys_5y"] for row in rows] == [".gate_failed", "no"]
        blank = await self.rows_of(here, "export.csv", instrument="skeleton")
        assert [row["safe_night"] for row in blank] == ["unsafe", "dk"]

    async def test_a_question_of_a_later_version_is_not_in_an_earlier_one(
        self, coded: Collecting
    ) -> None:
        later = CODED.replace("| Coded | coded | 1 |", "| Coded | coded | 2 |").replace(
            "| | begin_repeat", "| | integer | shoes | Shoes | ${age} > 50 | 0 | open |\n"
            "| | begin_repeat",
        )  # fmt: skip
        async with coded.database.write() as session:
            await add_form(session, later.encode(), at=NOW + timedelta(days=1))
        old, new = coded_interview(1), coded_interview(2)
        new.document["version"] = "2"
        new.__post_init__()
        await coded.push(old, new)
        given = {"instrument": "coded", "missing": "codes"}
        rows = await self.rows_of(coded, "export.csv", **given)
        assert [row["shoes"] for row in rows] == [".not_in_version", ".not_asked"]
        visits = await self.rows_of(coded, "exports/visit.csv", **given)
        assert visits == []

    async def test_unknown_ways_to_write_them_are_refused(self, coded: Collecting) -> None:
        answer = await coded.get(f"/v1/assessments/{HERE}/export.csv", missing="stata")
        assert answer.status_code == 422

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", '"=1', "\uff1d1"])
    async def test_no_cell_is_a_formula_T14(self, coded: Collecting, text: str) -> None:
        await coded.push(coded_interview(open_text=text))
        (row,) = await self.rows_of(coded, "export.csv", instrument="coded")
        assert row["open_text"].startswith("'")

    async def test_classes_follow_the_role(self, coded: Collecting) -> None:
        await coded.push(coded_interview(remark="quiet"))
        params: dict[str, Any] = {"class": ["open", "text"], "instrument": "coded"}
        (row,) = await self.rows_of(coded, "export.csv", **params)
        assert row["remark"] == "quiet"
        response = await coded.get(f"/v1/assessments/{HERE}/export.csv", by="analyst", **params)
        assert response.status_code == 403
        assert response.json()["roles"] == ["coordinator", "supervisor"]

    @pytest.mark.parametrize("path", ["export.csv", "exports/visit.csv"])
    @pytest.mark.parametrize("kinds", [["open"], ["s3"], ["open", "s3"]])
    async def test_who_may_read_s3_answers_gets_no_case(
        self, coded: Collecting, path: str, kinds: list[str]
    ) -> None:
        await coded.push(coded_interview(1, visit=[{"minutes": 5}]).replaced(case="s01-p01-07"))
        given: dict[str, Any] = {"instrument": "coded", "class": kinds}
        for missing in ("blank", "codes"):
            url = f"/v1/assessments/{HERE}/{path}"
            text = (await coded.get(url, by="statistician", missing=missing, **given)).text
            assert text.startswith("unit,state,instrument,version,day,")
            assert "s01-p01-07" not in text
        if kinds == ["open"]:
            rows = [
                await self.rows_of(coded, path, by=by, **given)
                for by in ("analyst", "statistician")
            ]
            assert [row["case"] for row in rows[0]] == ["s01-p01-07"]
            assert [r["unit"] for r in rows[0]] == [r["unit"] for r in rows[1]]

    async def test_an_export_is_audited(self, here: Collecting) -> None:
        await self.rows_of(here, "export.csv")
        entries = await here.rows("SELECT action FROM audit_entry")
        assert [e["action"] for e in entries] == ["submissions.exported"]
