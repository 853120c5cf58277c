"""Identifiers, languages, cursors, actors, credentials and logs."""

import json
import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from usga_shared.auth.actors import ANONYMOUS, Actor, ActorKind, Role
from usga_shared.auth.credentials import TokenKind, hash_token, is_opaque, make_token
from usga_shared.clock import FixedClock
from usga_shared.i18n import LANGUAGES, Messages, fill, negotiate
from usga_shared.ids import many_uuid7, uuid7
from usga_shared.logging import JsonFormatter
from usga_shared.pagination import CursorCodec
from usga_shared.problems import Forbidden, InvalidCursor, NotFound, Problem

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_uuid7_sorts_by_time_and_says_version_7() -> None:
    made = [uuid7(AT + timedelta(milliseconds=i)) for i in range(50)]
    assert made == sorted(made)
    assert {u.version for u in made} == {7}
    assert {u.variant for u in made} == {"specified in RFC 4122"}
    assert len({uuid7(AT) for _ in range(1000)}) == 1000


def test_many_uuid7_of_a_moment_come_in_rising_order() -> None:
    alone, made = uuid7(AT), many_uuid7(AT, 300)
    assert made == sorted(made)
    assert len(set(made)) == 300
    assert {(u.version, u.variant, u.bytes[:6]) for u in made} == {
        (alone.version, alone.variant, alone.bytes[:6])
    }
    later = many_uuid7(AT + timedelta(milliseconds=1), 1)
    assert made[-1] < later[0] == UUID(str(later[0]))
    assert many_uuid7(AT, 0) == []


def test_all_drawn_bits_but_six_stand_in_a_uuid7() -> None:
    (low,) = many_uuid7(AT, 1, random_bytes=bytes)
    (high,) = many_uuid7(AT, 1, random_bytes=lambda n: b"\xff" * n)
    assert (low.int ^ high.int).bit_count() == 74


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("sw-KE, en;q=0.5", "sw"),
        ("fr, ru;q=0.9, en;q=0.8", "ru"),
        ("fr", "en"),
        ("es;q=0, ru", "ru"),
        ("es;q=x", "en"),
        (";;;,,,", "en"),
    ],
)
def test_the_callers_language_is_chosen(header: str | None, language: str) -> None:
    assert negotiate(header) == language


def test_filling_a_template_runs_no_code() -> None:
    assert fill("{a} {missing} {a.__class__}", {"a": "1"}) == "1 {missing} {a.__class__}"


def test_a_list_in_a_message_reads_as_a_list() -> None:
    assert fill("Accepted: {kinds}.", {"kinds": ["gzip", "zstd"]}) == "Accepted: gzip, zstd."


def _problems() -> list[type[Problem]]:
    return [p for p in Problem.__subclasses__() if p.__module__ == "usga_shared.problems"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("problem", _problems(), ids=lambda p: p.slug)
def test_every_shared_problem_speaks_every_language(problem: type[Problem], language: str) -> None:
    keys = Messages.load(["usga_shared.locale"], "problems").keys(language)
    assert {f"{problem.slug}.title", f"{problem.slug}.detail"} <= keys


def test_slugs_are_never_shared() -> None:
    slugs = [p.slug for p in _problems()]
    assert len(slugs) == len(set(slugs))


def test_a_problem_is_rendered_in_the_callers_language() -> None:
    messages = Messages.load(["usga_shared.locale"], "problems")
    document = NotFound(kind="case").document(messages, "sw", "urn:x")
    assert document["title"] == "Hakuna kitu hapa"
    assert document["status"] == 404
    assert document["kind"] == "case"
    assert document["type"].endswith("/not-found")


@given(place=st.lists(st.one_of(st.integers(0, 2**53), st.text(max_size=40)), max_size=4))
def test_a_cursor_comes_back(place: list[object]) -> None:
    codec = CursorCodec(b"key")
    assert codec.decode("cases", codec.encode("cases", place)) == place


@pytest.mark.parametrize(
    "cursor", ["", "x", "AAAA", "%%%", "é", "A" * 600, "1", "18446744073709551616"]
)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CursorCodec(b"key").decode("cases", cursor)


def test_a_cursor_of_another_list_or_server_is_refused() -> None:
    cursor = CursorCodec(b"key").encode("cases", [1])
    with pytest.raises(InvalidCursor):
        CursorCodec(b"key").decode("devices", cursor)
    with pytest.raises(InvalidCursor):
        CursorCodec(b"other").decode("cases", cursor)


def test_roles_hold_in_their_assessment_only() -> None:
    actor = Actor(ActorKind.PERSON, "1", {"KE-X1-2026": frozenset({Role.SUPERVISOR})})
    assert actor.has("KE-X1-2026", Role.SUPERVISOR)
    assert not actor.has("KE-X2-2026", Role.SUPERVISOR)
    assert actor.roles("KE-X2-2026") == {Role.PUBLIC}
    assert not actor.is_admin
    assert Actor(ActorKind.PERSON, "2", {"*": frozenset({Role.ADMIN})}).has(
        "KE-X1-2026", Role.ANALYST
    )
    assert ANONYMOUS.assessments == frozenset()


def test_tokens_are_recognisable_and_unlike() -> None:
    tokens = {make_token(kind) for kind in TokenKind for _ in range(20)}
    assert len(tokens) == 80
    assert all(is_opaque(token) for token in tokens)
    assert not is_opaque("usgad_short")
    assert len(hash_token(tokens.pop())) == 32


def test_a_log_line_never_carries_the_text_of_an_exception() -> None:
    try:
        int("canary-7431")
    except ValueError:
        import sys

        record = logging.LogRecord("x", logging.ERROR, "f", 1, "boom", (), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "canary-7431" not in line
    assert json.loads(line)["error"] == "builtins.ValueError"


def test_a_fixed_clock_moves_when_told() -> None:
    clock = FixedClock(AT)
    clock.advance(timedelta(seconds=5))
    assert clock.now() == AT + timedelta(seconds=5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_names_who_may_and_nobody_where_nobody_may(language: str) -> None:
    messages = Messages.load(["usga_shared.locale"], "problems")
    some = Forbidden.except_for([Role.SUPERVISOR, Role.ADMIN]).document(messages, language, "x")
    assert some["roles"] == ["admin", "supervisor"]
    assert "admin, supervisor" in some["detail"]
    for nobody in (Forbidden(), Forbidden.except_for([])):
        detail = nobody.document(messages, language, "x")["detail"]
        assert "{" not in detail
        assert detail in some["detail"]
