"""The gateway by itself: routes, what it hands on and strips, limits."""

import time
from pathlib import Path

import httpx
import pytest
from usga_shared.http.etag import names

from tests.contract.gateway.conftest import running
from tests.support.loopback import plain_client

ROUTES = {
    "assessment": [
        "auth",
        "devices",
        "assessments",
        "instruments",
        "sync",
        "submissions",
        "records",
        "receipts",
    ],
    "indicators": [
        "indicators",
        "releases",
        "observations",
        "indices",
        "areas",
        "quality",
        "weights",
    ],
    "reports": ["findings", "recommendations", "reports", "report-templates"],
}
ROOTS = {
    "assessment": ["/openrosa", "/.well-known/jwks.json"],
    "indicators": ["/sdmx", "/ogc", "/odata", "/catalog"],
}


class TestRoutes:
    @pytest.mark.parametrize(
        ("service", "path"),
        [(service, f"/v1/{name}") for service, names in ROUTES.items() for name in names]
        + [(service, path) for service, paths in ROOTS.items() for path in paths],
    )
    def test_each_first_segment_reaches_its_service(
        self, http: httpx.Client, service: str, path: str
    ) -> None:
        for target in (path, f"{path}/x?y=1"):
            answer = http.get(target).json()
            assert answer["service"] == service
            assert answer["path"] == target

    @pytest.mark.parametrize(
        "path",
        [
            "/internal",
            "/internal/v1/credentials/introspection",
            "/metrics",
            "/health/ready",
            "/v1",
            "/v1/authority",
            "/v2/auth",
            "/v1/auth/../../internal/v1/x",
            "/v1/auth/%2e%2e/%2e%2e/internal/v1/x",
            "/v1/auth/..%2f..%2finternal/v1/x",
            "//internal/v1/x",
            "/docs/../internal",
        ],
    )
    def test_what_is_not_listed_does_not_exist(self, origin: str, path: str) -> None:
        with plain_client(trust_env=False) as client:
            # httpx would tidy the path; the raw target is what an attacker sends
            request = client.build_request("POST", origin)
            request.url = request.url.copy_with(raw_path=path.encode())
            answer = client.send(request)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith("/not-found")

    def test_the_api_browser_and_its_parts_come_from_here_alone(self, http: httpx.Client) -> None:
        page = http.get("/docs/")
        assert page.status_code == 200
        assert "http" not in page.text.replace("http-equiv", "")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        for part in ("start.js", "swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css"):
            assert http.get(f"/docs/{part}").status_code == 200
        assert http.get("/docs").headers["location"] == "/docs/"


class TestHandingOn:
    def test_claims_about_identity_and_origin_are_stripped(self, http: httpx.Client) -> None:
        claims = {
            "X-USGA-Service": "stolen",
            "X-USGA-Actor": "admin",
            "X-USGA-Roles": "admin",
            "X-User": "admin",
            "X_USGA_Service": "stolen",
            "Forwarded": "for=10.0.0.1",
            "X-Real-IP": "10.0.0.1",
            "X-Forwarded-For": "10.0.0.1",
        }
        headers = http.get("/v1/auth/me", headers=claims).json()["headers"]
        assert not {"x-usga-service", "x-usga-actor", "x-usga-roles", "x-user"} & set(headers)
        assert not {"forwarded", "x-real-ip", "x_usga_service"} & set(headers)
        assert headers["x-forwarded-for"] == "127.0.0.1"

    def test_credentials_and_conditions_pass(self, http: httpx.Client) -> None:
        sent = {"Authorization": "Bearer t", "X-API-Key": "k", "If-None-Match": '"e"'}
        headers = http.get("/v1/releases", headers=sent).json()["headers"]
        assert {name.lower(): value for name, value in sent.items()}.items() <= headers.items()

    def test_a_request_id_is_kept_when_well_formed_and_made_otherwise(
        self, http: httpx.Client
    ) -> None:
        def passed(value: str) -> str:
            answer = http.get("/v1/auth/me", headers={"X-Request-Id": value}).json()
            return str(answer["headers"]["x-request-id"])

        assert passed("abcdef-0123456789") == "abcdef-0123456789"
        assert passed('short"} evil') not in ("", 'short"} evil')

    def test_a_tag_of_a_compressed_answer_is_weak_and_comes_back_as_it_is(
        self, http: httpx.Client
    ) -> None:
        """Why the services know their tags in the weak form too (RFC 9110 8.8.1)."""
        tag = http.get("/v1/releases").headers["etag"]
        assert tag == 'W/"strong"'
        for name in ("If-Match", "If-None-Match"):
            headers = http.get("/v1/releases", headers={name: tag}).json()["headers"]
            assert headers[name.lower()] == tag
            assert names(headers[name.lower()], '"strong"')

    def test_json_is_compressed_for_who_can_read_it(self, http: httpx.Client) -> None:
        assert http.get("/v1/releases").headers["content-encoding"] == "gzip"
        plain = http.get("/v1/releases", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] == '"strong"'
        assert "accept-encoding" in plain.headers["vary"].lower()


class TestLimits:
    @pytest.mark.parametrize(
        ("path", "limit"),
        [
            ("/v1/sync/submissions", 2 * 2**20),
            ("/v1/assessments/KE-MATHARE-2026/transitions", 2 * 2**20),
            ("/v1/assessments/KE-MATHARE-2026/instruments", 20 * 2**20),
            ("/v1/assessments/KE-MATHARE-2026/sample", 20 * 2**20),
        ],
    )
    def test_a_body_past_the_limit_of_its_route_is_refused(
        self, http: httpx.Client, path: str, limit: int
    ) -> None:
        assert http.post(path, content=b"x" * limit).json()["received"] == limit
        refused = http.post(path, content=b"x" * (limit + 1))
        assert refused.status_code == 413
        document = refused.json()
        assert document["type"].endswith("/content-too-large")
        assert str(limit) in document["detail"]
        assert (document["limit"], document["size"]) == (limit, limit + 1)

    def test_a_body_that_told_no_size_is_told_the_limit_alone(self, http: httpx.Client) -> None:
        chunks = iter([b"x" * 2**20] * 3)
        refused = http.post("/v1/sync/submissions", content=chunks)
        assert refused.status_code == 413
        assert refused.json()["limit"] == 2 * 2**20
        assert "size" not in refused.json()

    def test_attachments_may_be_larger(self, http: httpx.Client) -> None:
        body = b"x" * (30 * 2**20)
        assert http.post("/v1/sync/attachments", content=body).json()["received"] == len(body)

    def test_too_many_requests_of_one_credential_are_told_to_wait(self, tmp_path: Path) -> None:
        with (
            running(tmp_path, USGA_GATEWAY_RATE_ENTRANCE="1r/s") as address,
            plain_client(base_url=address, trust_env=False) as http,
        ):
            answers = [http.post("/v1/devices") for _ in range(150)]
            others = http.get("/v1/auth/me")
            time.sleep(1.2)  # one turn of the rate above
            soon = http.post("/v1/devices")
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert refused[0].headers["retry-after"] == "10"
        assert refused[0].json()["type"].endswith("/too-many-requests")
        assert others.status_code == 200
        assert soon.status_code == 200, "a burst of a neighbour keeps a tablet out for a moment"
