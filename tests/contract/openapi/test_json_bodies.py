"""No operation takes JSON that two programs could read differently."""

import re
from pathlib import Path

import httpx
import pytest

from tools.openapi.merge import SERVICES, application

TWICE = b'{"assessment": "KE-MATHARE-2026", "assessment": "KE-OTHER-2026"}'
AFTER_THE_CREDENTIAL = {"/v1/submissions"}
"""Reads an envelope itself, by the strict reading of the sync protocol."""


@pytest.mark.parametrize("service", SERVICES)
async def test_a_name_given_twice_is_refused_before_anything_else(
    service: str, tmp_path: Path
) -> None:
    app = application(service, tmp_path)
    taking = [
        (method, re.sub(r"\{[^}]+\}", "x", path))
        for path, item in app.openapi()["paths"].items()
        if path not in AFTER_THE_CREDENTIAL
        for method, operation in item.items()
        if [*operation.get("requestBody", {}).get("content", {})] == ["application/json"]
    ]
    assert taking
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        for method, path in taking:
            answer = await client.request(
                method, path, content=TWICE, headers={"Content-Type": "application/json"}
            )
            refused = (answer.status_code, answer.json()["type"].rpartition("/")[2])
            assert refused == (400, "malformed-body"), (method, path)
