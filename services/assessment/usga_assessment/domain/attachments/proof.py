"""The server's signed word that it keeps certain files: only that lets a tablet delete them."""

import base64
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from usga_assessment.domain.sync.receipt import ReceiptKey

TYPE = "usga-files+jwt"
_SIZE = 32


def sign_files(content: dict[str, Any], key: ReceiptKey) -> str:
    """The content as compact JWS (ES256), with the keys that sign receipts."""
    header = {"alg": "ES256", "kid": key.kid, "typ": TYPE}
    signed = _encode(orjson.dumps(header)) + b"." + _encode(orjson.dumps(content))
    r, s = decode_dss_signature(key.private.sign(signed, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
    return (signed + b"." + _encode(signature)).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
