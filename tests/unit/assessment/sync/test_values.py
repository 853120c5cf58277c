"""Digests, receipts, sequences, sealing, the audit chain: plain values."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import KeySet
from usga_assessment.domain.audit.chain import START, Entry, chained, verify
from usga_assessment.domain.sealing.box import KeyWrap, SealedClass, Unreadable
from usga_assessment.domain.sealing.classes import Section, join, split
from usga_assessment.domain.submission.envelope import digest_of, read_envelope
from usga_assessment.domain.sync import receipt as receipts
from usga_assessment.domain.sync.digests import batch_digest, range_digest
from usga_assessment.domain.sync.sequence import InstallSequence, gaps, merged
from usga_assessment.operations.receive_submissions import split_lines
from usga_assessment.storage.keys import Keyring
from usga_shared.wire.sync import ReceiptBatch, ReceiptPayload
from usga_shared.wire.vocabulary import FieldClass, ItemState

PROTOCOL = Path("docs/protocol/sync.md").read_text("utf-8")
ONE = UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f")
TWO = UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e10")


class TestVectors:
    line = re.search(r"```\n(\{\"id\".*?\})\n```", PROTOCOL).group(1).encode()  # type: ignore[union-attr]
    line_digest, returned_digest, batch, range_ = re.findall(r"\| `([0-9a-f]{64})` \|", PROTOCOL)

    def test_the_line_P6(self) -> None:
        assert len(self.line) == 396
        assert read_envelope(self.line).digest.hex() == self.line_digest

    def test_the_line_with_a_carriage_return_P6(self) -> None:
        (kept,) = split_lines(self.line + b"\r\n", most=1)
        assert read_envelope(kept).digest.hex() == self.returned_digest

    def test_the_batch_P30(self) -> None:
        items = [
            (ONE, digest_of(self.line), ItemState.STORED),
            (TWO, digest_of(b"other"), ItemState.QUARANTINED),
        ]
        assert batch_digest(items) == self.batch

    def test_the_range_in_any_order_P31(self) -> None:
        items = [(2, TWO, digest_of(b"other")), (1, ONE, digest_of(self.line))]
        assert range_digest(items) == range_digest(items[::-1]) == self.range_

    def test_an_item_without_an_id_is_a_dash_P30(self) -> None:
        assert batch_digest([(None, b"\0" * 32, ItemState.REJECTED)]) != batch_digest([])


def payload() -> ReceiptPayload:
    batch = ReceiptBatch(count=1, digest="0" * 64)
    return ReceiptPayload(
        iss="https://usga.example", iat=1, epoch="e", assessment="KE-TEST-2026", device=ONE,
        install=None, batch=batch,
    )  # fmt: skip


class TestReceipts:
    key = receipts.ReceiptKey.from_pem(receipts.new_key_pem())

    def test_published_keys_verify_it_offline_also_in_another_library_P41(self) -> None:
        token = receipts.sign(payload(), self.key)
        assert receipts.verify(token, {"keys": [self.key.public_jwk()]}) == payload()
        keys = KeySet.import_key_set({"keys": [self.key.public_jwk()]})
        found = jws.deserialize_compact(token.encode(), keys, algorithms=["ES256"])
        assert found.protected["typ"] == receipts.TYPE

    @given(st.data())
    def test_any_change_makes_it_fail_P41(self, data: st.DataObject) -> None:
        token = receipts.sign(payload(), self.key)
        place = data.draw(st.integers(0, len(token) - 1))
        letter = data.draw(st.sampled_from("ABCabc012-_."))
        changed = token[:place] + letter + token[place + 1 :]
        try:
            found = receipts.verify(changed, {"keys": [self.key.public_jwk()]})
        except receipts.NotAReceipt:
            return
        assert found == payload()
        # The last letters of base64 carry unused bits: other text, the same signature.
        assert changed == token or receipts._decode(
            changed.rpartition(".")[2].encode()
        ) == receipts._decode(token.rpartition(".")[2].encode())

    def test_another_key_does_not_verify_P41(self) -> None:
        other = receipts.ReceiptKey.from_pem(receipts.new_key_pem())
        forged = receipts.sign(payload(), other)
        for jwk in (self.key.public_jwk(), {**self.key.public_jwk(), "kid": other.kid}):
            with pytest.raises(receipts.NotAReceipt):
                receipts.verify(forged, {"keys": [jwk]})

    def test_after_a_rotation_old_receipts_still_verify_P42(self, tmp_path: Path) -> None:
        ring = Keyring(tmp_path / "keys")
        (first,) = ring.receipt_keys()
        token = receipts.sign(payload(), first)
        second = ring.rotate_receipt_key()
        keys = Keyring(tmp_path / "keys").receipt_keys()
        assert [key.kid for key in keys] == [first.kid, second.kid]
        assert receipts.verify(token, {"keys": [k.public_jwk() for k in keys]}) == payload()


class TestSequence:
    @given(st.lists(st.integers(1, 60)), st.lists(st.integers(1, 60)))
    def test_ranges_say_what_a_set_says_P20(self, first: list[int], second: list[int]) -> None:
        sequence = InstallSequence(ONE)
        sequence.add(first)
        sequence.add(second)
        held = set(first) | set(second)
        assert {n for a, b in sequence.ranges for n in range(a, b + 1)} == held
        missing = {n for a, b in gaps(sequence.ranges) for n in range(a, b + 1)}
        assert missing == set(range(1, max(held, default=0))) - held
        picture = sequence.picture()
        assert picture.max == max(held, default=0)
        assert all(n in held for n in range(1, picture.contiguous + 1))
        assert picture.contiguous + 1 not in held
        assert all(sequence.holds(n) == (n in held) for n in range(1, 62))

    def test_neighbours_join(self) -> None:
        assert merged([(4, 5), (1, 2), (3, 3), (9, 9), (5, 6)]) == [(1, 6), (9, 9)]


class TestSealing:
    def sealed(self, ring: Keyring, key: bytes) -> bytes:
        keys = ring.class_keys("KE-TEST-2026")
        return keys.seal(SealedClass.TEXT, b"said in confidence", ONE.bytes, key, os.urandom(12))

    def test_what_it_belongs_to_is_bound(self, tmp_path: Path) -> None:
        ring, key = Keyring(tmp_path / "k"), os.urandom(32)
        sealed = self.sealed(ring, key)
        here, there = ring.class_keys("KE-TEST-2026"), ring.class_keys("KE-OTHER-2026")
        text, changed = SealedClass.TEXT, sealed[:-1] + bytes([sealed[-1] ^ 1])
        assert here.unseal(text, sealed, ONE.bytes, key) == b"said in confidence"
        for keys, part, box, submission, own in (
            (here, text, sealed, TWO.bytes, key),
            (here, SealedClass.S3, sealed, ONE.bytes, key),
            (there, text, sealed, ONE.bytes, key),
            (here, text, sealed, ONE.bytes, os.urandom(32)),
            (replace(here, assessment="KE-OTHER-2026"), text, sealed, ONE.bytes, key),
            (here, text, changed, ONE.bytes, key),
            (here, text, b"\2" + sealed[1:], ONE.bytes, key),
        ):
            with pytest.raises(Unreadable):
                keys.unseal(part, box, submission, own)

    def test_either_key_gone_and_it_is_noise(self, tmp_path: Path) -> None:
        ring, key = Keyring(tmp_path / "k"), os.urandom(32)
        sealed = self.sealed(ring, key)
        ring.destroy_class("KE-TEST-2026", SealedClass.TEXT)
        for again in (ring, Keyring(tmp_path / "k")):  # also after a restart
            keys = again.class_keys("KE-TEST-2026")
            assert SealedClass.S3 in keys.keys
            with pytest.raises(Unreadable):
                keys.unseal(SealedClass.TEXT, sealed, ONE.bytes, key)

    def test_a_wrapped_key_opens_for_its_submission_alone(self) -> None:
        wrap = KeyWrap(os.urandom(32))
        wrapped = wrap.wrap(b"k" * 32, assessment="A", submission=ONE.bytes, nonce=bytes(12))
        assert wrap.unwrap(wrapped, assessment="A", submission=ONE.bytes) == b"k" * 32
        for assessment, submission in (("B", ONE.bytes), ("A", TWO.bytes)):
            with pytest.raises(Unreadable):
                wrap.unwrap(wrapped, assessment=assessment, submission=submission)

    def test_key_files_are_private_and_never_replaced(self, tmp_path: Path) -> None:
        ring = Keyring(tmp_path / "keys")
        ring.class_keys("KE-TEST-2026")
        ring.receipt_keys()
        files = [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]
        assert len(files) == 7
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        before = {path: path.read_bytes() for path in files}
        Keyring(tmp_path / "keys").class_keys("KE-TEST-2026")
        assert {path: path.read_bytes() for path in files} == before

    def test_a_key_of_the_wrong_size_stops_the_start(self, tmp_path: Path) -> None:
        Keyring(tmp_path / "keys")
        (tmp_path / "keys/root.key").write_bytes(b"short")
        with pytest.raises(ValueError, match=r"root\.key"):
            Keyring(tmp_path / "keys")


class TestSplit:
    section = Section(
        {"age": FieldClass.OPEN, "name": FieldClass.IDENTIFIER, "hit": FieldClass.S3},
        {"visit": Section({"minutes": FieldClass.OPEN, "who": FieldClass.TEXT})},
    )

    def test_parts_hold_their_class_alone_and_join_again(self) -> None:
        answers = {
            "age": 4, "name": "x", "hit": "no",
            "visit": [{"minutes": 5, "who": "y"}, {"minutes": 6}, {"who": "z"}],
        }  # fmt: skip
        parts = split(answers, self.section)
        assert parts[FieldClass.OPEN] == {
            "age": 4, "visit": [{"minutes": 5}, {"minutes": 6}, {}],
        }  # fmt: skip
        assert parts[FieldClass.TEXT] == {"visit": [{"who": "y"}, {}, {"who": "z"}]}
        assert join(parts.values()) == answers

    def test_what_the_form_does_not_know_stands_in_no_part(self) -> None:
        parts = split({"age": 1, "surprise": "x", "visit": "no array"}, self.section)
        assert parts == {FieldClass.OPEN: {"age": 1}}


class TestAuditChain:
    def chain(self, length: int = 5) -> list[Entry]:
        made: list[Entry] = []
        for seq in range(1, length + 1):
            entry = Entry(
                assessment="A", seq=seq, at=datetime(2026, 1, seq, tzinfo=UTC), actor="device:1",
                action="submissions.received", subject="", details={"count": seq},
            )  # fmt: skip
            made.append(chained(entry, made[-1].hash if made else START))
        return made

    def test_an_untouched_chain_holds(self) -> None:
        chain = self.chain()
        assert verify(chain, head=(5, chain[-1].hash)) is None

    def test_every_tampering_shows(self) -> None:
        chain = self.chain()
        changed = replace(chain[2], details={"count": 99})
        assert verify([*chain[:2], changed, *chain[3:]]).seq == 3  # type: ignore[union-attr]
        assert verify([*chain[:2], *chain[3:]]).seq == 3  # type: ignore[union-attr]
        assert verify(chain[:3], head=(5, chain[-1].hash)) is not None
        rebuilt = [*chain[:2], chained(changed, chain[1].hash), *chain[3:]]
        assert verify(rebuilt).seq == 4  # type: ignore[union-attr]
