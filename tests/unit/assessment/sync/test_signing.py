"""Receipts that are due together are signed together, each for the request that asked."""

import asyncio
import base64

import orjson
import pytest
from usga_assessment.domain.sync.receipt import ReceiptKey, new_key_pem
from usga_assessment.operations.signing import Signer

KEY = ReceiptKey.from_pem(new_key_pem())


class Keys:
    """Counts how often the newest key is asked for; fails while told to."""

    def __init__(self) -> None:
        self.asked, self.is_gone = 0, False

    def newest(self) -> ReceiptKey:
        self.asked += 1
        if self.is_gone:
            raise FileNotFoundError
        return KEY


def batch_of(word: str) -> str:
    """Whose receipt it is."""
    content = word.split(".")[1]
    return str(orjson.loads(base64.urlsafe_b64decode(content + "==="))["batch"])


class TestSign:
    async def test_each_gets_its_own_and_all_share_a_turn(self) -> None:
        keys = Keys()
        signer = Signer(keys.newest)
        words = await asyncio.gather(*(signer.sign({"batch": f"{n}"}) for n in range(5)))
        assert [batch_of(word) for word in words] == ["0", "1", "2", "3", "4"]
        assert keys.asked == 1
        assert batch_of(await signer.sign({"batch": "later"})) == "later"
        assert keys.asked == 2

    async def test_a_key_that_cannot_be_read_is_told_to_all_and_forgotten(self) -> None:
        keys = Keys()
        signer = Signer(keys.newest)
        keys.is_gone = True
        found = await asyncio.gather(
            signer.sign({"batch": "a"}), signer.sign({"batch": "b"}), return_exceptions=True
        )
        assert [type(each) for each in found] == [FileNotFoundError, FileNotFoundError]
        keys.is_gone = False
        assert batch_of(await signer.sign({"batch": "again"})) == "again"

    async def test_one_that_cannot_be_written_leaves_its_neighbours_alone(self) -> None:
        signer = Signer(Keys().newest)
        bad, good = await asyncio.gather(
            signer.sign({"batch": object()}), signer.sign({"batch": "good"}),
            return_exceptions=True,
        )  # fmt: skip
        assert isinstance(bad, TypeError)
        assert isinstance(good, str)
        assert batch_of(good) == "good"

    async def test_a_request_that_goes_away_is_passed_over(self) -> None:
        signer = Signer(Keys().newest)
        leaves = asyncio.ensure_future(signer.sign({"batch": "leaves"}))
        stays = asyncio.ensure_future(signer.sign({"batch": "stays"}))
        await asyncio.sleep(0)
        leaves.cancel()
        assert batch_of(await stays) == "stays"
        with pytest.raises(asyncio.CancelledError):
            await leaves
