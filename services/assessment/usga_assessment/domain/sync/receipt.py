"""Receipts: compact JWS signed with ES256, verifiable offline with the published keys."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from usga_shared.wire.sync import ReceiptPayload

TYPE = "usga-receipt+jwt"
_SIZE = 32
_ES256 = ec.ECDSA(hashes.SHA256())


class NotAReceipt(Exception):
    """The text is no receipt signed with one of the known keys."""


@dataclass(frozen=True, slots=True)
class ReceiptKey:
    """A signing key; `kid` is the thumbprint of its public half (RFC 7638)."""

    kid: str
    private: ec.EllipticCurvePrivateKey

    @classmethod
    def from_pem(cls, pem: bytes) -> "ReceiptKey":
        """Read a PKCS 8 file; raises ValueError when it is no P-256 key."""
        private = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("a receipt key is an elliptic-curve key")
        return cls(_thumbprint(private.public_key()), private)

    def public_jwk(self) -> dict[str, Any]:
        """The public key as published in the JWKS."""
        return {
            **_coordinates(self.private.public_key()), "kid": self.kid, "use": "sig",
            "alg": "ES256",
        }  # fmt: skip


def new_key_pem() -> bytes:
    """A fresh P-256 key as PKCS 8 PEM."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def sign(payload: ReceiptPayload, key: ReceiptKey) -> str:
    """The receipt as compact JWS."""
    content = payload.model_dump(exclude_none=True)
    content.setdefault("install", None)  # named also when there is none: a batch of several
    return sign_content(content, TYPE, key)


def sign_content(content: dict[str, Any], type_: str, key: ReceiptKey) -> str:
    """A signed word of this server, of one of the types that it signs, as compact JWS."""
    signed = _header(key.kid, type_) + b"." + _encode(orjson.dumps(content))
    r, s = decode_dss_signature(key.private.sign(signed, _ES256))
    signature = r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
    return (signed + b"." + _encode(signature)).decode()


def verify(receipt: str, jwks: dict[str, Any]) -> ReceiptPayload:
    """The content of a receipt; raises NotAReceipt unless a published key signed it."""
    content = verify_content(receipt, TYPE, jwks)
    try:
        return ReceiptPayload.model_validate(content)
    except ValueError:
        raise NotAReceipt from None


def verify_content(word: str, type_: str, jwks: dict[str, Any]) -> dict[str, Any]:
    """The content of a signed word of this type; raises NotAReceipt for anything else."""
    try:
        signed, _, signature = word.encode().rpartition(b".")
        header, body = (orjson.loads(_decode(part)) for part in signed.split(b"."))
        raw = _decode(signature)
        if header["alg"] != "ES256" or header["typ"] != type_ or len(raw) != 2 * _SIZE:
            raise NotAReceipt
        key = next(key for key in jwks["keys"] if key["kid"] == header["kid"])
        numbers = (int.from_bytes(raw[:_SIZE], "big"), int.from_bytes(raw[_SIZE:], "big"))
        read_jwk(key).verify(encode_dss_signature(*numbers), signed, _ES256)
        return dict(body)
    except (ValueError, KeyError, StopIteration, InvalidSignature, TypeError):
        raise NotAReceipt from None


def key_id(word: str) -> str:
    """Which key a compact JWS says that signed it; raises ValueError or KeyError for no JWS."""
    return str(orjson.loads(_decode(word.partition(".")[0].encode()))["kid"])


@lru_cache(maxsize=64)
def _header(kid: str, type_: str) -> bytes:
    return _encode(orjson.dumps({"alg": "ES256", "kid": kid, "typ": type_}))


def read_jwk(jwk: Mapping[str, Any]) -> ec.EllipticCurvePublicKey:
    """A public P-256 key as a JWK gives it; raises ValueError or KeyError for what is none."""
    x, y = (int.from_bytes(_decode(jwk[axis].encode()), "big") for axis in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _coordinates(public: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = public.public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": _encode(numbers.x.to_bytes(_SIZE, "big")).decode(),
        "y": _encode(numbers.y.to_bytes(_SIZE, "big")).decode(),
    }


def _thumbprint(public: ec.EllipticCurvePublicKey) -> str:
    canonical = orjson.dumps(_coordinates(public), option=orjson.OPT_SORT_KEYS)
    return _encode(hashlib.sha256(canonical).digest()).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _decode(data: bytes) -> bytes:
    return base64.urlsafe_b64decode(data + b"=" * (-len(data) % 4))
