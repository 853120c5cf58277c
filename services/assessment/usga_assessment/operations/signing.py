"""Sign receipts: those that fall due in the same moment one after the other.

A signature on P-256 reads a table of 150 kB that is larger than a core's nearest cache. Between
two other pieces of work it costs three times its own computation, because each of them starts
with an empty cache again; the receipts of a joint commit are due together anyway.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from usga_assessment.domain.sync.receipt import TYPE, ReceiptKey, sign_content

_Due = tuple[dict[str, Any], "asyncio.Future[str]"]


class Signer:
    """Signs the contents of receipts with the newest key."""

    def __init__(self, newest: Callable[[], ReceiptKey]) -> None:
        self._newest = newest
        self._due: list[_Due] = []

    async def sign(self, content: dict[str, Any]) -> str:
        """The receipt as compact JWS; whoever asks in the same pass of the loop shares a turn."""
        loop = asyncio.get_running_loop()
        signed: asyncio.Future[str] = loop.create_future()
        if not self._due:
            loop.call_soon(self._sign_due)
        self._due.append((content, signed))
        return await signed

    def _sign_due(self) -> None:
        due, self._due = self._due, []
        try:
            key = self._newest()
        except Exception as error:  # noqa: BLE001 - handed to the requests that wait for it
            for _, signed in due:
                if not signed.done():
                    signed.set_exception(error)
            return
        for content, signed in due:
            if not signed.done():  # else its request has gone away
                _settle(signed, content, key)


def _settle(signed: "asyncio.Future[str]", content: dict[str, Any], key: ReceiptKey) -> None:
    try:
        signed.set_result(sign_content(content, TYPE, key))
    except Exception as error:  # noqa: BLE001 - one that cannot be written is its own alone
        signed.set_exception(error)
