"""What the gateway itself refuses, it refuses as a problem document."""

import json
from pathlib import Path

import httpx
import pytest
from usga_shared.problems import TYPE_BASE

from tests.contract.gateway.conftest import PLAIN, raw, running
from tests.support.loopback import plain_client
from tools.launcher.ports import free_port
from tools.openapi.refusals import files as refusal_files

HOSTILE = [
    (b"GET /docs/../../../etc/passwd " + PLAIN, 400),
    (b"GET /v1/releases/%00 " + PLAIN, 400),
    (b"GET /v1/releases/" + b"a" * 9000 + b" " + PLAIN, 414),
    (b"CONNECT x:443 " + PLAIN, 405),
    (b"CONNECT /v1/releases " + PLAIN, 400),
    (b"get /v1/releases " + PLAIN, 400),
    (b"FOO /v1/releases " + PLAIN, 405),
    (b"TRACE /v1/releases " + PLAIN, 405),
    (b"POST /docs/ " + PLAIN + b"Content-Length: 0\r\n", 405),
    (b"OPTIONS * " + PLAIN, 400),
    (b"rubbish\r\n", 400),
    (b"GET /v1/releases HTTP/1.1\r\n", 400),
    (b"GET /v1/releases HTTP/2.0\r\nHost: x\r\n", 505),
    (b"GET /v1/releases " + PLAIN + b"A: " + b"b" * 40_000 + b"\r\n", 400),
    (b"GET /v1/releases " + PLAIN + b"Content-Length: -1\r\n", 400),
    (b"POST /v1/releases " + PLAIN + b"Transfer-Encoding: foo\r\n", 501),
    (b"GET /docs/start.js " + PLAIN + b"Range: bytes=99999999-\r\n", 416),
    (b"GET /docs/nothing.js " + PLAIN, 404),
]


class TestRefusals:
    @pytest.mark.parametrize(
        ("request_bytes", "status"), HOSTILE, ids=[str(line[:24]) for line, _ in HOSTILE]
    )
    def test_what_is_no_request_of_ours_is_a_problem_document_too(
        self, origin: str, request_bytes: bytes, status: int
    ) -> None:
        got, headers, body = raw(origin, request_bytes + b"\r\n")
        assert got == status
        assert headers["Content-Type"] == "application/problem+json"
        document = json.loads(body)
        assert document["status"] == status
        assert document["instance"] == f"urn:usga:request:{headers['X-Request-Id']}"
        named = {400: "bad-request", 414: "address-too-long"}
        if status in named:
            assert document["type"] == TYPE_BASE + named[status]
        assert ("Allow" in headers) is (status == 405)

    def test_allow_knows_pages_from_services(self, origin: str) -> None:
        allowed = [
            raw(origin, b"FOO %s %s\r\n" % (path, PLAIN))[1]["Allow"]
            for path in (b"/v1/releases", b"/docs/")
        ]
        assert allowed == ["GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS", "GET, HEAD"]

    def test_options_reaches_the_service(self, http: httpx.Client) -> None:
        assert http.options("/v1/releases").json()["method"] == "OPTIONS"

    def test_a_service_that_is_gone_is_said_so_in_the_callers_language(
        self, tmp_path: Path
    ) -> None:
        with (
            running(tmp_path, USGA_ASSESSMENT_ADDRESS=f"127.0.0.1:{free_port()}") as address,
            plain_client(base_url=address, trust_env=False) as http,
        ):
            gone = http.get("/v1/auth/me", headers={"Accept-Language": "de, sw;q=0.8"})
            alive = http.get("/v1/releases")
        assert gone.status_code == 502
        assert gone.headers["content-type"] == "application/problem+json"
        assert gone.headers["retry-after"] == "5"
        assert gone.headers["content-language"] == "sw"
        document = gone.json()
        assert document["status"] == 502
        assert document["type"].endswith("/unavailable")
        assert document["instance"] == f"urn:usga:request:{gone.headers['x-request-id']}"
        assert alive.status_code == 200

    def test_the_refusals_on_disk_are_those_of_the_catalogue(self) -> None:
        for path, content in refusal_files().items():
            assert path.read_text() == content, f"{path.name} is stale: run `make openapi`"
