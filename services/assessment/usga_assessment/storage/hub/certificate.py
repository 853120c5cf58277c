"""A hub's self-made certificate: its own key, the one that the centre vouches for, nothing else.

Names and dates in it say nothing: a laptop has no name on a settlement's Wi-Fi, and its clock, or
a tablet's, may be years off. What counts is the key (docs/protocol/hub.md, H-60).
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from usga_assessment.domain.sync.receipt import ReceiptKey
from usga_assessment.storage.keys import Keyring, write_once

_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "USGA hub")])
_FROM = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_UNTIL = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""No end (RFC 5280, 4.1.2.5)."""


@dataclass(frozen=True, slots=True)
class ServingFiles:
    """What a server of TLS is given: certificate and private key, both PEM files."""

    certificate: Path
    key: Path


def serving_files(key_dir: Path) -> ServingFiles:
    """The files of this hub; the first call makes them."""
    key = Keyring(key_dir).receipt_keys()[-1]
    file = max((key_dir / "receipt").glob("*.pem"))
    certificate = key_dir / "tls" / f"{key.kid}.pem"
    if not certificate.exists():
        write_once(certificate, _certificate(key))
    return ServingFiles(certificate, file)


def _certificate(key: ReceiptKey) -> bytes:
    made = (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key.private, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
