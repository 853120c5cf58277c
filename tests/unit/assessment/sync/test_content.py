"""What is kept of one interview: sealed part by part, each under a nonce of its own."""

import hmac
import itertools
from dataclasses import replace

import pytest
from usga_assessment.domain.sealing.box import (
    NONCE_BYTES,
    ClassKeys,
    KeyWrap,
    SealedClass,
    Unreadable,
)
from usga_assessment.domain.sealing.content import Content, Opener, seal_content
from usga_assessment.domain.sealing.drawn import Drawn
from usga_shared.wire.vocabulary import FieldClass

RAW = b'{"answers":{"age":44,"remark":"a lamp"}}' * 4
PARTS: dict[FieldClass, dict[str, object]] = {
    FieldClass.TEXT: {"remark": "a lamp"},
    FieldClass.OPEN: {"age": 44},
    FieldClass.S3: {"pv": "no"},
    FieldClass.LOCATION: {"loc": "0 0"},
}
KEYS = ClassKeys("KE-TEST-2026", {part: part.encode().ljust(32, b".") for part in SealedClass})
WRAP, ID = KeyWrap(b"r" * 32), b"i" * 16


def sealed(parts: dict[FieldClass, dict[str, object]] = PARTS) -> Content:
    counter = itertools.count()
    return seal_content(
        submission=ID, raw=RAW, parts=parts, keys=KEYS, wrap=WRAP,
        random_bytes=lambda n: bytes(next(counter) % 256 for _ in range(n)),
    )  # fmt: skip


def test_all_of_it_opens_again() -> None:
    content, opener = sealed(), Opener(KEYS, WRAP)
    assert opener.raw(content, ID) == RAW
    assert opener.parts(content, ID, PARTS) == PARTS
    assert set(content.parts) == {SealedClass.TEXT, SealedClass.S3, SealedClass.LOCATION}


@pytest.mark.parametrize("part", SealedClass)
@pytest.mark.parametrize("size", [32, 64])
def test_the_key_of_a_part_is_an_hmac_under_the_key_of_its_class(
    part: SealedClass, size: int
) -> None:
    own, of_class = b"s" * 32, bytes(range(size))
    keys = ClassKeys("KE-TEST-2026", {part: of_class})
    message = b"usga part/1\0" + part.encode() + own
    assert keys.part_key(part, own) == hmac.digest(of_class, message, "sha256")


def test_no_two_seals_share_a_nonce() -> None:
    content = sealed()
    assert content.raw is not None
    boxes = [content.wrapped_key, content.raw, *content.parts.values()]
    nonces = [box[1 : 1 + NONCE_BYTES] for box in boxes]
    assert all(len(nonce) == NONCE_BYTES for nonce in nonces)
    assert len(set(nonces)) == len(boxes) == 5


def test_without_open_answers_nothing_is_plain() -> None:
    content = sealed({FieldClass.TEXT: {"remark": "a lamp"}})
    assert content.open is None
    assert b"lamp" not in content.parts[SealedClass.TEXT]


def test_a_destroyed_class_is_gone_and_the_others_are_not() -> None:
    left = ClassKeys(KEYS.assessment, {p: k for p, k in KEYS.keys.items() if p != "text"})
    opener = Opener(left, WRAP)
    assert opener.parts(sealed(), ID, [FieldClass.S3]) == {FieldClass.S3: PARTS[FieldClass.S3]}
    with pytest.raises(Unreadable):
        opener.parts(sealed(), ID, [FieldClass.TEXT])


def test_what_can_be_read_is_there_without_what_cannot() -> None:
    left = ClassKeys(KEYS.assessment, {p: k for p, k in KEYS.keys.items() if p != "text"})
    content, opener = sealed(), Opener(left, WRAP)
    others = {kind: part for kind, part in PARTS.items() if kind is not FieldClass.TEXT}
    assert opener.readable(content, ID, FieldClass) == others
    asked = {FieldClass.S3, FieldClass.TEXT, FieldClass.IDENTIFIER}
    assert opener.readable(content, ID, asked) == {FieldClass.S3: PARTS[FieldClass.S3]}
    no_key = {FieldClass.OPEN: PARTS[FieldClass.OPEN]}
    assert opener.readable(replace(content, wrapped_key=b"\1" + b"x" * 60), ID, PARTS) == no_key


def test_a_part_opens_neither_under_another_name_nor_for_another_interview() -> None:
    content, opener = sealed(), Opener(KEYS, WRAP)
    swapped = replace(content, parts={SealedClass.TEXT: content.parts[SealedClass.S3]})
    with pytest.raises(Unreadable):
        opener.parts(swapped, ID, [FieldClass.TEXT])
    with pytest.raises(Unreadable):
        opener.raw(content, b"j" * 16)


def test_of_what_is_drawn_at_once_each_byte_is_given_out_once() -> None:
    numbers = itertools.count()
    sizes: list[int] = []

    def draw(size: int) -> bytes:
        sizes.append(size)
        return b"".join(next(numbers).to_bytes(4, "big") for _ in range(size))[:size]

    drawn = Drawn(draw, 3)
    given = [drawn(size) for size in (68, 80, 104, 68, 104, 80, 1000, 68)]
    assert [len(part) for part in given] == [68, 80, 104, 68, 104, 80, 1000, 68]
    assert len(sizes) < len(given)
    assert len({part[:16] for part in given}) == len(given)


def test_one_interview_draws_no_more_than_it_may_need() -> None:
    sizes: list[int] = []

    def draw(size: int) -> bytes:
        sizes.append(size)
        return bytes(size)

    assert len(Drawn(draw, 1)(68)) == 68
    assert sizes == [104]
