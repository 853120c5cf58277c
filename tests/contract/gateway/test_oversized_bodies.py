"""A body that is too large is told so each time, through nginx and straight: never a reset."""

import httpx

from tests.support.loopback import plain_client
from tests.support.upload_server import UploadServer

FORM = ("/v1/assessments/KE-MATHARE-2026/instruments", "text/csv", 10_500_000)
PUSH = ("/v1/sync/submissions", "application/x-ndjson", 2 * 2**20 + 1)
OFTEN = 20
#: Each body comes over a connection of its own: that is what may be reset.
FRESH = httpx.Limits(max_keepalive_connections=0)


def test_every_oversized_body_is_answered_413(
    gateway_origin: str, upload_server: UploadServer
) -> None:
    for address in (gateway_origin, upload_server.origin):
        for path, kind, size in (FORM, PUSH):
            body, headers = b"x" * size, {"Content-Type": kind, **upload_server.credential}
            with plain_client(timeout=30, limits=FRESH) as http:
                answers = [
                    http.post(f"{address}{path}", content=body, headers=headers)
                    for _ in range(OFTEN)
                ]
            assert [answer.status_code for answer in answers] == [413] * OFTEN
            types = {answer.json()["type"].rpartition("/")[2] for answer in answers}
            assert types == {"content-too-large"}
