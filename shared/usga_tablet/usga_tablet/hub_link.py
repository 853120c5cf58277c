"""The way to a hub: encrypted to the key that its certificate shows, which the centre must know.

A hub's certificate is self-made, so that no authority says whose it is. The tablet takes what is
shown, speaks to the holder of that very key and to nobody else, and gives nothing before the
centre's own word (H-40) turned out to name the same key (H-60).
"""

import asyncio
import ssl
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from usga_tablet.enrolment import is_near
from usga_tablet.link import SyncStopped

_PATIENCE = 20.0
_COORDINATE = 32


@dataclass(frozen=True, slots=True)
class HubLink:
    """A way to a hub; `shown` is the key of its certificate, None where nothing is encrypted."""

    http: httpx.AsyncClient
    shown: dict[str, str] | None


@asynccontextmanager
async def hub_link(url: str, *, plain: bool = False) -> AsyncIterator[HubLink]:
    """A link to the hub at this address; raises SyncStopped.

    `plain` permits what is not encrypted where it is not this machine itself.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise SyncStopped(f"{url} is no address of a hub") from None
    if parts.scheme == "http":
        if not (plain or is_near(host)):
            raise SyncStopped(f"{url} is not encrypted: https, or say --plain")
        async with httpx.AsyncClient(base_url=url) as http:
            yield HubLink(http, None)
        return
    if parts.scheme != "https" or not host:
        raise SyncStopped(f"{url} is no address of a hub")
    try:
        pem = await asyncio.to_thread(_certificate_at, host, parts.port or 443)
        shown = _key_of(pem)
    except (OSError, ValueError) as why:
        raise SyncStopped(f"no hub answers at {url}") from why
    async with httpx.AsyncClient(base_url=url, verify=_only(pem)) as http:
        yield HubLink(http, shown)


def _certificate_at(host: str, port: int) -> str:
    return ssl.get_server_certificate((host, port), timeout=_PATIENCE)


def _only(pem: str) -> ssl.SSLContext:
    """Whoever holds the key of this certificate; its name and dates say nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=pem)
    return context


def _key_of(pem: str) -> dict[str, str]:
    """The public key of a certificate as the members of a JWK; raises ValueError for others."""
    key = x509.load_pem_x509_certificate(pem.encode()).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise ValueError("a hub's key is a P-256 key")
    numbers = key.public_numbers()
    return {"x": _text(numbers.x), "y": _text(numbers.y)}


def _text(number: int) -> str:
    raw = number.to_bytes(_COORDINATE, "big")
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
