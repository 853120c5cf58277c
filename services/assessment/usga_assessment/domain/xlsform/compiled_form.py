"""What a compilation gives; light, so that a process that never compiles does not load pyxform."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from usga_assessment.domain.xlsform.finding import Finding


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """The outcome of a compilation: a document, unless the form is refused, and all findings."""

    document: dict[str, Any] | None
    findings: tuple[Finding, ...]
    readable: bool = True
    xform: str | None = None

    @property
    def refused(self) -> bool:
        """Whether a finding of severity error stands against the form."""
        return self.document is None


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes that a document's digest is made of."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def digest_of(document: dict[str, Any]) -> str:
    """The SHA-256 of the canonical bytes, in hexadecimal."""
    return sha256(canonical(document)).hexdigest()
