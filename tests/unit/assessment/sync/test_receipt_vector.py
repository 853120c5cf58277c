"""The receipt on the protocol's page verifies as the page says, by two programs."""

import json
import re
from pathlib import Path
from uuid import UUID

import pytest
from usga_assessment.domain.sync.receipt import verify
from usga_tablet.outbox import Finalised
from usga_tablet.receipts import ReceiptRefused
from usga_tablet.receipts import verify as verify_on_tablet

PROTOCOL = Path("docs/protocol/sync.md").read_text("utf-8")
KEY, RECEIPT = re.search(  # type: ignore[union-attr]
    r"```json\n(\{\"crv\".*?\})\n```\n```text\n(\S+)\n```", PROTOCOL
).groups()
KEYS = {"keys": [json.loads(KEY)]}
LINE = re.search(r"```\n(\{\"id\".*?\})\n```", PROTOCOL).group(1).encode()  # type: ignore[union-attr]
BATCH = [
    Finalised(1, UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f"),
              "9fe10a35675c55b68e0996916bb9abd6ec4bdf7f30f3531846baf70d14422eff", LINE),
    Finalised(2, UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e10"),
              "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa", b"other"),
]  # fmt: skip


def test_the_receipt_of_the_page_verifies_P41() -> None:
    payload = verify(RECEIPT, KEYS)
    assert payload.batch.digest in PROTOCOL.partition("## 7. Receipts")[0], "section 6 has it too"
    receipt = verify_on_tablet(RECEIPT, keys=KEYS, device=str(payload.device), batch=BATCH)
    assert [state for state, _ in receipt.outcomes.values()] == ["stored", "quarantined"]


@pytest.mark.parametrize("change", ["order", "device", "digest", "one less"])
def test_it_speaks_of_nothing_else_P41(change: str) -> None:
    device = str(verify(RECEIPT, KEYS).device)
    batch = list(BATCH)
    match change:
        case "order":
            batch.reverse()
        case "device":
            device = "another"
        case "digest":
            batch[0] = Finalised(1, batch[0].id, "0" * 64, LINE)
        case _:
            batch.pop()
    with pytest.raises(ReceiptRefused):
        verify_on_tablet(RECEIPT, keys=KEYS, device=device, batch=batch)
