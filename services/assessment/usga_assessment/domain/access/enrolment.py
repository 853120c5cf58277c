"""Enrolment codes: short enough to type, long enough not to be guessed."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

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


MOST_WRONG, WINDOW = 10, timedelta(minutes=1)
"""Wrong codes of one caller in this time before it is told to wait.

A right code is never held up: tablets share an address behind an operator's NAT, and a
stranger's guesses must not keep them out. What keeps codes from being guessed is their 60
random bits and the gateway's rate (ADR-0024).
"""


def hash_caller(address: str) -> bytes:
    """How a caller is remembered, to be counted: not by the address, though it can be guessed.

    Rows of more than a minute go with the next wrong code of anybody.
    """
    return hashlib.sha256(b"usga caller\0" + address.encode()).digest()[:16]
