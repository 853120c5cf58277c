"""Receipt keys rotate under a running service."""

from pathlib import Path

import pytest
from usga_assessment.cli import main
from usga_assessment.domain.sync.receipt import verify

from tests.support.collecting import SERVICE_TOKEN, Collecting, interview


async def test_a_running_service_signs_with_the_new_key_P42(
    here: Collecting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await here.push(interview(1))).response.json()["receipt"]
    monkeypatch.setenv("USGA_ASSESSMENT_KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", SERVICE_TOKEN)
    assert main(["rotate-receipt-key"]) == 0
    response = await here.push_bytes(interview(2).line + b"\n")
    after = response.json()["receipt"]
    published = (await here.client.get("/.well-known/jwks.json")).json()
    assert len(published["keys"]) == 2
    assert before.split(".")[0] != after.split(".")[0], "another key signs"
    for receipt in (before, after):
        assert verify(receipt, published).batch.count == 1
