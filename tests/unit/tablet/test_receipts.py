"""Nothing but a receipt that its server signed for these very interviews is believed."""

import base64
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.receipts import ReceiptRefused, verify

from tests.support.sync_server import SyncServer
from tests.unit.tablet.conftest import DRAFT


class TestReceipts:
    def _receipt(self, server: SyncServer, outbox: Outbox, **changes: Any) -> tuple[str, Any]:
        made = outbox.finalise(DRAFT)
        body = made.line + b"\n"

        answer = server.push(httpx.Request("POST", "http://s", content=body))
        token = answer.json()["receipt"]
        if changes:
            payload = orjson.loads(_part(token, 1))
            payload.update(changes)
            token = server.sign(payload)
        return token, made

    def test_a_good_one_is_believed(self, server: SyncServer, outbox: Outbox) -> None:
        token, made = self._receipt(server, outbox)
        receipt = verify(token, keys=server.jwks(), device=server.device, batch=[made])
        assert receipt.outcomes == {made.id: ("stored", None)}

    @pytest.mark.parametrize(
        "changes",
        [
            {"device": str(uuid4())},
            {"batch": {"count": 2, "digest": "0" * 64}},
            {"state": "duplicate"},
        ],
        ids=["other device", "other batch", "other state than the digest binds"],
    )
    def test_another_content_is_refused(
        self, server: SyncServer, outbox: Outbox, changes: dict[str, Any]
    ) -> None:
        token, made = self._receipt(server, outbox, **changes)
        with pytest.raises(ReceiptRefused):
            verify(token, keys=server.jwks(), device=server.device, batch=[made])

    def test_another_signer_is_refused(self, server: SyncServer, outbox: Outbox) -> None:
        token, made = self._receipt(server, outbox)
        with pytest.raises(ReceiptRefused):
            verify(token, keys=SyncServer().jwks(), device=server.device, batch=[made])

    @pytest.mark.parametrize("token", ["", "a.b.c", "x", "....", "e30.e30."])
    def test_nonsense_is_refused(self, server: SyncServer, outbox: Outbox, token: str) -> None:
        with pytest.raises(ReceiptRefused):
            verify(token, keys=server.jwks(), device=server.device, batch=[])

    def test_a_tampered_payload_is_refused(self, server: SyncServer, outbox: Outbox) -> None:
        token, made = self._receipt(server, outbox)
        head, body, tail = token.split(".")
        tampered = ".".join([head, body[:-4] + "AAAA", tail])
        with pytest.raises(ReceiptRefused):
            verify(tampered, keys=server.jwks(), device=server.device, batch=[made])


def _part(token: str, index: int) -> bytes:
    part = token.split(".")[index]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
