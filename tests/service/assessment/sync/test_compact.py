"""Answers by position, and published dictionaries (docs/protocol/sync.md 2)."""

import base64
import hashlib
from typing import Any
from uuid import UUID

import orjson
import zstandard
from usga_assessment.domain.sync.dictionary import MOST_BYTES, train
from usga_assessment.domain.xlsform.compiler import compile_form
from usga_assessment.storage.dictionaries import Dictionaries

from tests.support.collecting import (
    CODED,
    DEVICE,
    HERE,
    Collecting,
    Interview,
    add_form,
    interview,
)


def positions(seq: int, row: list[Any], **changes: Any) -> Interview:
    """An interview of the form CODED: code, remark, age, open text, visits."""
    return interview(seq, instrument="coded", version="1", **changes).replaced(answers=row)


ROW = ["7KQ4-9XPM", None, 44, "near", [[5, "a"], [7]]]


class TestCompact:
    async def test_positions_are_kept_as_names_P8(self, coded: Collecting) -> None:
        made = positions(1, ROW)
        answer = await coded.push(made)
        assert answer.state(made) == "stored"
        shown = (await coded.get(f"/v1/submissions/{made.id}")).json()
        assert shown["answers"]["age"] == 44
        assert shown["answers"]["visit"][1]["minutes"] == 7

    async def test_the_digest_is_of_the_compact_line_P8(self, coded: Collecting) -> None:
        made = positions(1, ROW)
        await coded.push(made)
        asked = {"items": [{"id": str(made.id), "digest": made.digest}]}
        checked = await coded.post("/v1/sync/check", asked, by="device")
        assert checked.json()["items"][0]["state"] == "stored"
        assert (await coded.push(made)).state(made) == "duplicate"
        named = {"withdraw_code": "7KQ4-9XPM", "age": 44}
        full = interview(1, id=str(made.id), instrument="coded", version="1")
        assert (await coded.push(full.replaced(answers=named))).state(full) == "conflict"

    async def test_positions_that_the_form_lacks_are_quarantined_P8(
        self, coded: Collecting
    ) -> None:
        made, fine = positions(1, ["a", "b", 3, "c", [], "too many"]), positions(2, ROW)
        answer = await coded.push(made, fine)
        assert (answer.state(made), answer.state(fine)) == ("quarantined", "stored")
        assert answer.code(made) == "invalid-answers"
        assert answer.response.json()["items"][0]["problems"][0]["code"] == "compact-answers"

    async def test_rules_hold_for_positions_too_P8(self, coded: Collecting) -> None:
        made = positions(1, ["7KQ4-9XPM", None, "many"])
        answer = await coded.push(made)
        assert answer.state(made) == "quarantined"
        assert answer.response.json()["items"][0]["problems"][0]["pointer"] == "/answers/age"

    async def test_positions_wait_for_their_form_P8(self, here: Collecting) -> None:
        made = positions(1, ROW)
        assert (await here.push(made)).code(made) == "unknown-instrument"
        async with here.database.write() as session:
            await add_form(session, CODED.encode())
        again = await here.post(f"/v1/submissions/{made.id}/revalidation", {})
        assert (again.status_code, again.json()["state"]) == (200, "stored")
        shown = (await here.get(f"/v1/submissions/{made.id}")).json()
        assert shown["answers"]["age"] == 44

    async def test_another_version_judges_what_the_positions_meant_P8(
        self, coded: Collecting
    ) -> None:
        made = positions(1, [None, None, "many", "near"])
        assert (await coded.push(made)).state(made) == "quarantined"
        swapped = CODED.replace("| coded | 1 |", "| coded | 2 |").replace(
            "| integer | age |", "| text | first | First | | 1 | text |\n| | text | age |"
        )
        async with coded.database.write() as session:
            await add_form(session, swapped.encode())
        path = f"/v1/submissions/{made.id}/revalidation"
        again = await coded.post(path, {"against": "2"})
        assert (again.status_code, again.json()["state"]) == (200, "stored")
        shown = (await coded.get(f"/v1/submissions/{made.id}")).json()
        assert shown["answers"]["age"] == "many"
        assert shown["answers"]["open_text"] == "near"


async def with_dictionary(here: Collecting) -> zstandard.ZstdCompressionDict:
    """The form CODED with its dictionary, as publishing it leaves them."""
    (row,) = await here.rows("SELECT id, digest, document FROM instrument_version WHERE name = "
                             "'coded'")  # fmt: skip
    made = train(orjson.loads(bytes(row["document"])), HERE, row["digest"])
    assert made is not None
    id_ = row["id"] if isinstance(row["id"], UUID) else UUID(row["id"])
    async with here.database.write() as session:
        await Dictionaries(session).add(id_, HERE, made)
        await Dictionaries(session).add(id_, HERE, made)
    return zstandard.ZstdCompressionDict(made.content)


