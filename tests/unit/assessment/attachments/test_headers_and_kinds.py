"""Headers of the upload protocol, and what a file is by its first bytes."""

import base64
import os
import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from usga_assessment.domain.attachments.attachment import (
    Named,
    Ruling,
    class_of,
    judge,
)
from usga_assessment.domain.attachments.keys import FileKeys
from usga_assessment.domain.attachments.kinds import EXTENSIONS, TextCheck, known, looks_like
from usga_assessment.domain.attachments.tus import (
    BadHeader,
    read_checksum,
    read_metadata,
    read_number,
)
from usga_assessment.domain.sealing.box import ClassKeys, KeyWrap, SealedClass, Unreadable
from usga_assessment.domain.submission.prepared import ExpectedFile
from usga_shared.wire.vocabulary import FieldClass, SubmissionState
from usga_tablet.outbox import TAKEN_TYPES


def said(**values: str) -> str:
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items()
    )


ID = "018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f"


class TestMetadata:
    def test_words_of_common_clients_are_understood(self) -> None:
        found = read_metadata(said(submission=ID, filename="d.jpg", filetype="image/JPEG; q=1"))
        assert (found.submission, found.name, found.media_type) == (
            UUID(ID),
            "d.jpg",
            "image/jpeg",
        )

    def test_more_than_is_needed_is_ignored_and_blanks_do_not_matter(self) -> None:
        text = said(submission=ID, name="ä.jpg").replace(",", " , ") + ",is_private"
        assert read_metadata(text).name == "ä.jpg"

    @pytest.mark.parametrize(
        "bad",
        [
            {}, {"submission": ID}, {"name": "x"}, {"submission": "x", "name": "x"},
            {"submission": ID, "name": ""}, {"submission": ID, "name": "a\nb"},
            {"submission": ID, "name": "x" * 256}, {"submission": ID, "name": "x", "sha256": "0"},
            {"submission": ID, "name": "x", "type": "image"},
            {"submission": ID, "name": "x", "type": "a/" + "b" * 200},
        ],
    )  # fmt: skip
    def test_what_is_missing_or_odd_is_refused(self, bad: dict[str, str]) -> None:
        with pytest.raises(BadHeader):
            read_metadata(said(**bad))

    @pytest.mark.parametrize("value", [None, "", "-1", "+1", "1 ", "١", "1" * 16, "0x1", "1.0"])
    def test_numbers_are_decimal_digits(self, value: str | None) -> None:
        with pytest.raises(BadHeader):
            read_number("Upload-Length", value)

    def test_no_checksum_is_none(self) -> None:
        assert read_checksum(None) is None


