"""The answers that docs/protocol/sync.md shows are those that the models of the wire write."""

import re
from pathlib import Path

import orjson
import pytest
from pydantic import BaseModel
from usga_assessment.schemas.sync import ReceiptPage
from usga_shared.wire.attachments import AttachmentCheckAnswer
from usga_shared.wire.sync import CheckAnswer, CheckRequest, PushAnswer

PAGE = Path("docs/protocol/sync.md").read_text("utf-8")


def shown(name: str) -> dict[str, object]:
    """The JSON block under the line that ends with this name."""
    found = re.search(rf"{re.escape(name)}:\n\n```json\n(.*?)\n```", PAGE, re.DOTALL)
    assert found, name
    document: dict[str, object] = orjson.loads(found[1])
    return document


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("asks `POST /v1/sync/check`", CheckRequest),
        ("answers `POST /v1/sync/check`", CheckAnswer),
        ("answers `GET /v1/receipts`", ReceiptPage),
        ("answers `POST /v1/sync/attachments/check`", AttachmentCheckAnswer),
        ("answers a push with files", PushAnswer),
    ],
)
def test_what_is_shown_is_what_is_written(name: str, model: type[BaseModel]) -> None:
    document = shown(name)
    written = model.model_validate(document).model_dump(mode="json")
    assert document == written
