"""The gateway of production: TLS, redirection, and nothing that was left out."""

import datetime as dt
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.contract.gateway.conftest import PLAIN, raw
from tools.launcher.gateway import SOURCE, GatewayFailed, check, gateway, make_folder, render
from tools.launcher.ports import free_port, is_free


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