def pressed(trained: zstandard.ZstdCompressionDict, *batch: Interview) -> bytes:
    body = b"".join(each.line + b"\n" for each in batch)
    return zstandard.ZstdCompressor(dict_data=trained).compress(body)


ZSTD = {"Content-Encoding": "zstd"}


class TestDictionaries:
    async def test_a_body_may_need_a_published_dictionary_P9(self, coded: Collecting) -> None:
        trained = await with_dictionary(coded)
        made = positions(1, ROW)
        sent = pressed(trained, made)
        assert len(sent) < 0.7 * len(zstandard.compress(made.line + b"\n"))
        response = await coded.push_bytes(sent, **ZSTD)
        assert response.status_code == 200, response.text
        assert coded.read(response, [made]).state(made) == "stored"

    async def test_a_dictionary_that_is_not_known_here_is_415_P9(self, coded: Collecting) -> None:
        samples = [positions(n, ROW).line for n in range(1, 80)]
        foreign = zstandard.train_dictionary(
            2048, list[bytes | bytearray | memoryview](samples), dict_id=99_999
        )
        response = await coded.push_bytes(pressed(foreign, positions(1, ROW)), **ZSTD)
        assert response.status_code == 415
        assert response.json()["type"].endswith("/unknown-dictionary")
        assert response.json()["dictionary"] == 99_999
        assert "gzip" in response.headers["accept-encoding"]
        assert await coded.rows("SELECT 1 FROM submission_revision") == []

    async def test_another_assessment_does_not_lend_its_dictionary_P9(
        self, coded: Collecting
    ) -> None:
        trained = await with_dictionary(coded)
        body = pressed(trained, positions(1, ROW))
        assert (await coded.push_bytes(body, by="device-elsewhere", **ZSTD)).status_code == 415
        assert (await coded.push_bytes(body, **ZSTD)).status_code == 200

    async def test_bombs_with_a_dictionary_are_stopped_P9_I14(self, coded: Collecting) -> None:
        trained = await with_dictionary(coded)
        bomb = zstandard.ZstdCompressor(dict_data=trained).compress(bytes(64 * 2**20))
        assert len(bomb) < 2**20
        assert (await coded.push_bytes(bomb, **ZSTD)).status_code == 413
        tail = zstandard.ZstdCompressor(dict_data=trained, write_content_size=False)
        assert (
            await coded.push_bytes(tail.compress(bytes(64 * 2**20)), **ZSTD)
        ).status_code == 413

    async def test_dictionaries_are_pulled_with_their_forms_P9_P60(
        self, coded: Collecting
    ) -> None:
        old = (await coded.get("/v1/sync/changes", by="device")).json()["next"]
        trained = await with_dictionary(coded)
        page = (await coded.get("/v1/sync/changes", by="device", cursor=old)).json()
        (found,) = [item for item in page["items"] if item["kind"] == "dictionary"]
        assert [item["kind"] for item in page["items"]] == ["dictionary"], "nothing else is told"
        value = found["value"]
        assert (value["instrument"], value["version"]) == ("coded", "1")
        assert value["number"] == trained.dict_id()
        content = base64.b64decode(value["content"])
        assert content == trained.as_bytes()
        assert len(content) <= MOST_BYTES
        assert hashlib.sha256(content).hexdigest() == value["sha256"]

    async def test_cursors_from_before_are_still_understood_P60(self, coded: Collecting) -> None:
        page = (await coded.get("/v1/sync/changes", by="device")).json()
        codec, scope = coded.app.state.cursors, f"changes {DEVICE}"
        before = codec.encode(scope, [0, "ab", "cd", "ef", "", "gh", "", 0])
        again = (await coded.get("/v1/sync/changes", by="device", cursor=before)).json()
        assert again["items"] == page["items"], "what it was told is not known any more"
        assert again["next"] == page["next"]


def test_a_dictionary_is_the_same_whenever_it_is_trained() -> None:
    document = compile_form(CODED.encode()).document
    assert document is not None
    one, two = (train(document, HERE, "d" * 64) for _ in range(2))
    assert one is not None
    assert one == two
    assert zstandard.ZstdCompressionDict(one.content).dict_id() == one.id >= 2**15
    other = train(document, HERE, "e" * 64)
    assert other is not None
    assert other.id != one.id


def test_the_line_is_smaller() -> None:
    row = positions(1, ROW)
    named = {"withdraw_code": "7KQ4-9XPM", "age": 44, "open_text": "near",
             "visit": [{"minutes": 5, "who": "a"}, {"minutes": 7}]}  # fmt: skip
    assert len(row.line) < len(orjson.dumps({**row.document, "answers": named}))
