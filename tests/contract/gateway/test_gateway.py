"""The gateway by itself: routes, limits, what it strips, what it answers when a service is gone."""

import contextlib
import datetime as dt
import json
import ssl
import time
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from usga_shared.http.etag import names
from usga_shared.problems import TYPE_BASE

from tests.support.upstream import echo_service
from tools.launcher.gateway import SOURCE, GatewayFailed, check, gateway, make_folder, render
from tools.launcher.ports import free_port, is_free
from tools.openapi.refusals import files as refusal_files

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


@contextlib.contextmanager
def running(folder: Path, *, variant: str = "plain", **values: str) -> Iterator[str]:
    port = free_port()
    with contextlib.ExitStack() as stack:
        for name in ("assessment", "indicators", "reports"):
            if f"USGA_{name.upper()}_ADDRESS" not in values:
                address = stack.enter_context(echo_service(name))
                values[f"USGA_{name.upper()}_ADDRESS"] = address
        make_folder(folder, {"USGA_GATEWAY_LISTEN": f"127.0.0.1:{port}", **values})
        origin = f"http://127.0.0.1:{port}"
        nginx = gateway(folder, origin, folder / "log")
        nginx.start()
        try:
            yield origin
        finally:
            nginx.stop()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("gateway")) as address:
        yield address


@pytest.fixture
def http(origin: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=origin, trust_env=False) as client:
        yield client


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
        transport = httpx.HTTPTransport()
        with httpx.Client(transport=transport) as client:
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
        assert refused.json()["type"].endswith("/content-too-large")
        assert str(limit) in refused.json()["detail"]

    def test_attachments_may_be_larger(self, http: httpx.Client) -> None:
        body = b"x" * (30 * 2**20)
        assert http.post("/v1/sync/attachments", content=body).json()["received"] == len(body)

    def test_too_many_requests_of_one_credential_are_told_to_wait(self, tmp_path: Path) -> None:
        with running(tmp_path, USGA_GATEWAY_RATE_ENTRANCE="1r/s") as address:
            answers = [httpx.post(f"{address}/v1/devices", trust_env=False) for _ in range(150)]
            others = httpx.get(f"{address}/v1/auth/me", trust_env=False)
            time.sleep(1.2)  # one turn of the rate above
            soon = httpx.post(f"{address}/v1/devices", trust_env=False)
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert refused[0].headers["retry-after"] == "10"
        assert refused[0].json()["type"].endswith("/too-many-requests")
        assert others.status_code == 200
        assert soon.status_code == 200, "a burst of a neighbour keeps a tablet out for a moment"


PLAIN = b"HTTP/1.1\r\nHost: x\r\n"
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


def raw(origin: str, request: bytes) -> tuple[int, Message, bytes]:
    """Send bytes that no client library would send; status, headers and body of the answer."""
    connection = HTTPConnection(origin.removeprefix("http://"), timeout=10)
    with contextlib.closing(connection):
        connection.connect()
        connection.sock.sendall(request)
        answer = HTTPResponse(connection.sock)
        answer.begin()
        return answer.status, answer.headers, answer.read()


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
            httpx.Client(base_url=address, trust_env=False) as http,
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


class TestProduction:
    @pytest.fixture
    def values(self, tmp_path: Path) -> dict[str, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        (tmp_path / "tls.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (tmp_path / "tls.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return {
            "USGA_ASSESSMENT_ADDRESS": "127.0.0.1:8081",
            "USGA_INDICATORS_ADDRESS": "127.0.0.1:8082",
            "USGA_REPORTS_ADDRESS": "127.0.0.1:8083",
            "USGA_GATEWAY_LISTEN": f"127.0.0.1:{free_port()}",
            "USGA_GATEWAY_LISTEN_PLAIN": f"127.0.0.1:{free_port()}",
            "USGA_GATEWAY_ACME": "/var/www/acme",
            "USGA_GATEWAY_HOST": "localhost",
            "USGA_GATEWAY_CERTIFICATE": str(tmp_path / "tls.pem"),
            "USGA_GATEWAY_CERTIFICATE_KEY": str(tmp_path / "tls.key"),
        }

    @pytest.mark.parametrize("variant", ["plain", "tls"])
    def test_nginx_accepts_both_variants(
        self, tmp_path: Path, values: dict[str, str], variant: str
    ) -> None:
        make_folder(tmp_path / "gateway", values, variant=variant)  # type: ignore[arg-type]
        assert "test is successful" in check(tmp_path / "gateway")

    def test_tls_is_modern_resumed_and_strict(
        self, tmp_path: Path, values: dict[str, str]
    ) -> None:
        folder = tmp_path / "gateway"
        make_folder(folder, values, variant="tls")
        plain = f"http://{values['USGA_GATEWAY_LISTEN_PLAIN']}"
        nginx = gateway(folder, plain, folder / "log")
        nginx.healthy = lambda: nginx.running and not is_free(int(plain.rpartition(":")[2]))
        nginx.start()
        port = values["USGA_GATEWAY_LISTEN"].partition(":")[2]
        trusted = ssl.create_default_context(cafile=str(tmp_path / "tls.pem"))
        try:
            moved = httpx.get(f"{plain}/v1/releases", trust_env=False)
            broken = raw(plain, b"get / " + PLAIN + b"\r\n")
            mistaken = raw(f"http://127.0.0.1:{port}", b"GET / " + PLAIN + b"\r\n")
            with httpx.Client(verify=trusted, trust_env=False) as client:
                page = client.get(f"https://localhost:{port}/docs/")
                missing = client.get(f"https://localhost:{port}/internal/v1/x")
            old = ssl.create_default_context(cafile=str(tmp_path / "tls.pem"))
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            old.set_ciphers("AES128-GCM-SHA256")  # no forward secrecy
            with (
                httpx.Client(verify=old, trust_env=False) as client,
                pytest.raises(httpx.ConnectError),
            ):
                client.get(f"https://localhost:{port}/docs/")
        finally:
            nginx.stop()
        assert moved.status_code == 308
        assert moved.headers["location"].startswith("https://127.0.0.1/v1/releases")
        for status, headers, _ in (mistaken, broken):  # plain HTTP on the port of TLS; no method
            assert status == 400
            assert headers["Content-Type"] == "application/problem+json"
        for answer in (page, missing):
            assert "max-age=31536000" in answer.headers["strict-transport-security"]
        text = (SOURCE / "server-tls.conf.template").read_text()
        assert "ssl_early_data off" in text

    def test_a_missing_value_is_an_error_not_an_empty_string(self) -> None:
        with pytest.raises(GatewayFailed, match="USGA_NOWHERE"):
            render("listen ${USGA_NOWHERE};", {})
