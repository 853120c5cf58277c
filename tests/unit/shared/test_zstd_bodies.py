"""Bodies in zstd: whatever RFC 8878 calls lawful, as far as it is bounded."""

import pytest
import zstandard
from usga_shared.http import zstd_bodies
from usga_shared.http.bodies import decode_body
from usga_shared.http.zstd_bodies import LARGEST_WINDOW, MOST_FRAMES, dictionary_of
from usga_shared.problems import ContentTooLarge, MalformedBody, UnsupportedMedia

PLAIN = b'{"a": 1}\n' * 50
SKIPPED = (0x184D2A53).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"aside"


def frame(data: bytes, *, window: int | None = None, sized: bool = True) -> bytes:
    parameters = zstandard.ZstdCompressionParameters(
        window_log=window or 0, write_content_size=sized
    )
    press = zstandard.ZstdCompressor(compression_params=parameters)
    if sized:
        return press.compress(data)
    stream = press.compressobj()
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    "sent",
    [
        frame(PLAIN[:90]) + frame(PLAIN[90:]),
        frame(PLAIN[:90], sized=False) + frame(PLAIN[90:], sized=False),
        SKIPPED + frame(PLAIN),
        frame(PLAIN[:90]) + SKIPPED + frame(PLAIN[90:]) + SKIPPED,
        frame(PLAIN, window=23, sized=False),
        b"".join(frame(PLAIN[i : i + 9]) for i in range(0, 9 * (MOST_FRAMES - 1), 9))
        + frame(PLAIN[9 * (MOST_FRAMES - 1) :]),
    ],
    ids=["two", "two without size", "skippable first", "skippable between", "8 MiB", "many"],
)
def test_frames_follow_one_another(sent: bytes) -> None:
    assert decode_body(sent, "zstd", max_plain=len(PLAIN)) == PLAIN
    with pytest.raises(ContentTooLarge) as refusal:
        decode_body(sent, "zstd", max_plain=len(PLAIN) - 1, lines=True)
    assert refusal.value.members["fits"] == 49
    for cut in (1, 3):
        with pytest.raises(MalformedBody):
            decode_body(sent[:-cut], "zstd", max_plain=len(PLAIN))


@pytest.mark.parametrize(
    "sent",
    [
        frame(b"x") * (MOST_FRAMES + 1),
        SKIPPED * (MOST_FRAMES + 1),
        SKIPPED * 10_000 + frame(b"x"),
        frame(PLAIN) + b"and more",
        SKIPPED[:6],
        b"",
    ],
    ids=["frames", "skippable", "skippable ones", "a tail", "cut", "empty"],
)
def test_what_is_not_a_few_whole_frames_is_malformed(sent: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode_body(sent, "zstd", max_plain=10**6)


def test_a_bomb_behind_other_frames_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zstd_bodies, "_frames", None)  # which opens frames as a whole
    bomb = frame(bytes(20 * 2**20), sized=False)
    for sent in (bomb, SKIPPED + bomb, frame(PLAIN) + bomb, frame(bytes(2**20)) * 2):
        with pytest.raises(ContentTooLarge):
            decode_body(sent, "zstd", max_plain=2**20)


@pytest.mark.parametrize("before", [b"", SKIPPED, frame(PLAIN)], ids=["", "skippable", "frame"])
def test_a_large_window_is_said_to_be_one(before: bytes) -> None:
    with pytest.raises(UnsupportedMedia) as refusal:
        decode_body(before + frame(PLAIN, window=24, sized=False), "zstd", max_plain=10**6)
    assert refusal.value.members["window"] == LARGEST_WINDOW == 8 * 2**20
    assert "gzip" in refusal.value.members["accepted"]


def test_a_frame_that_is_larger_than_allowed_says_so_itself() -> None:
    single = frame(bytes(9 * 2**20), window=24)
    assert zstandard.get_frame_parameters(single).window_size > LARGEST_WINDOW
    with pytest.raises(ContentTooLarge):
        decode_body(single, "zstd", max_plain=8 * 2**20)


def test_the_dictionary_is_that_of_the_first_frame_with_content() -> None:
    trained = zstandard.train_dictionary(1024, [b"safe_night vsafe %d" % i for i in range(500)])
    press = zstandard.ZstdCompressor(dict_data=trained)
    sent = SKIPPED + press.compress(PLAIN[:90]) + press.compress(PLAIN[90:])
    assert dictionary_of(sent) == trained.dict_id()
    content = trained.as_bytes()
    assert decode_body(sent, "zstd", max_plain=10**4, dictionary=content) == PLAIN
    assert dictionary_of(SKIPPED) == 0
