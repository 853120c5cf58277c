"""The extract follows the feed: nothing twice, nothing lost, what is withdrawn leaves."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete
from usga_indicators.operations.compute_release import Order, compute_release
from usga_indicators.operations.follow_feed import FeedFollower
from usga_indicators.operations.keep_following import follow_every
from usga_indicators.operations.known_definitions import KnownDefinitions
from usga_indicators.operations.verifier import REMEMBER
from usga_indicators.storage.sealing import SealBroken
from usga_indicators.storage.tables.extract import ExtractRow
from usga_shared.auth.actors import Actor, ActorKind
from usga_shared.problems import Conflict, Unavailable
from usga_shared.wire.extract import ExtractPage, ExtractRequest

from tests.service.indicators.conftest import STATISTICIAN, Assessment, World, as_, running
from tests.support.indicators import ASSESSMENT, extract_items, outline

STAFF = Actor(ActorKind.PERSON, "p1")


@pytest.fixture
def chosen() -> frozenset[str]:
    return frozenset(["FLO-01", "PER-01", "VIC-09", "VIC-12", "VIO-01", "VIO-06"])


def generations(world: World) -> list[str]:
    home = world.data_dir / ASSESSMENT / "hvs"
    return sorted(folder.name for folder in home.iterdir())


def units_on_disk(world: World) -> set[str]:
    found: set[str] = set()
    for path in world.data_dir.rglob("*.parquet"):
        found |= set(pq.read_table(path)["#unit"].to_pylist())
    return found


class TestFollowing:
    async def test_asks_page_by_page_from_where_it_stopped(self, world: World) -> None:
        await world.release()
        assert [body["cursor"] for body in world.assessment.asked] == [None, "250", "500"]
        await world.release()
        assert [body["cursor"] for body in world.assessment.asked[3:]] == ["600"]

    async def test_looking_without_news_opens_nothing(self, world: World) -> None:
        await world.release()
        sealed = world.data_dir / ASSESSMENT / "hvs" / "000001" / "interviews.s3.parquet.sealed"
        sealed.write_bytes(b"cannot be opened")
        state = world.app.state
        await follow_every(state.follower, state.database, state.catalogue)
        assert generations(world) == ["000001"]

    async def test_without_news_nothing_changes(self, world: World) -> None:
        first = await world.release()
        before = generations(world)
        second = await world.release()
        assert generations(world) == before == ["000001"]
        assert second["snapshot_sha256"] == first["snapshot_sha256"]
        assert second["definitions_sha256"] == first["definitions_sha256"]

    async def test_the_same_item_again_is_no_second_interview(self, world: World) -> None:
        first = await world.release()
        world.assessment.push(world.assessment.feed[:100])
        second = await world.release()
        assert second["interviews"] == first["interviews"] == 600
        assert second["snapshot_sha256"] == first["snapshot_sha256"]

    async def test_a_new_revision_replaces_the_old_one(self, world: World) -> None:
        first = await world.release()
        item = world.assessment.feed[5]
        edited = item["answers"] | {"safe_night": "never", "inc": []}
        world.assessment.push([item | {"revision": "later", "answers": edited}])
        second = await world.release()
        assert second["interviews"] == 600
        assert second["snapshot_sha256"] != first["snapshot_sha256"]

    async def test_the_order_of_arrival_does_not_matter(self, world: World) -> None:
        first = await world.release()
        shuffled = list(world.assessment.feed)
        random.Random(3).shuffle(shuffled)
        world.assessment.feed = []
        async with world.app.state.database.write() as session:
            await session.exec(delete(ExtractRow))
        world.assessment.push(shuffled)
        second = await world.release()
        assert second["snapshot_sha256"] == first["snapshot_sha256"]

    async def test_other_variables_begin_the_feed_anew(self, world: World) -> None:
        await world.release()
        asked = len(world.assessment.asked)
        document = dict(outline())
        document["nodes"] = [n for n in document["nodes"] if n["name"] != "drug_sale"]
        world.assessment.documents = [document]
        release = await world.release()
        assert world.assessment.asked[asked]["cursor"] is None
        cells = await world.cells(release["id"], STATISTICIAN)
        assert "FLO-01" not in {c["indicator"] for c in cells}
        assert release["interviews"] == 600

    async def test_only_needed_variables_are_asked_for(self, world: World) -> None:
        await world.release()
        asked = world.assessment.asked[0]
        assert {"safe_night", "sex", "age", "priv_ok", "pv_rob_5y", "inc", "inc_n"} <= set(
            asked["variables"]
        )
        assert {"pv_phys_12m", "sh_3y"} <= set(asked["s3_variables"])
        assert not {"loc", "int_note", "enum_code"} & set(asked["variables"])
        assert not set(asked["variables"]) & set(asked["s3_variables"])

    async def test_partial_interviews_count_and_refusals_do_not(self, world: World) -> None:
        for item, code in zip(world.assessment.feed, ("1.2", "2.11", "2.11"), strict=False):
            item["disposition"] = code
        assert (await world.release())["interviews"] == 598


class TestConcurrency:
    async def test_two_at_once_follow_one_after_the_other(self, world: World) -> None:
        first, second = await asyncio.gather(world.release(), world.release())
        assert first["snapshot_sha256"] == second["snapshot_sha256"]
        assert generations(world) == ["000001"]
        assert len(world.assessment.asked) == 4  # the second found no news

    async def test_another_process_that_was_quicker_wins(self, world: World) -> None:
        await world.release()
        slow = FeedFollower(
            _Slow(world.app.state.assessment, before_last=world.release),
            world.app.state.database,
            world.app.state.files,
            world.app.state.clock,
            page=2000,
        )
        world.assessment.push(extract_items(5, seed=99))
        with pytest.raises(Conflict):
            await slow.follow(ASSESSMENT, world.app.state.catalogue)
        again = await world.release()
        assert again["interviews"] == 605
        assert generations(world) == ["000001", "000002"]

    async def test_what_a_crash_left_is_replaced(self, world: World) -> None:
        leftover = world.data_dir / ASSESSMENT / "hvs" / "000001"
        leftover.mkdir(parents=True)
        (leftover / "interviews.parquet").write_bytes(b"half")
        release = await world.release()
        assert release["interviews"] == 600
        assert not (leftover / "half").exists()

    async def test_a_draft_is_computed_anew_when_its_snapshot_moved_on_C02(
        self, world: World
    ) -> None:
        state = world.app.state
        overtaken = _Overtaken(world)
        made = await compute_release(
            Order(STAFF, ASSESSMENT, ""),
            contexts=state.assessment,
            follower=overtaken,  # type: ignore[arg-type]
            database=state.database,
            statistics=state.kept,
            known=KnownDefinitions(state.database, state.catalogue),
            clock=state.clock,
            code_version="1",
        )
        assert (overtaken.asked, made.interviews) == (2, 599)
        answer = await world.client.get(
            f"/v1/releases/{made.id}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["reproducible"]

    async def test_a_feed_that_others_follow_all_the_time_is_tried_again_later(
        self, world: World
    ) -> None:
        state = world.app.state
        with pytest.raises(Unavailable):
            await compute_release(
                Order(STAFF, ASSESSMENT, ""),
                contexts=state.assessment,
                follower=_Busy(),  # type: ignore[arg-type]
                database=state.database,
                statistics=state.kept,
                known=KnownDefinitions(state.database, state.catalogue),
                clock=state.clock,
                code_version="1",
            )

    async def test_one_broken_extract_does_not_keep_the_others_from_forgetting_C02(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        await world.release()
        async with world.app.state.database.write() as session:
            for code in ("KE-AAA-2026", "UZ-ZZZ-2026"):
                session.add(
                    ExtractRow(
                        assessment=code,
                        instrument="hvs",
                        cursor=None,
                        generation=1,
                        layout_sha256="",
                        units=0,
                        updated_at=world.app.state.clock.now(),
                    )
                )
        followed = _Failing("KE-AAA-2026")
        await follow_every(followed, world.app.state.database, ())  # type: ignore[arg-type]
        assert followed.seen == ["KE-AAA-2026", ASSESSMENT, "UZ-ZZZ-2026"]
        assert "feed_not_followed" in caplog.messages


class _Overtaken:
    """A follower behind whose back another process takes in a withdrawal, once."""

    def __init__(self, world: World) -> None:
        self.asked, self._world = 0, world

    async def follow(self, assessment: str, definitions: Any) -> Any:
        self.asked += 1
        follower = self._world.app.state.follower
        sources = await follower.follow(assessment, definitions)
        if self.asked == 1:
            self._world.assessment.withdraw(self._world.assessment.feed[0]["unit"])
            await follower.keep_up(assessment, definitions)
        return sources


class _Busy:
    async def follow(self, _assessment: str, _definitions: Any) -> Any:
        raise Conflict


class _Failing:
    def __init__(self, broken: str) -> None:
        self.broken, self.seen = broken, list[str]()

    async def keep_up(self, assessment: str, _definitions: Any) -> None:
        self.seen.append(assessment)
        if assessment == self.broken:
            raise SealBroken


class _Slow:
    """A feed during whose last page another process does the same work."""

    def __init__(self, feed: Any, before_last: Callable[[], Awaitable[Any]]) -> None:
        self._feed, self._before_last = feed, before_last

    async def instruments(self, assessment: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = await self._feed.instruments(assessment)
        return found

    async def extract(self, assessment: str, request: ExtractRequest) -> ExtractPage:
        page: ExtractPage = await self._feed.extract(assessment, request)
        await self._before_last()
        return page


class TestWithdrawal:
    async def test_a_withdrawn_interview_leaves_every_file_C02(self, world: World) -> None:
        published = await world.release(to="published")
        cells = await world.cells(published["id"])
        unit = world.assessment.feed[0]["unit"]
        assert unit in units_on_disk(world)
        world.assessment.withdraw(unit)
        later = await world.release()
        assert unit not in units_on_disk(world)
        assert generations(world) == ["000002"]
        assert later["interviews"] == 599
        assert later["snapshot_sha256"] != published["snapshot_sha256"]
        assert await world.cells(published["id"]) == cells  # published values stay

    async def test_the_older_release_recomputes_from_its_sums_alone(self, world: World) -> None:
        published = await world.release(to="published")
        world.assessment.withdraw(world.assessment.feed[0]["unit"])
        await world.release()
        path = f"/v1/releases/{published['id']}/verification"
        found = (await world.client.get(path, headers=as_(STATISTICIAN))).json()
        assert (found["basis"], found["reproducible"]) == ("statistics", True)
        assert set(found["not_recomputable"].values()) == {"withdrawal"}
        world.app.state.clock.advance(REMEMBER + timedelta(seconds=1))
        (kept,) = [
            file for file in world.data_dir.rglob("*.sealed") if file.stem == published["id"]
        ]
        kept.unlink()
        answer = await world.client.get(path, headers=as_(STATISTICIAN))
        assert answer.status_code == 409
        assert answer.json()["because"] == "withdrawal"

    async def test_it_leaves_without_anybody_ordering_a_release(
        self, indicators_db_url: str, tmp_path: Path
    ) -> None:
        assessment = Assessment(feed=extract_items(60))
        async with running(indicators_db_url, tmp_path, assessment, feed_seconds=0.05) as world:
            await world.release()
            unit = assessment.feed[0]["unit"]
            assessment.is_down = True  # what fails once is tried again
            await asyncio.sleep(0.1)
            assessment.is_down = False
            assessment.withdraw(unit)
            async with asyncio.timeout(20):
                while unit in units_on_disk(world):  # noqa: ASYNC110 - the disk has no event
                    await asyncio.sleep(0.05)

    async def test_an_old_withdrawal_seen_again_costs_no_snapshot(self, world: World) -> None:
        world.assessment.withdraw(world.assessment.feed[0]["unit"])
        published = await world.release(to="published")
        document = dict(outline())
        document["nodes"] = [n for n in document["nodes"] if n["name"] != "drug_sale"]
        world.assessment.documents = [document]  # the feed begins anew
        await world.release()
        answer = await world.client.get(
            f"/v1/releases/{published['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["same_snapshot"] is True

    async def test_what_only_left_the_estimates_keeps_older_snapshots(self, world: World) -> None:
        published = await world.release(to="published")
        unit = world.assessment.feed[0]["unit"]
        world.assessment.push(
            [{"unit": unit, "revision": "x", "status": "removed", "removed_because": "rejected"}]
        )
        assert (await world.release())["interviews"] == 599
        answer = await world.client.get(
            f"/v1/releases/{published['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.json()["reproducible"] is True
        assert generations(world) == ["000001", "000002"]


class TestSealing:
    async def test_violence_answers_rest_encrypted_with_a_key_elsewhere(
        self, world: World
    ) -> None:
        await world.release()
        folder = world.data_dir / ASSESSMENT / "hvs" / "000001"
        open_ = pq.read_table(folder / "interviews.parquet").column_names
        assert "safe_night" in open_
        assert not {"pv_phys_12m", "sh_3y", "sv_12m"} & set(open_)
        sealed = (folder / "interviews.s3.parquet.sealed").read_bytes()
        assert b"pv_phys_12m" not in sealed
        with pytest.raises(pa.ArrowInvalid):
            pq.read_table(pa.BufferReader(sealed))
        (key,) = (world.key_dir / "extract").iterdir()
        assert not key.is_relative_to(world.data_dir)
        assert key.stat().st_mode & 0o077 == 0

    async def test_a_changed_sealed_file_is_never_used(self, world: World) -> None:
        release = await world.release()
        path = world.data_dir / ASSESSMENT / "hvs" / "000001" / "interviews.s3.parquet.sealed"
        content = bytearray(path.read_bytes())
        content[200] ^= 1
        path.write_bytes(bytes(content))
        answer = await world.client.get(
            f"/v1/releases/{release['id']}/verification", headers=as_(STATISTICIAN)
        )
        assert answer.status_code == 500
        assert "s3" not in answer.text


class TestSkeleton:
    async def test_a_form_with_few_questions_gives_the_indicators_that_it_can(
        self, indicators_db_url: str, tmp_path: Path
    ) -> None:
        document = {
            **outline(),
            "name": "skeleton",
            "nodes": [n for n in outline()["nodes"] if n["name"] in {"safe_night", "sex"}],
        }
        feed = [item | {"instrument": "skeleton"} for item in extract_items(120)]
        assessment = Assessment(feed=feed, documents=[document])
        async with running(indicators_db_url, tmp_path, assessment, chosen=None) as world:
            release = await world.release()
            cells = await world.cells(release["id"], STATISTICIAN)
        assert {c["indicator"] for c in cells} == {"PER-01", "PER-01a"}
        assert {c["sex"] for c in cells} == {"_T", "F", "M"}
