"""Whatever is cut, changed or moved: what counts of a file is a beginning of it, or nothing."""

import io
import os
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usga_assessment.domain.attachments.frames import Extent, Frames, Kind
from usga_assessment.domain.attachments.stream import CHUNK, MAGIC, StreamOpener, seal_stream
from usga_assessment.domain.sealing.box import Unreadable

KEY = bytes(range(32))
PIECES = st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=8)


def written(pieces: list[tuple[bytes, bool]], *, settle: bool) -> tuple[bytes, bytes, bytes]:
    """The sealed file, all plain bytes, and those that count."""
    frames, sealed, plain, counted = Frames(KEY, os.urandom), b"", b"", b""
    for piece, depends in pieces:
        kind = Kind.DEPENDS if depends else Kind.COUNTS
        sealed += frames.seal(kind, len(plain), piece)
        plain += piece
        if not depends:
            counted = plain
    if settle:
        sealed += frames.seal(Kind.SETTLES, len(plain), b"")
        counted = plain
    return sealed, plain, counted


def read(sealed: bytes) -> tuple[Extent, bytes]:
    frames = Frames(KEY, os.urandom)
    extent = frames.extent(io.BytesIO(sealed))
    return extent, b"".join(frames.read(io.BytesIO(sealed), extent))


class TestFrames:
    @given(PIECES, st.booleans())
    def test_what_counts_is_read_back(
        self, pieces: list[tuple[bytes, bool]], settle: bool
    ) -> None:
        sealed, _, counted = written(pieces, settle=settle)
        extent, plain = read(sealed)
        assert plain == counted
        assert extent.offset == len(counted)

    @given(PIECES, st.booleans(), st.data())
    def test_a_file_cut_anywhere_is_a_beginning(
        self, pieces: list[tuple[bytes, bool]], settle: bool, data: st.DataObject
    ) -> None:
        sealed, whole, _ = written(pieces, settle=settle)
        at = data.draw(st.integers(0, len(sealed)))
        extent, plain = read(sealed[:at])
        assert whole.startswith(plain)
        assert extent.position <= at
        again, same = read(sealed[: extent.position])  # as it stands after the cut is mended
        assert (again, same) == (extent, plain)

    @given(PIECES.filter(bool), st.data())
    def test_a_changed_byte_ends_it_there(
        self, pieces: list[tuple[bytes, bool]], data: st.DataObject
    ) -> None:
        sealed, whole, _ = written(pieces, settle=True)
        at = data.draw(st.integers(0, len(sealed) - 1))
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        extent, plain = read(changed)
        assert whole.startswith(plain)
        assert extent.position <= at

    def test_frames_cannot_be_moved_repeated_or_left_out(self) -> None:
        frames = Frames(KEY, os.urandom)
        parts = [frames.seal(Kind.COUNTS, at, bytes([at])) for at in range(4)]
        for order in ((1, 0, 2, 3), (0, 0, 1, 2), (0, 2, 3)):
            _, plain = read(b"".join(parts[i] for i in order))
            good = next(i for i, n in enumerate((*order, -1)) if n != i)
            assert plain == bytes(range(good))

    def test_another_key_reads_nothing(self) -> None:
        sealed, _, _ = written([(b"x", False)], settle=True)
        assert Frames(bytes(32), os.urandom).extent(io.BytesIO(sealed)) == Extent()

    def test_zeros_after_a_power_loss_do_not_count(self) -> None:
        sealed, _, counted = written([(b"abc", False)], settle=False)
        assert read(sealed + bytes(100))[1] == counted


def opened(sealed: bytes, step: int) -> bytes:
    opener = StreamOpener(KEY)
    plain = [c for at in range(0, len(sealed), step) for c in opener.feed(sealed[at : at + step])]
    return b"".join([*plain, opener.end()])


SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7]


class TestStream:
    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("step", [1000, CHUNK, 10**6])
    def test_it_comes_back_however_it_is_cut_up(self, size: int, step: int) -> None:
        plain = random.Random(size).randbytes(size)
        pieces = [plain[at : at + step] for at in range(0, size, step)]
        sealed = b"".join(seal_stream(pieces, KEY))
        assert opened(sealed, step) == plain

    @pytest.mark.parametrize("size", SIZES)
    def test_nothing_can_be_cut_extended_or_swapped(self, size: int) -> None:
        plain = random.Random(size).randbytes(size)
        sealed = b"".join(seal_stream([plain], KEY))
        whole = CHUNK + 16
        body = sealed[len(MAGIC) :]
        chunks = [body[at : at + whole] for at in range(0, len(body), whole)]
        wrong = [sealed[:-1], sealed + b"\0", sealed[: len(MAGIC)], sealed[:3], b"", body]
        wrong += [MAGIC + b"".join(chunks[:-1])] if len(chunks) > 1 else []
        for one, other in pairwise(range(len(chunks))):
            swapped = [*chunks]
            swapped[one], swapped[other] = swapped[other], swapped[one]
            wrong.append(MAGIC + b"".join(swapped))
        for each in wrong:
            with pytest.raises(Unreadable):
                opened(each, 5000)

    @given(st.data())
    def test_a_changed_byte_is_never_given_out(self, data: st.DataObject) -> None:
        sealed = b"".join(seal_stream([b"answers" * 9], KEY))
        at = data.draw(st.integers(0, len(sealed) - 1))
        with pytest.raises(Unreadable):
            opened(sealed[:at] + bytes([sealed[at] ^ 4]) + sealed[at + 1 :], 17)
