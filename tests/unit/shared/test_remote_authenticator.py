"""Who a credential belongs to is asked once, and again soon enough for a revocation to hold."""

from datetime import UTC, datetime, timedelta

import pytest
from usga_shared.auth import remote
from usga_shared.auth.actors import ActorKind, Role
from usga_shared.auth.remote import RemoteAuthenticator
from usga_shared.clients.base import UpstreamUnreachable
from usga_shared.clock import FixedClock
from usga_shared.wire.identity import IntrospectionAnswer

NOW = datetime(2026, 7, 1, tzinfo=UTC)
KNOWN = IntrospectionAnswer(
    active=True, kind="person", id="p1", grants={"KE-A-2026": ["statistician"]}
)


class Assessment:
    """Answers the same to every question, or is down."""

    def __init__(self, answer: IntrospectionAnswer | None) -> None:
        self.answer, self.asked = answer, list[str]()

    async def introspect(self, token: str) -> IntrospectionAnswer:
        self.asked.append(token)
        if self.answer is None:
            raise UpstreamUnreachable
        return self.answer


def authenticator(assessment: Assessment, clock: FixedClock) -> RemoteAuthenticator:
    return RemoteAuthenticator(assessment, clock)  # type: ignore[arg-type]


async def test_the_answer_is_remembered_briefly() -> None:
    assessment, clock = Assessment(KNOWN), FixedClock(NOW)
    ours = authenticator(assessment, clock)
    for _ in range(3):
        actor = await ours.authenticate("token")
        assert actor is not None
        assert (actor.kind, actor.id) == (ActorKind.PERSON, "p1")
        assert actor.has("KE-A-2026", Role.STATISTICIAN)
    assert assessment.asked == ["token"]


async def test_a_revocation_holds_within_a_minute() -> None:
    assessment, clock = Assessment(KNOWN), FixedClock(NOW)
    ours = authenticator(assessment, clock)
    assert await ours.authenticate("token") is not None
    assessment.answer = IntrospectionAnswer(active=False)
    clock.advance(timedelta(seconds=60))
    assert await ours.authenticate("token") is None


async def test_who_is_remembered_needs_no_assessment_and_others_are_not_the_public() -> None:
    assessment, clock = Assessment(KNOWN), FixedClock(NOW)
    ours = authenticator(assessment, clock)
    await ours.authenticate("token")
    assessment.answer = None
    assert await ours.authenticate("token") is not None
    with pytest.raises(UpstreamUnreachable):
        await ours.authenticate("another")


async def test_what_is_remembered_is_bounded_and_holds_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "_MOST", 10)
    ours = authenticator(Assessment(IntrospectionAnswer(active=False)), FixedClock(NOW))
    for number in range(50):
        assert await ours.authenticate(f"guess-{number}") is None
    assert len(ours._known) == 10
    assert not any(b"guess" in key for key in ours._known)
