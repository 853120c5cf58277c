"""Parcels: what a hub stores, sealed to the centre; the hub itself cannot open it again.

HPKE (RFC 9180) in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, with an
ephemeral key for each parcel. The label is bound to it as `info`.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

KEY_BYTES = 32
OVERHEAD = 48
"""Bytes by which a parcel is longer than its content: the ephemeral key and the tag."""
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_ID_HEX = 16


class ParcelUnreadable(Exception):
    """The key is another one, or the parcel or its label was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a parcel says outside; changing any of it makes it unreadable."""

    hub: UUID
    parcel: UUID
    assessment: str
    device: UUID
    coding: str
    key: str
    proof: str

    def info(self) -> bytes:
        """The label as it is bound to the parcel."""
        parts = (
            "usga parcel/1", str(self.hub), str(self.parcel), self.assessment, str(self.device),
            self.coding, self.key, self.proof,
        )  # fmt: skip
        return "\0".join(parts).encode()


@dataclass(frozen=True, slots=True)
class PublicSealingKey:
    """The centre's public key, named by its hash."""

    id: str
    raw: bytes

    @classmethod
    def of(cls, raw: bytes) -> "PublicSealingKey":
        """From its 32 bytes."""
        X25519PublicKey.from_public_bytes(raw)
        return cls(hashlib.sha256(b"usga sealing key\0" + raw).hexdigest()[:_ID_HEX], raw)


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The private half; only the centre has it, outside its database."""

    public: PublicSealingKey
    private: X25519PrivateKey

    @classmethod
    def of(cls, raw: bytes) -> "SealingKey":
        """From the 32 bytes of the private key."""
        private = X25519PrivateKey.from_private_bytes(raw)
        return cls(PublicSealingKey.of(private.public_key().public_bytes_raw()), private)


def seal_parcel(body: bytes, label: Label, key: PublicSealingKey) -> bytes:
    """Seal a body; only the holder of the private key opens it, under this very label."""
    public = X25519PublicKey.from_public_bytes(key.raw)
    return _SUITE.encrypt(body, public, info=label.info())


def open_parcel(sealed: bytes, label: Label, key: SealingKey) -> bytes:
    """The body; raises ParcelUnreadable when anything of parcel or label was changed."""
    try:
        return _SUITE.decrypt(sealed, key.private, info=label.info())
    except (InvalidTag, ValueError):
        raise ParcelUnreadable from None
