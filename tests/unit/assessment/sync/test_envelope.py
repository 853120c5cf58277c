"""Reading envelopes: the hand-written reading and the wire model agree."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from pydantic import ValidationError
from usga_assessment.domain.submission.envelope import NoEnvelope, digest_of, read_envelope
from usga_shared.wire.sync import Envelope as Model

from tests.support.collecting import interview

CHANGES: list[tuple[str, Any]] = [
    ("id", "not-a-uuid"), ("id", None), ("id", 7), ("assessment", "kenya"),
    ("assessment", "KE-MATHARE-26"), ("instrument", ""), ("instrument", "1form"),
    ("version", ""), ("version", 3), ("purpose", "test"), ("install", "x"), ("seq", 0),
    ("seq", 2**31), ("seq", True), ("seq", 1.5), ("seq", "1"), ("salt", "00"),
    ("salt", "G" * 32), ("revises", "x"), ("case", 5), ("case", "c" * 65),
    ("started_at", "yesterday"), ("started_at", "2026-06-01T08:00:00"), ("started_at", 5),
    ("ended_at", None), ("started_at", "2026-W01-1T00:00:00+00:00"),
    ("started_at", "2026-06-01T08:00+03:00"), ("started_at", "2026-06-01 08:00:00+03:00"),
    ("started_at", "0001-01-01T00:00:00+14:00"), ("ended_at", "9999-12-31T23:59:59-14:00"),
    ("started_at", "٢٠٢٦-06-01T08:00:00Z"), ("ended_at", "2026-06-31T08:00:00Z"), ("language", "Swahili"), ("language", ""), ("answers", 5),
    ("answers", None), ("answers", "x"), ("paradata", []), ("attachments", {}),
    ("attachments", [{"name": "a"}]), ("surprise", 1),
    ("attachments", [{"name": "a", "sha256": "0" * 64, "size": -1, "type": "image/png"}]),
]  # fmt: skip


def model_accepts(line: bytes) -> bool:
    try:
        Model.model_validate_json(line, strict=True)
    except ValidationError:
        return False
    return True


class TestReading:
    def test_a_good_one_is_read(self) -> None:
        made = interview(7, revises=str(uuid4()), case="c-1")
        envelope = read_envelope(made.line)
        assert (envelope.id, envelope.seq, envelope.case) == (made.id, 7, "c-1")
        assert envelope.digest.hex() == made.digest
        assert model_accepts(made.line)

    def test_optional_members_may_be_absent(self) -> None:
        made = interview()
        for name in ("purpose", "revises", "case", "paradata", "attachments"):
            del made.document[name]
        envelope = read_envelope(orjson.dumps(made.document))
        assert (envelope.purpose, envelope.revises, envelope.case) == ("production", None, None)

    @pytest.mark.parametrize(("name", "value"), CHANGES)
    def test_reading_and_model_refuse_alike_P1(self, name: str, value: Any) -> None:
        line = orjson.dumps({**interview().document, name: value})
        with pytest.raises(NoEnvelope) as refusal:
            read_envelope(line)
        assert not model_accepts(line)
        assert refusal.value.pointer in {f"/{name}", ""}

    @pytest.mark.parametrize(
        "name", ["id", "assessment", "install", "seq", "salt", "started_at", "answers"]
    )
    def test_a_missing_member_is_named_P1(self, name: str) -> None:
        made = interview()
        del made.document[name]
        with pytest.raises(NoEnvelope) as refusal:
            read_envelope(orjson.dumps(made.document))
        assert refusal.value.pointer == f"/{name}"

    def test_upper_case_ids_are_the_same_ids_P1(self) -> None:
        made = interview()
        line = orjson.dumps({**made.document, "id": made.document["id"].upper()})
        assert read_envelope(line).id == made.id

    @pytest.mark.parametrize(
        "answers",
        [
            b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e999}',
            b'{"a":9007199254740993}', b'{"a":"\\ud800"}', b'{"a":"\\u0000"}',
            b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", b'{"a":01}', b"{'a':1}", b'{"a":1,}',
            b'{"a":"\xff"}', b'{"a":"' + b"x" * 10_001 + b'"}', b'{"a":[{"b":"' + b"x" * 10_001
            + b'"}]}',
        ],
    )  # fmt: skip
    def test_json_that_programs_read_differently_is_none_P7(self, answers: bytes) -> None:
        made = interview()
        made.document["answers"] = {}
        line = orjson.dumps(made.document).replace(b'"answers":{}', b'"answers":' + answers)
        with pytest.raises(NoEnvelope):
            read_envelope(line)

    def test_text_is_kept_exactly_P7(self) -> None:
        text = "e\u0301 \u202e \u00df \U0001f600 \u200b"
        made = interview(answers={"psu": text})
        assert read_envelope(made.line).answers["psu"] == text

    def test_a_refusal_repeats_no_answer(self) -> None:
        line = orjson.dumps({**interview().document, "answers": {"secret-name": "x" * 10_001}})
        with pytest.raises(NoEnvelope) as refusal:
            read_envelope(line)
        assert "secret" not in f"{refusal.value.pointer}{refusal.value.code}{refusal.value}"


def test_the_digest_is_of_the_line_P6() -> None:
    made = interview()
    respaced = orjson.dumps(made.document, option=orjson.OPT_INDENT_2).replace(b"\n", b" ")
    assert read_envelope(made.line).digest == digest_of(made.line)
    assert read_envelope(respaced).digest != digest_of(made.line)
