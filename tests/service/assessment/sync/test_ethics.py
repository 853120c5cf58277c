"""Rules of ethics quarantine and redact, and never refuse (docs/protocol/sync.md)."""

from uuid import UUID

from usga_assessment.domain.access.policy import Scope
from usga_assessment.domain.sealing.content import Opener
from usga_assessment.storage.submissions import Submissions

from tests.support.collecting import Collecting, interview


class TestEthics:
    async def test_sensitive_answers_behind_a_closed_gate_are_dropped_P18(
        self, here: Collecting
    ) -> None:
        closed = interview(answers={"priv_ok": "no", "pv_phys_5y": "yes"})
        answer = await here.push(closed)
        assert (answer.state(closed), answer.code(closed)) == ("quarantined", "E-01")
        assert answer.redacted(closed) == ["/answers/-"]  # which one would tell
        content = await here.rows("SELECT s3 FROM submission_content")
        assert content[0]["s3"] is None
        opened = await raw_of(here, closed.id)
        assert b"pv_phys_5y" not in opened
        digest = await here.rows("SELECT digest FROM submission_revision")
        assert bytes(digest[0]["digest"]).hex() == closed.digest  # of what was received

    async def test_answers_without_consent_are_dropped_P18(self, here: Collecting) -> None:
        silent = interview()
        del silent.document["answers"]["consent"]
        silent.__post_init__()
        answer = await here.push(silent)
        assert (answer.state(silent), answer.code(silent)) == ("quarantined", "C-01")
        assert {"/answers/sex", "/answers/-"} <= set(answer.redacted(silent))

    async def test_a_respondent_who_said_no_left_nothing_P18(self, here: Collecting) -> None:
        said_no = interview(
            answers={"consent": "no", "Juma 0712": "x"}, paradata={"log": "canary"}
        )
        answer = await here.push(said_no)
        assert (answer.state(said_no), answer.code(said_no)) == ("quarantined", "C-01")
        assert {"/answers/sex", "/answers/safe_night"} <= set(answer.redacted(said_no))
        shown = await here.get(f"/v1/submissions/{said_no.id}", by="analyst")
        assert shown.json()["answers"] == {
            "stratum": "s01", "psu": "s01-p01", "consent": "no", "consent_sens": "yes",
        }  # fmt: skip
        kept = await raw_of(here, said_no.id)
        assert not any(word in kept for word in (b"female", b"unsafe", b"Juma", b"canary"))
        await here.post(f"/v1/submissions/{said_no.id}/revalidation", {})
        again = await here.get(f"/v1/submissions/{said_no.id}")
        assert (again.json()["state"], again.json()["code"]) == ("quarantined", "C-01")

    async def test_a_refusal_is_no_breach(self, here: Collecting) -> None:
        refusal = interview()
        refusal.document["answers"] = {"stratum": "s01", "psu": "s01-p01", "consent": "no"}
        refusal.__post_init__()
        assert (await here.push(refusal)).state(refusal) == "stored"
        shown = (await here.get(f"/v1/submissions/{refusal.id}")).json()
        assert shown["disposition"] == "2.112"  # though the form does not ask for it

    async def test_no_note_names_a_sensitive_question_P18(self, here: Collecting) -> None:
        odd = interview(answers={"pv_phys_5y": "perhaps", "safe_night": "perhaps"})
        assert (await here.push(odd)).code(odd) == "invalid-answers"
        told = [
            (await here.get(f"/v1/submissions/{odd.id}", by=who)).json()["problems"]
            for who in ("supervisor", "analyst")
        ]
        for problems in told:
            assert [(each["pointer"], each["code"]) for each in problems] == [
                ("/answers/safe_night", "unknown-choice"), ("/answers/-", "s3-answers"),
            ]  # fmt: skip
        listed = await here.get("/v1/submissions")
        held = await here.rows("SELECT problems, warnings, redacted FROM submission_revision")
        assert "pv_" not in str(listed.json()) + str(held)

    async def test_a_second_sensitive_interview_of_a_household_is_quarantined_P18(
        self, here: Collecting
    ) -> None:
        one, two = interview(1, case="c-001"), interview(2, case="c-001")
        other = interview(3, case="c-002")
        await here.push(one)
        answer = await here.push(two, other)
        assert (answer.state(two), answer.code(two)) == ("quarantined", "E-03")
        assert answer.state(other) == "stored"
        edit = one.edited(seq=4)
        assert (await here.push(edit)).state(edit) == "stored"  # the same person


async def raw_of(here: Collecting, id_: UUID) -> bytes:
    """The received bytes as they are kept."""
    async with here.database.read() as session:
        submissions = Submissions(session, Scope(everywhere=True))
        (held, *_) = await submissions.find(id_)
        contents = await submissions.contents([held.pk])
        opener: Opener = here.app.state.sync.opener(held.assessment)
        return opener.raw(contents[held.pk], id_.bytes)
