"""Enrolment codes: short enough to type, long enough not to be guessed."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_GROUPS, _GROUP = 3, 4
MOST_HOURS = 720
"""How long a code may wait to be used."""


def make_code(choose: Callable[[str], str]) -> str:
    """A code such as `7K3M-Q9TX-2HVN` (60 random bits); `choose` picks one character."""
    groups = ("".join(choose(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def qr_payload(origin: str, code: str) -> str:
    """What the QR code of an invitation says: `USGA1 ORIGIN CODE`, in capitals.

    Names of hosts do not know case, and capitals alone make a QR code a third smaller.
    """
    return f"USGA1 {origin.rstrip('/').upper()} {code}"


def hash_code(code: str) -> bytes:
    """What is stored, the same for every way of typing a code (case, dashes, O for 0)."""
    plain = code.upper().translate(_LOOKALIKES)
    return hashlib.sha256(b"usga enrolment\0" + plain.encode()).digest()


class Attempts:
    """Counts failed attempts by caller, to tell whoever tries many wrong codes to wait.

    A right code is never held up: tablets share an address behind an operator's NAT, and a
    stranger's guesses must not keep them out. What keeps codes from being guessed is their 60
    random bits and the gateway's rate (ADR-0024).
    """

    def __init__(self, *, most: int = 10, window: timedelta = timedelta(minutes=1)) -> None:
        self._most, self._window = most, window
        self._failed: OrderedDict[str, list[datetime]] = OrderedDict()

    def too_many(self, caller: str, now: datetime) -> bool:
        """Whether this caller must wait."""
        recent = [at for at in self._failed.get(caller, ()) if now - at < self._window]
        return len(recent) >= self._most

    def failed(self, caller: str, now: datetime) -> None:
        """Note a failed attempt."""
        recent = [at for at in self._failed.pop(caller, ()) if now - at < self._window]
        self._failed[caller] = [*recent, now][-self._most :]
        while len(self._failed) > _MOST_CALLERS:
            self._failed.popitem(last=False)


_MOST_CALLERS = 10_000
