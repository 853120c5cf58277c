"""Key files outside the database: the root key, class keys, receipt keys."""

import hmac
import os
import secrets
from pathlib import Path

from usga_assessment.domain.hub.parcel import SealingKey
from usga_assessment.domain.sealing.box import KEY_BYTES, ClassKeys, KeyWrap, SealedClass
from usga_assessment.domain.sync.receipt import ReceiptKey, new_key_pem
from usga_assessment.storage.folders import make_folder, open_folder, sync_folder

_DESTROYED = ".destroyed"


class Keyring:
    """The keys of one installation under one folder; files are 0600, made atomically.

    Class keys are read again when their file changes, so that a key destroyed by another process
    is gone here too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        open_folder(folder)
        folder.chmod(0o700)
        root = _read_or_create(folder / "root.key")
        self._root = root
        self.wrap = KeyWrap(root)
        self._known: dict[str, tuple[str, int, ClassKeys]] = {}
        self._receipt_folder = str(folder / "receipt")
        self._receipts: tuple[int, list[ReceiptKey]] | None = None

    def receipt_keys(self) -> list[ReceiptKey]:
        """The receipt keys, oldest first; the last one signs. The first call makes one.

        Read again when their folder changed: another process may have rotated them.
        """
        known = self._receipts
        if known is not None and os.stat(self._receipt_folder).st_mtime_ns == known[0]:  # noqa: PTH116 - often
            return known[1]
        folder = Path(self._receipt_folder)
        if not any(folder.glob("*.pem")):
            write_once(folder / "00001.pem", new_key_pem())
        open_folder(folder)
        sync_folder(folder)  # before a key signs: it may be another's, who did not come to that
        changed = folder.stat().st_mtime_ns  # before reading: what comes meanwhile is read later
        keys = [ReceiptKey.from_pem(file.read_bytes()) for file in sorted(folder.glob("*.pem"))]
        self._receipts = changed, keys
        return keys

    def rotate_receipt_key(self) -> ReceiptKey:
        """Make the next receipt key; older ones stay published, receipts live long."""
        number = len(self.receipt_keys()) + 1
        name = self._folder / "receipt" / f"{number:05}.pem"
        return ReceiptKey.from_pem(write_once(name, new_key_pem()))

    def sealing_keys(self) -> list[SealingKey]:
        """The keys that open hubs' parcels, oldest first; hubs seal to the last one.

        The first call makes one. A key of which parcels are still under way must stay.
        """
        folder = self._folder / "sealing"
        _read_or_create(folder / "00001.key")
        return [SealingKey.of(_read_or_create(file)) for file in sorted(folder.glob("*.key"))]

    def purpose_key(self, purpose: str) -> bytes:
        """A key for one other purpose, e.g. withdrawal codes, derived from the root key."""
        return hmac.digest(self._root, b"usga purpose/1\0" + purpose.encode(), "sha256")

    def class_keys(self, assessment: str) -> ClassKeys:
        """The class keys of an assessment; made at first use, never again once destroyed."""
        known = self._known.get(assessment)
        if known is not None and os.stat(known[0]).st_mtime_ns == known[1]:  # noqa: PTH116 - often
            return known[2]
        folder = self._folder / "classes" / assessment
        open_folder(folder.parent)
        open_folder(folder)
        changed = folder.stat().st_mtime_ns  # before reading: what ends meanwhile is seen later
        keys = {
            part: _read_or_create(folder / f"{part}.key")
            for part in SealedClass
            if not (folder / f"{part}{_DESTROYED}").exists()
        }
        found = ClassKeys(assessment, keys)
        self._known[assessment] = (str(folder), changed, found)
        return found

    def destroy_class(self, assessment: str, part: SealedClass) -> None:
        """End the retention of a class: whatever was sealed with its key is noise from now on."""
        folder = self._folder / "classes" / assessment
        make_folder(folder)
        (folder / f"{part}{_DESTROYED}").touch(mode=0o600)
        path = folder / f"{part}.key"
        if path.exists():
            path.write_bytes(secrets.token_bytes(KEY_BYTES))
            path.unlink()
        sync_folder(folder)
        self._known.pop(assessment, None)


def write_once(path: Path, content: bytes) -> bytes:
    """Make a file with this content unless it exists; answers what the file then holds.

    Its name is durable when this returns, whoever made it.
    """
    open_folder(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails where rename would replace
        except FileExistsError:
            content = path.read_bytes()
    finally:
        draft.unlink()
    sync_folder(path.parent)
    return content


def _read_or_create(path: Path) -> bytes:
    """A key that is there under its name after a loss of power, too.

    Who made it may have died before that was so, and what it seals now would be noise.
    """
    if path.exists():
        key = path.read_bytes()
        sync_folder(path.parent)
    else:
        key = write_once(path, secrets.token_bytes(KEY_BYTES))
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path.name} is not a key of {KEY_BYTES} bytes")
    return key
