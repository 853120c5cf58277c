"""The tablet's secret for hubs: what it shows to one, how it proves a body, how it opens mail."""

import base64
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class MailRefused(Exception):
    """It was not sealed by the centre for this tablet."""


class Courier:
    """Made from the key that the centre gave at enrolment; a hub never sees it."""

    def __init__(self, key: str) -> None:
        self._secret = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))

    def credential(self, hub: str) -> str:
        """What is shown to this hub: worth nothing at the centre, nor at another hub."""
        return "usgac_" + self._derived(b"usga carry/1\0" + hub.encode())

    def proof(self, body: bytes) -> str:
        """Tells the centre that this tablet made the body, whoever brings it."""
        return self._derived(b"usga proof/1\0" + hashlib.sha256(body).digest())

    def file_proof(self, *, submission: str, name: str, sha256: str, size: int) -> str:
        """Names a file to a hub without telling anything of it; to the centre it proves it."""
        said = "\0".join(("usga file/1", submission, sha256, str(size), name))
        return self._derived(said.encode())

    def open_mail(self, sealed: bytes, device: str) -> bytes:
        """The centre's words; raises MailRefused."""
        key = hmac.digest(self._secret, b"usga mail/1", "sha256")
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if sealed[:1] != b"\x01":
                raise MailRefused
            return AESGCM(key).decrypt(nonce, body, device.encode())
        except (InvalidTag, ValueError):
            raise MailRefused from None

    def _derived(self, of: bytes) -> str:
        raw = hmac.digest(self._secret, of, "sha256")
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
