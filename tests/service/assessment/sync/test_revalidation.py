"""Checking quarantined interviews again: verdicts kept, by other versions, one or many."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.collecting import (
    CODED,
    HERE,
    Collecting,
    add_form,
    coded_interview,
    interview,
    review,
    withdraw,
)

RULED = """
| settings |
| | form_title | form_id | version | namespaces |
| | Ruled | ruled | {version} | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | constraint | calculation | bind::usga:sensitivity | bind::usga:field_class |
| | integer | age | Age | . < {most} | | 0 | open |
| | text | nick | Nickname | | | 1 | text |
| | calculate | double | | | ${{age}} * 2 | 0 | open |
| | calculate | hello | | | concat('hi ', ${{nick}}) | 1 | text |
| | geotrace | walk | Walk | | | 1 | location |
| | geoshape | yard | Yard | | | 1 | location |
| | image | door | Door | | | 1 | identifier |
"""


async def publish(here: Collecting, version: str, *, most: int, state: str = "published") -> None:
    source = RULED.format(version=version, most=most)
    async with here.database.write() as session:
        await add_form(session, source.encode(), state=state)


def ruled(seq: int = 1, *, version: str = "1", **more: Any) -> Any:
    answers = {"age": 70, **more.pop("answers", {})}
    made = interview(seq, instrument="ruled", version=version, **more)
    made.document["answers"] = answers
    made.__post_init__()
    return made


async def check_again(here: Collecting, id_: object, body: Mapping[str, Any] | None = None) -> Any:
    return await here.post(f"/v1/submissions/{id_}/revalidation", dict(body or {}))


async def detail(here: Collecting, id_: object, by: str = "supervisor") -> dict[str, Any]:
    answer = await here.get(f"/v1/submissions/{id_}", by=by)
    found: dict[str, Any] = answer.json()
    return found


class TestOne:
    async def test_every_verdict_stays_with_its_version_time_and_author(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80)
        old = ruled()
        assert (await here.push(old)).code(old) == "invalid-answers"
        assert (await check_again(here, old.id)).json()["state"] == "quarantined"
        answer = await check_again(here, old.id, {"against": "2"})
        assert (answer.json()["state"], answer.json()["judged_by"]) == ("stored", "2")
        found = await detail(here, old.id)
        assert found["version"] == "1"
        verdicts = found["verdicts"]
        assert [(v["version"], v["verdict"]) for v in verdicts] == [
            ("1", "quarantined"), ("1", "quarantined"), ("2", "accepted"),
        ]  # fmt: skip
        assert [v["by"].partition(":")[0] for v in verdicts] == ["device", "person", "person"]
        assert [p["pointer"] for p in verdicts[0]["problems"]] == ["/answers/age"]
        assert [v["at"] for v in verdicts] == sorted({v["at"] for v in verdicts})

    async def test_an_interview_that_was_accepted_at_once_has_one_verdict(
        self, here: Collecting
    ) -> None:
        one = interview()
        await here.push(one)
        (verdict,) = (await detail(here, one.id))["verdicts"]
        assert (verdict["verdict"], verdict["code"]) == ("accepted", None)

    async def test_messages_are_in_the_language_of_each_reader(self, here: Collecting) -> None:
        await publish(here, "1", most=60)
        old = ruled()
        await here.push(old)
        await check_again(here, old.id)
        said = set()
        for language in ("en", "es", "ru", "sw"):
            answer = await here.client.get(
                f"/v1/submissions/{old.id}",
                headers={"Authorization": "Bearer supervisor", "Accept-Language": language},
            )
            said.add(answer.json()["verdicts"][0]["problems"][0]["message"])
        assert len(said) == 4

    async def test_a_version_that_is_not_there_changes_nothing(self, here: Collecting) -> None:
        await publish(here, "1", most=60)
        old = ruled()
        await here.push(old)
        answer = await check_again(here, old.id, {"against": "7"})
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/unknown-form-version")
        assert len((await detail(here, old.id))["verdicts"]) == 1

    async def test_what_was_returned_from_quarantine_is_checked_again_P15(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80)
        old = ruled()
        await here.push(old)
        returned = await review(here, old.id, "return")
        assert (returned.json()["state"], returned.json()["code"]) == (
            "returned", "invalid-answers",
        )  # fmt: skip
        again = (await check_again(here, old.id)).json()
        assert (again["state"], again["code"]) == ("returned", "invalid-answers")
        right = (await check_again(here, old.id, {"against": "2"})).json()
        assert (right["state"], right["code"]) == ("stored", None)
        assert (await review(here, old.id, "approve")).json()["state"] == "approved"
        assert len((await detail(here, old.id))["verdicts"]) == 3

    async def test_an_edit_of_what_was_let_out_meanwhile_is_stored_P14(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80)
        old = ruled()
        await here.push(old)
        await review(here, old.id, "return")
        await check_again(here, old.id, {"against": "2"})
        edit = old.edited(answers={"age": 50})
        assert (await here.push(edit)).state(edit) == "stored"
        assert (await detail(here, edit.id))["is_head"]

    async def test_what_was_returned_though_right_is_not_checked_again(
        self, here: Collecting
    ) -> None:
        one = interview()
        await here.push(one)
        await review(here, one.id, "return")
        answer = await check_again(here, one.id)
        assert answer.json()["type"].endswith("/not-quarantined")

    async def test_a_draft_lets_nothing_out(self, here: Collecting) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80, state="draft")
        old = ruled()
        await here.push(old)
        answer = (await check_again(here, old.id, {"against": "2"})).json()
        assert (answer["state"], answer["code"]) == ("quarantined", "instrument-not-published")

    async def test_what_another_version_forbids_is_dropped_and_told_P18(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=60)
        stricter = RULED.format(version="2", most=80).replace(
            "| | geotrace", "| | text | consent_geo | Geo? | | | 0 | open |\n| | geotrace"
        )
        async with here.database.write() as session:
            await add_form(session, stricter.encode())
        old = ruled(answers={"walk": "1 2;1 3"})
        await here.push(old)
        answer = (await check_again(here, old.id, {"against": "2"})).json()
        assert (answer["state"], answer["code"]) == ("quarantined", "C-04")
        assert answer["redacted"] == ["/answers/walk"]
        assert "walk" not in (await detail(here, old.id))["answers"]

    @pytest.mark.parametrize("against", ["", "a b", "x" * 65, 7, {"a": 1}])
    async def test_what_names_no_version_is_422(self, here: Collecting, against: object) -> None:
        await publish(here, "1", most=60)
        old = ruled()
        await here.push(old)
        assert (await check_again(here, old.id, {"against": against})).status_code == 422

    async def test_a_withdrawal_takes_the_verdicts_and_files_along_P17(
        self, here: Collecting
    ) -> None:
        early = coded_interview()
        await here.push(early)
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        await check_again(here, early.id)
        assert len(await here.rows("SELECT 1 FROM submission_verdict")) == 2
        await withdraw(here)
        assert not await here.rows("SELECT 1 FROM submission_verdict")
        assert (await detail(here, early.id))["verdicts"] == []


class TestVersions:
    async def test_each_interview_is_checked_against_its_own_version(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80)
        old, new = ruled(1), ruled(2, version="2")
        answer = await here.push(old, new)
        assert (answer.state(old), answer.state(new)) == ("quarantined", "stored")
        pulled = (await here.get("/v1/sync/changes", by="device")).json()["items"]
        live = [i["value"] for i in pulled if i["kind"] == "instrument" and not i["removed"]]
        assert {v["version"] for v in live if v["name"] == "ruled"} == {"1", "2"}

    async def test_a_retired_version_goes_to_no_tablet_and_its_interviews_are_accepted(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=80)
        versions = (await here.get("/v1/instruments", assessment=HERE)).json()["items"]
        (kept,) = [v["id"] for v in versions if v["name"] == "ruled"]
        retired = await here.post(f"/v1/instruments/{kept}/retirement", {}, by="coordinator")
        assert retired.json()["state"] == "retired", retired.text
        late = ruled()
        assert (await here.push(late)).state(late) == "stored"
        pulled = (await here.get("/v1/sync/changes", by="device")).json()["items"]
        live = [i["id"] for i in pulled if i["kind"] == "instrument" and not i["removed"]]
        assert kept not in live


class TestMany:
    async def bulk(self, here: Collecting, by: str = "supervisor", **body: Any) -> Any:
        return await here.post(
            "/v1/submissions/revalidations", {"assessment": HERE, **body}, by=by
        )

    async def test_all_that_a_version_holds_page_by_page(self, here: Collecting) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80)
        old = [ruled(n) for n in range(1, 6)]
        hopeless = ruled(6, answers={"age": 99})
        other = interview(7, answers={"sex": "x"})
        await here.push(*old, hopeless, other)
        counts, cursor = [], None
        while True:
            given: dict[str, Any] = {"cursor": cursor} if cursor else {}
            answer = await self.bulk(here, instrument="ruled", against="2", limit=4, **given)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            counts.append((page["checked"], page["accepted"], page["quarantined"]))
            cursor = page["next"]
            if cursor is None:
                break
        assert counts == [(4, 4, 0), (2, 1, 1)]
        rows = await here.rows("SELECT state, judged_by FROM submission_revision ORDER BY seq")
        states = [(row["state"], row["judged_by"]) for row in rows]
        assert states == [*[("stored", "2")] * 5, ("quarantined", "2"), ("quarantined", None)]
        entries = await here.rows("SELECT action FROM audit_entry ORDER BY seq")
        assert [e["action"] for e in entries].count("submissions.revalidated") == 2

    async def test_those_returned_from_quarantine_are_among_them(self, here: Collecting) -> None:
        await publish(here, "1", most=60)
        await publish(here, "2", most=80)
        old, right = ruled(1), ruled(2, answers={"age": 30})
        await here.push(old, right)
        for each in (old, right):
            await review(here, each.id, "return")
        counted = (await self.bulk(here, instrument="ruled", against="2")).json()
        assert (counted["checked"], counted["accepted"]) == (1, 1)
        assert (await detail(here, old.id))["state"] == "stored"
        assert (await detail(here, right.id))["state"] == "returned"

    async def test_the_rule_that_holds_them_narrows(self, here: Collecting) -> None:
        unknown = coded_interview(1)
        await here.push(unknown, interview(2, answers={"sex": "x"}))
        answer = (await self.bulk(here, code="unknown-instrument")).json()
        assert (answer["checked"], answer["quarantined"]) == (1, 1)

    async def test_nothing_in_quarantine_is_no_error(self, here: Collecting) -> None:
        answer = (await self.bulk(here)).json()
        assert (answer["checked"], answer["next"]) == (0, None)

    @pytest.mark.parametrize(
        ("by", "status"), [("analyst", 404), ("supervisor-elsewhere", 404), ("device", 404)]
    )
    async def test_only_supervisors_of_it(self, here: Collecting, by: str, status: int) -> None:
        assert (await self.bulk(here, by=by)).status_code in {status, 403}

    async def test_hostile_bodies_are_refused(self, here: Collecting) -> None:
        for body in ({"limit": 0}, {"limit": 501}, {"cursor": "x"}, {"against": "\u0000"}):
            answer = await self.bulk(here, **body)
            assert answer.status_code in {400, 422}, (body, answer.text)


class TestWarnings:
    async def test_a_differing_calculation_shows_both_values_and_quarantines_nothing(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=80)
        one = ruled(answers={"nick": "Ju", "double": "141", "hello": "hi Jo"})
        answer = await here.push(one)
        assert answer.state(one) == "stored"
        found = await detail(here, one.id)
        assert [(w["pointer"], w["code"]) for w in found["warnings"]] == [
            ("/answers/double", "calculate-differs"), ("/answers/hello", "calculate-differs"),
        ]  # fmt: skip
        assert found["differences"] == [
            {"pointer": "/answers/double", "sent": "141", "computed": "140"},
            {"pointer": "/answers/hello", "sent": "hi Jo", "computed": "hi Ju"},
        ]
        analyst = await detail(here, one.id, by="analyst")
        assert analyst["differences"][1] == {
            "pointer": "/answers/hello", "sent": None, "computed": None,
        }  # fmt: skip
        rows = await here.rows("SELECT warnings FROM submission_revision")
        assert "14" not in str(rows)

    @pytest.mark.parametrize(
        ("answers", "codes"),
        [
            ({"walk": "1 2;1 3"}, []),
            ({"walk": "1 2"}, ["too-few-points"]),
            ({"walk": "91 2;1 3"}, ["wrong-type"]),
            ({"yard": "0 0;0 1;1 1;0 0 0 0"}, []),
            ({"yard": "0 0;0 1;1 1"}, ["shape-not-closed"]),
            ({"yard": "0 0;0 1;0 0"}, ["too-few-points"]),
            ({"yard": "0 0;0 181;1 1;0 0"}, ["wrong-type"]),
        ],
    )
    async def test_lines_and_areas_are_some(
        self, here: Collecting, answers: dict[str, str], codes: list[str]
    ) -> None:
        await publish(here, "1", most=80)
        one = ruled(answers=answers)
        answer = await here.push(one)
        assert answer.state(one) == ("quarantined" if codes else "stored")
        found = await detail(here, one.id)
        assert [p["code"] for p in found["problems"]] == codes


class TestFiles:
    async def test_files_that_answers_name_are_awaited_without_their_names(
        self, here: Collecting
    ) -> None:
        await publish(here, "1", most=80)
        listed = {"name": "Juma.jpg", "sha256": "ab" * 32, "size": 7, "type": "image/jpeg"}
        stray = {**listed, "name": "other.jpg"}
        one = ruled(answers={"door": "Juma.jpg"}, attachments=[listed, stray])
        two = ruled(2, answers={"door": "late.jpg"})
        answer = await here.push(one, two)
        assert (answer.state(one), answer.state(two)) == ("stored", "stored")
        found = await detail(here, one.id)
        assert found["files"] == [
            {
                "pointer": "/answers/door", "field_class": "identifier", "sha256": "ab" * 32,
                "size": 7, "type": "image/jpeg",
            }
        ]  # fmt: skip
        assert [(w["pointer"], w["code"]) for w in found["warnings"]] == [
            ("/attachments/1", "file-not-named")
        ]
        late = await detail(here, two.id)
        assert [w["code"] for w in late["warnings"]] == ["file-not-listed"]
        assert late["files"][0]["sha256"] is None
        kept = await here.rows("SELECT * FROM expected_file")
        assert len(kept) == 2
        assert b"Juma" not in repr(kept).encode()
