"""Sealed files: S3 variables rest encrypted, with a key outside the data folder."""

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = 32


class SealBroken(RuntimeError):
    """The file is not what was sealed under this key and name."""


class ExtractKeys:
    """One random key per assessment, in a folder that only the service's user reads."""

    def __init__(self, key_dir: Path) -> None:
        self._dir = key_dir / "extract"

    def of(self, assessment: str) -> bytes:
        """The key of an assessment; made at first use."""
        path = self._dir / f"{assessment}.key"
        if not path.exists():
            self._make(path)
        key = path.read_bytes()
        if len(key) != _KEY:
            raise SealBroken("the key file is damaged")
        return key

    def _make(self, path: Path) -> None:
        self._dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # the first maker wins, also among processes
        except FileExistsError:
            pass
        finally:
            draft.unlink()


def seal(content: bytes, key: bytes, name: str) -> bytes:
    """AES-256-GCM; `name` is bound to the content."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, name.encode())


def unseal(sealed: bytes, key: bytes, name: str) -> bytes:
    """Undo `seal`; raises SealBroken."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
    except InvalidTag:
        raise SealBroken("the sealed file was changed, or has another key or name") from None
