"""Malformed pushes: 4xx problem documents, nothing stored, no trace in answers or logs."""

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import zstandard
from usga_shared.problems import MEDIA_TYPE

from tests.support.collecting import Collecting, Interview, bearer, interview

SECRET = "secret-answer-4711"
JSON = {"Content-Type": "application/json"}

BROKEN: list[bytes] = [
    b"", b"\n", b"\n\n\n", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe{}", b"{}{}", b"{'a':1}",
    b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e999}', b'{"a":-Infinity}', b"[" * 100_000,
    b'{"a":' * 5000, b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b'{"a":12345678901234567890}',
    b"\0" * 64, b"\xef\xbb\xbf{}", b'{"a":"' + SECRET.encode(), b"--" + SECRET.encode(),
    b'{"a": 01}', b'{"a": .5}', b'{"a": +1}', b'{"a": 0x1}', b'{"a":1,}', b'{"a" 1}', b"{a:1}",
    b'{"\\u0000":1}', b'{"a":tru}', b"<xml/>", b"a=b&c=d", b"PK\x03\x04", b"%PDF-1.7",
]  # fmt: skip


async def nothing_is_kept(here: Collecting) -> bool:
    tables = ("submission_revision", "submission_content", "install_sequence", "audit_entry")
    return not any([await here.rows(f"SELECT 1 FROM {table}") for table in tables])


def is_problem(response: Any) -> bool:
    return bool(
        400 <= response.status_code < 500
        and response.headers["content-type"].startswith(MEDIA_TYPE)
        and response.json()["type"]
    )


class TestBodies:
    @pytest.mark.parametrize("path", ["/v1/sync/submissions", "/v1/submissions"])
    async def test_what_is_no_json_is_refused_P5_P7(
        self, here: Collecting, capsys: pytest.CaptureFixture[str], path: str
    ) -> None:
        kind = "application/x-ndjson" if "sync" in path else "application/json"
        for body in BROKEN:
            response = await here.client.post(
                path, content=body, headers={"Content-Type": kind, **bearer("device")}
            )
            if path == "/v1/sync/submissions" and response.status_code == 200:
                # JSON, but no envelope: listed, not kept.
                assert {i["state"] for i in response.json()["items"]} == {"rejected"}, body
                continue
            assert is_problem(response), (body[:40], response.status_code, response.text)
            assert SECRET not in response.text
        printed = capsys.readouterr()
        assert SECRET not in printed.out + printed.err
        assert await nothing_is_kept(here)

    async def test_bombs_are_stopped_before_they_open_P2_I14(self, here: Collecting) -> None:
        zeros = b"0" * (64 * 2**20)
        bombs = [
            ("gzip", gzip.compress(zeros)),
            ("deflate", zlib.compress(zeros)),
            ("zstd", zstandard.ZstdCompressor().compress(zeros)),
            ("gzip", gzip.compress(b"{}\n") * 40),
        ]
        for coding, body in bombs:
            response = await here.push_bytes(body, **{"Content-Encoding": coding})
            assert response.status_code in {400, 413}, (coding, response.status_code)
            assert is_problem(response)
        assert await nothing_is_kept(here)

    async def test_frames_of_zstd_follow_one_another_P2(self, here: Collecting) -> None:
        one, two = interview(1), interview(2)
        skipped = bytes.fromhex("502a4d1803000000") + b"---"
        body = skipped + b"".join(zstandard.compress(each.line + b"\n") for each in (one, two))
        response = await here.push_bytes(body, **{"Content-Encoding": "zstd"})
        answer = here.read(response, [one, two])
        assert answer.state(one) == answer.state(two) == "stored"

    async def test_a_large_window_is_415_and_said_P2(self, here: Collecting) -> None:
        wide = zstandard.ZstdCompressionParameters(window_log=24)
        press = zstandard.ZstdCompressor(compression_params=wide).compressobj()
        body = press.compress(interview().line) + press.flush()
        response = await here.push_bytes(body, **{"Content-Encoding": "zstd"})
        assert (response.status_code, response.json()["window"]) == (415, 8 * 2**20)
        assert "8388608" in response.json()["detail"]
        assert await nothing_is_kept(here)

    async def test_too_much_as_sent_is_413_P2_I14(self, here: Collecting) -> None:
        response = await here.push_bytes(b"x" * (2 * 2**20 + 1))
        assert response.status_code == 413
        assert response.json()["limit"] == 2 * 2**20
        assert response.json()["size"] == 2 * 2**20 + 1

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
    async def test_what_is_too_large_decoded_says_how_many_fit_P2(
        self, here: Collecting, coding: str
    ) -> None:
        line = b'{"a":"' + b"x" * 4989 + b'"}\n'
        press: dict[str, Callable[[bytes], bytes]] = {
            "gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstandard.compress,
        }  # fmt: skip
        headers = {"Content-Encoding": coding}
        response = await here.push_bytes(press[coding](line * 3000), **headers)
        assert response.status_code == 413
        fits = response.json()["fits"]
        assert fits == 8 * 2**20 // len(line)
        assert (await here.push_bytes(press[coding](line * fits), **headers)).status_code != 413

    async def test_too_many_lines_are_413_with_the_limit_P3(self, here: Collecting) -> None:
        response = await here.push_bytes(b"{}\n" * 2001)
        assert response.status_code == 413
        assert (response.json()["limit"], response.json()["fits"]) == (2000, 2000)

    async def test_empty_lines_are_ignored_P3(self, here: Collecting) -> None:
        one, two = interview(1), interview(2)
        response = await here.push_bytes(b"\n" + one.line + b"\n \r\n\n" + two.line)
        answer = here.read(response, [one, two])
        assert answer.receipt.batch.count == 2
        assert answer.state(one) == answer.state(two) == "stored"

    @pytest.mark.parametrize("coding", ["br", "compress", "gzip, gzip", "x"])
    async def test_another_coding_is_415_P2(self, here: Collecting, coding: str) -> None:
        response = await here.push_bytes(b"{}", **{"Content-Encoding": coding})
        assert response.status_code == 415
        assert "zstd" in response.json()["accepted"]


