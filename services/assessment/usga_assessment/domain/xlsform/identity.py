"""Names and versions of forms that an interview can carry (protocol P-1).

ODK takes any text as `form_id` and `version`; the envelope of an interview does not, for both
stand in addresses, file names and logs. A form is not refused for that: what an envelope cannot
carry gets a name of its own, always the same for the same text, and a warning says so.
"""

import re
import unicodedata
from hashlib import sha256

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.wording import warning

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}\Z")
VERSION = re.compile(r"[A-Za-z0-9_.:+-]{1,64}\Z")
LONGEST = 64
DIGITS = 10
"""Of the digest that keeps apart what reads alike when foreign characters are left out."""


def carried_name(written: str, cell: str) -> tuple[str, list[Finding]]:
    """The name of the form for interviews, and the warning when it is another one."""
    if NAME.match(written):
        return written, []
    made = _adapted(written)
    if not made[0].isalpha():
        made = _adapted(written, "form_")
    return made, [warning("form-id-adapted", cell, written=written, made=made)]


def carried_version(written: str, cell: str) -> tuple[str, list[Finding]]:
    """The version of the form for interviews, and the warning when it is another one."""
    if VERSION.match(written):
        return written, []
    made = _adapted(written)
    return made, [warning("version-adapted", cell, written=written, made=made)]


def _adapted(written: str, start: str = "") -> str:
    """What is readable of a text, and the start of its digest: other texts never share it."""
    plain = unicodedata.normalize("NFKD", written[: 4 * LONGEST])
    plain = plain.encode("ascii", "ignore").decode()
    readable = start + re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    digest = sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{readable[: LONGEST - DIGITS - 1]}-{digest}".lstrip("-")