class TestKinds:
    @pytest.mark.parametrize(
        ("start", "kind"),
        [
            (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"\0\0\0\x18ftypM4A ", "audio/mp4"), (b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
            (b"OggS", "audio/ogg"), (b"#!AMR\n", "audio/amr"), (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90", "audio/mpeg"), (b"\xff\xf1\x50", "audio/aac"),
            (b"\x1aE\xdf\xa3", "video/webm"), (b"%PDF-1.4", "application/pdf"),
            (b"event,node\n", "text/csv"), ("Größe;1".encode(), "text/plain"),
        ],
    )  # fmt: skip
    def test_first_bytes_tell(self, start: bytes, kind: str) -> None:
        assert kind in looks_like(start)

    @pytest.mark.parametrize(
        "start",
        [b"<html>", b"  <svg", b"\xef\xbb\xbf<script>", b"#!/bin/sh", b"MZ\x90\0", b"PK\x03\x04",
         b"GIF89a\x01\0", b"\x7fELF\x02", b"RIFF\0\0\0\0AVI ", b"{\\rtf1"],
    )  # fmt: skip
    def test_what_is_none_of_ours(self, start: bytes) -> None:
        assert looks_like(start) == frozenset()

    def test_other_words_for_types(self) -> None:
        assert known("image/jpg") == "image/jpeg"
        assert known("application/octet-stream") is None
        assert known(None) is None

    def test_a_text_may_be_cut_inside_a_letter(self) -> None:
        text, check = "ä".encode(), TextCheck()
        assert check.feed(text[:1])
        assert check.feed(text[1:])
        assert check.feed(b"", final=True)
        check.feed(text[:1])
        assert not check.feed(b"", final=True)


def expected(**values: object) -> ExpectedFile:
    plain: dict[str, object] = {
        "pointer": "/answers/door", "field_class": FieldClass.OPEN, "name_mac": b"m",
        "sha256": "a" * 64, "size": 5, "media_type": "image/jpg", **values,
    }  # fmt: skip
    return ExpectedFile(**plain)  # type: ignore[arg-type]


class TestJudging:
    @pytest.mark.parametrize(
        ("named", "changes", "ruling"),
        [
            (None, {}, Ruling.UNKNOWN),
            (Named(frozenset({SubmissionState.STORED}), (expected(),)), {}, Ruling.EXPECTED),
            (
                Named(frozenset({SubmissionState.STORED}), (expected(),)),
                {"sha256": "b" * 64}, Ruling.DIFFERS,
            ),
            (
                Named(frozenset({SubmissionState.STORED}), (expected(),)),
                {"size": 6}, Ruling.DIFFERS,
            ),
            (
                Named(frozenset({SubmissionState.STORED}), (expected(sha256=None, size=None),)),
                {"size": 6}, Ruling.EXPECTED,
            ),
            (
                Named(frozenset({SubmissionState.STORED}), (expected(),)),
                {"name_mac": b"n"}, Ruling.NOT_EXPECTED,
            ),
            (Named(frozenset({SubmissionState.QUARANTINED}), ()), {}, Ruling.NOT_EXPECTED),
            (Named(frozenset({SubmissionState.QUARANTINED}), (), True), {}, Ruling.UNKNOWN),
            (Named(frozenset({SubmissionState.WITHDRAWN}), ()), {}, Ruling.WITHDRAWN),
        ],
    )  # fmt: skip
    def test_what_an_interview_says_of_a_file(
        self, named: Named | None, changes: dict[str, object], ruling: Ruling
    ) -> None:
        asked: dict[str, object] = {
            "name_mac": b"m", "sha256": "a" * 64, "size": 5, "media_type": "image/jpeg", **changes,
        }  # fmt: skip
        assert judge(named, **asked)[0] is ruling  # type: ignore[arg-type]

    def test_a_file_is_never_open(self) -> None:
        assert class_of(expected(), "image/png") is FieldClass.IDENTIFIER
        assert class_of(expected(), "text/csv") is FieldClass.TEXT
        assert class_of(expected(field_class=FieldClass.S3), "image/png") is FieldClass.S3


class TestKeys:
    def test_each_half_can_be_destroyed_and_no_key_opens_another_file(self) -> None:
        classes: dict[SealedClass, bytes] = {part: os.urandom(32) for part in SealedClass}
        keys = FileKeys(ClassKeys("KE-TEST-2026", classes), KeyWrap(os.urandom(32)), os.urandom)
        one, other = uuid4(), uuid4()
        wrapped = keys.new(one)
        assert keys.kept(one, wrapped, SealedClass.TEXT) != keys.coming(one, wrapped)
        assert keys.kept(one, wrapped, SealedClass.TEXT) != keys.kept(one, wrapped, SealedClass.S3)
        with pytest.raises(Unreadable):
            keys.coming(other, wrapped)
        left = {**classes}
        del left[SealedClass.TEXT]
        poorer = FileKeys(ClassKeys("KE-TEST-2026", left), keys.wrap, os.urandom)
        with pytest.raises(Unreadable):
            poorer.kept(one, wrapped, SealedClass.TEXT)


def test_the_page_lists_the_types_that_are_taken_P87() -> None:
    page = Path("docs/protocol/sync.md").read_text("utf-8")
    listed = page.partition("Types that are taken: ")[2].partition(";")[0]
    assert set(re.findall(r"`([^`]+)`", listed)) == set(EXTENSIONS) == TAKEN_TYPES
