"""Pushing interviews: states, receipts, durability."""

from usga_assessment.domain.sync.digests import batch_digest
from usga_shared.wire.vocabulary import ItemState

from tests.support.collecting import HERE, Collecting, interview


class TestPush:
    async def test_a_batch_is_stored_and_receipted(self, here: Collecting) -> None:
        batch = [interview(seq) for seq in range(1, 6)]
        answer = await here.push(*batch)
        assert [answer.state(i) for i in batch] == ["stored"] * 5
        assert answer.receipt.assessment == HERE
        assert answer.receipt.batch.count == 5
        assert answer.receipt.batch.digest == batch_digest(
            (i.id, bytes.fromhex(i.digest), ItemState.STORED) for i in batch
        )
        held = await here.rows("SELECT count(*) AS n FROM submission_content")
        assert held[0]["n"] == 5
        picture = answer.receipt.sequence
        assert picture is not None
        assert (picture.contiguous, picture.max, picture.gaps) == (5, 5, [])
