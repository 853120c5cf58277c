"""What a tablet and the centre share, and a hub does not: one secret, four uses.

The centre derives it from a key outside its database and gives it to the tablet at enrolment. A
hub gets only the hash of what the tablet will show to that one hub.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "usgac_"
"""Of the credential that a tablet shows to one hub."""
NONCE_BYTES = 12
_MAIL_VERSION = b"\x01"


class MailUnreadable(Exception):
    """It was sealed for another tablet, or changed."""


@dataclass(frozen=True, slots=True)
class CourierKey:
    """The secret of one device; `secret` is 32 bytes."""

    secret: bytes

    @classmethod
    def derive(cls, master: bytes, device: UUID) -> "CourierKey":
        """The key of a device, the same whenever it is asked for."""
        return cls(hmac.digest(master, b"usga courier/1\0" + str(device).encode(), "sha256"))

    def text(self) -> str:
        """As the tablet keeps it."""
        return _text(self.secret)

    def credential(self, hub: UUID) -> str:
        """What the tablet shows to this hub: it opens nothing at the centre, nor at another."""
        shown = hmac.digest(self.secret, b"usga carry/1\0" + str(hub).encode(), "sha256")
        return PREFIX + _text(shown)

    def proof(self, body: bytes) -> str:
        """The tablet's word that it made this body (decoded, as its digests see it)."""
        return _text(
            hmac.digest(self.secret, b"usga proof/1\0" + hashlib.sha256(body).digest(), "sha256")
        )

    def file_proof(self, *, submission: UUID, name: str, sha256: str, size: int) -> str:
        """The tablet's word that this file is its own, and of which interview; it tells nothing.

        The same for the same file, for ever: a hub knows a file by it, and knows no more.
        """
        said = "\0".join(("usga file/1", str(submission), sha256, str(size), name))
        return _text(hmac.digest(self.secret, said.encode(), "sha256"))

    def seal_mail(self, content: bytes, device: UUID, nonce: bytes) -> bytes:
        """Words of the centre that only this tablet opens."""
        box = AESGCM(self._mail_key())
        return _MAIL_VERSION + nonce + box.encrypt(nonce, content, str(device).encode())

    def open_mail(self, sealed: bytes, device: UUID) -> bytes:
        """What the centre said; raises MailUnreadable."""
        if sealed[:1] != _MAIL_VERSION:
            raise MailUnreadable
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return AESGCM(self._mail_key()).decrypt(nonce, body, str(device).encode())
        except (InvalidTag, ValueError):
            raise MailUnreadable from None

    def _mail_key(self) -> bytes:
        return hmac.digest(self.secret, b"usga mail/1", "sha256")


def verifier_of(credential: str) -> str:
    """What a hub keeps of a tablet's credential: random 256 bits need no slow hash."""
    return hashlib.sha256(credential.encode()).hexdigest()


def is_proof(shown: str, key: CourierKey, body: bytes) -> bool:
    """Whether the holder of the key made this body."""
    return hmac.compare_digest(shown.encode(), key.proof(body).encode())


def is_file_proof(
    shown: str, key: CourierKey, *, submission: UUID, name: str, sha256: str, size: int
) -> bool:
    """Whether the holder of the key announced this file."""
    wanted = key.file_proof(submission=submission, name=name, sha256=sha256, size=size)
    return hmac.compare_digest(shown.encode(), wanted.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
