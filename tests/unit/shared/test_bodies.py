"""Bodies are bounded and unambiguous before anything else sees them."""

import gzip
import time
import zlib

import pytest
import zstandard
from usga_shared.http.bodies import decode_body, loads_strict
from usga_shared.http.zstd_bodies import dictionary_of
from usga_shared.problems import ContentTooLarge, MalformedBody, UnsupportedMedia

PLAIN = b'{"a": 1}\n' * 50


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("identity", PLAIN),
        ("gzip", gzip.compress(PLAIN)),
        ("gzip", gzip.compress(PLAIN[:90]) + gzip.compress(PLAIN[90:])),
        ("deflate", zlib.compress(PLAIN)),
        ("zstd", zstandard.ZstdCompressor().compress(PLAIN)),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False).compress(PLAIN)),
    ],
    ids=["identity", "gzip", "gzip members", "deflate", "zstd", "zstd without size"],
)
def test_every_coding_gives_the_same_bytes(coding: str, sent: bytes) -> None:
    assert decode_body(sent, coding, max_plain=len(PLAIN)) == PLAIN


@pytest.mark.parametrize("coding", ["gzip", "zstd", "deflate"])
def test_a_bomb_is_refused_at_the_limit(coding: str) -> None:
    zeros = bytes(20 * 2**20)
    sent = {
        "gzip": gzip.compress(zeros),
        "deflate": zlib.compress(zeros),
        "zstd": zstandard.ZstdCompressor().compress(zeros),
    }[coding]
    with pytest.raises(ContentTooLarge):
        decode_body(sent, coding, max_plain=2**20)


@pytest.mark.parametrize("coding", ["gzip", "zstd", "deflate"])
@pytest.mark.parametrize("cut", [1, 10])
def test_a_truncated_body_is_malformed(coding: str, cut: int) -> None:
    sent = {
        "gzip": gzip.compress(PLAIN),
        "deflate": zlib.compress(PLAIN),
        "zstd": zstandard.ZstdCompressor().compress(PLAIN),
    }[coding]
    with pytest.raises(MalformedBody):
        decode_body(sent[:-cut], coding, max_plain=10**6)


def test_more_than_sixteen_gzip_members_are_refused() -> None:
    with pytest.raises(MalformedBody):
        decode_body(gzip.compress(b"x") * 17, "gzip", max_plain=10**6)


def test_zstd_with_a_known_dictionary() -> None:
    dictionary = zstandard.train_dictionary(1024, [b"safe_night vsafe %d" % i for i in range(500)])
    sent = zstandard.ZstdCompressor(dict_data=dictionary).compress(PLAIN)
    content = dictionary.as_bytes()
    assert dictionary_of(sent) == dictionary.dict_id()
    assert decode_body(sent, "zstd", max_plain=10**4, dictionary=content) == PLAIN
    with pytest.raises(ContentTooLarge):
        decode_body(sent, "zstd", max_plain=len(PLAIN) - 1, dictionary=content)
    with pytest.raises(MalformedBody):
        decode_body(sent, "zstd", max_plain=10**4)


def test_an_unknown_coding_names_what_is_accepted() -> None:
    with pytest.raises(UnsupportedMedia) as caught:
        decode_body(b"", "br", max_plain=1)
    assert "zstd" in caught.value.headers["Accept-Encoding"]


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a" : 1, "a": 2}',
        '{"a" :1,"a" :2,"b":"\\":"}',
        '{"a":1,"a":"\\" :"}',
        '{"a": {"b": 1, "\\u0062": 2}}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        '{"a": ["x\\u0000"]}',
        '{"' + "k" * 257 + '": 1}',
        '{"\\u0000": 1}',
        '{"a": 9007199254740993}',
        '{"a": -9007199254740993}',
        '{"a": 100000000000000000000000}',
        '{"a":9007199254740992}',
        '{"a":[{"b":9007199254740992.0}]}',
        '{"a":1e300}',
        '{"a":1,"a":1}',
        '{"a":{"b":1,"b":2}}',
        '{"' + "n" * 257 + '":1}',
        "[" * 33 + "]" * 33,
        '{"a":' * 33 + "1" + "}" * 33,
        "{",
        "",
        "{'a': 1}",
        '{"a": 1} {"b": 2}',
        "\ufeff{}",
    ],
)
def test_json_that_two_programs_could_read_differently_is_refused(text: str) -> None:
    with pytest.raises(MalformedBody):
        loads_strict(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a":1,"b":[1.5,null,true]}', {"a": 1, "b": [1.5, None, True]}),
        ('{"' + "n" * 256 + '":1.5,"o":"é\\n\\u0001"}', {"n" * 256: 1.5, "o": "é\n\1"}),
        ('{"a": "x\\":y"}', {"a": 'x":y'}),
        ('{"a" : {"a" : 1}}', {"a": {"a": 1}}),
        ('{"a": "' + "[" * 500 + '"}', {"a": "[" * 500}),
        ('{"n": 9007199254740991}', {"n": 9007199254740991}),
    ],
)
def test_honest_json_is_read(text: str, value: object) -> None:
    assert loads_strict(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":[' + b"[]," * 2_600_000 + b"[]]}",
        b"[" + b"1," * 3_900_000 + b"1]",
        b'"' * 8_000_000,
        b"0" * 8_000_000,
        b"[" * 8_000_000,
    ],
    ids=["lists", "numbers", "quotes", "zeros", "brackets"],
)
def test_a_hostile_document_costs_little(text: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MalformedBody):
        loads_strict(text)
    assert time.process_time() - started < 0.5


def test_too_many_keys_are_refused() -> None:
    text = "{" + ",".join(f'"k{i}":1' for i in range(11)) + "}"
    assert len(loads_strict(text.encode(), max_keys=11)) == 11
    with pytest.raises(MalformedBody):
        loads_strict(text.encode(), max_keys=10)