class TestItems:
    @pytest.mark.parametrize(
        "value",
        [
            "' OR 1=1 --", "\r\nX-Evil: 1", "${jndi:ldap://x}", "<script>alert(1)</script>",
            "../../etc/passwd", "%00", "\u202e\u0000"[:1], "a" * 9_999, "\U0001f600" * 50,
        ],
    )  # fmt: skip
    async def test_odd_text_is_kept_exactly_or_quarantined_P7(
        self, here: Collecting, value: str
    ) -> None:
        odd = interview(answers={"psu": value})
        assert (await here.push(odd)).state(odd) == "stored"
        detail = await here.get(f"/v1/submissions/{odd.id}", by="statistician")
        assert detail.json()["answers"]["psu"] == value

    async def test_wrong_types_are_quarantined_not_500_P15(self, here: Collecting) -> None:
        values: list[Any] = [[], {}, True, 1, 1.5, [[1]], {"a": {"b": []}}, [None], "x" * 9000]
        batch = [interview(n, answers={"sex": v}) for n, v in enumerate(values, 1)]
        answer = await here.push(*batch)
        assert {answer.state(i) for i in batch} == {"quarantined"}

    async def test_unknown_questions_are_quarantined_and_kept_sealed_P15(
        self, here: Collecting
    ) -> None:
        odd = interview(answers={"surprise": SECRET, "nested": {"deep": SECRET}})
        answer = await here.push(odd)
        assert answer.state(odd) == "quarantined"
        content = await here.rows("SELECT open FROM submission_content")
        assert SECRET.encode() not in bytes(content[0]["open"])

    async def test_names_that_no_form_has_are_not_repeated_P15(self, here: Collecting) -> None:
        one = interview(answers={"Juma 0712345678": "x", "0712345679": "y"})
        answer = await here.push(one)
        assert answer.state(one) == "quarantined"
        shown = await here.get(f"/v1/submissions/{one.id}", by="analyst")
        stored = await here.rows("SELECT problems, redacted FROM submission_revision")
        assert {p["pointer"] for p in shown.json()["problems"]} == {"/answers"}
        for text in (answer.response.text, shown.text, str(stored)):
            assert "Juma" not in text
            assert "71234567" not in text

    async def test_no_state_depends_on_the_devices_clock_I13(self, here: Collecting) -> None:
        first = interview(1, ended_at="1999-01-01T00:00:00+03:00")
        edit = first.edited(ended_at="2086-01-01T00:00:00Z", started_at="2099-01-01T00:00:00Z")
        for each in (first, edit):
            assert (await here.push(each)).state(each) == "stored"
        rows = await here.rows("SELECT received_at FROM submission_revision")
        assert all(str(row["received_at"]).startswith("2026-06-01") for row in rows)

    async def test_what_is_set_aside_stays_and_shows_I12(self, here: Collecting) -> None:
        first = interview(1)
        bad = interview(2, answers={"sex": "x"})
        stale, other = first.edited(seq=4), first.with_other_content()
        await here.push(first, first.edited(), bad)
        await here.push(stale, other)
        page = (await here.get("/v1/submissions")).json()
        states = sorted(item["state"] for item in page["items"])
        assert states == ["branched", "conflict", "quarantined", "stored", "stored"]

    async def test_a_null_character_is_refused_P7(self, here: Collecting) -> None:
        line = interview(1).line.replace(b"s01-p01", b"a\\u0000b")
        response = await here.push_bytes(line + b"\n")
        assert response.status_code == 400
        assert await nothing_is_kept(here)


async def test_a_digest_covers_the_bytes_as_sent_P6(here: Collecting) -> None:
    one = interview()
    respaced = Interview(one.document)
    respaced.line = orjson.dumps(one.document, option=orjson.OPT_SORT_KEYS).replace(b'":', b'": ')
    await here.push(one)
    assert (await here.push(respaced)).state(respaced) == "conflict"


async def test_a_receipt_covers_the_carriage_return_P6(here: Collecting) -> None:
    one, two = interview(1), interview(2)
    one.line += b"\r"
    answer = here.read(await here.push_bytes(one.line + b"\n" + two.line + b"\n"), [one, two])
    assert answer.state(one) == answer.state(two) == "stored"
    assert (await here.push(one)).state(one) == "duplicate"
    one.line = one.line.removesuffix(b"\r")
    assert (await here.push(one)).state(one) == "conflict"
