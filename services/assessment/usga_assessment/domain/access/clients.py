"""Which versions of a client are still given new work (P-71)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBERS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")
NAME, VERSION = r"^[A-Za-z0-9._-]{1,40}$", r"^[0-9]{1,9}(\.[0-9]{1,9}){0,5}$"
_NAMED = re.compile(r"([A-Za-z0-9._-]{1,40})/([0-9]{1,9}(?:\.[0-9]{1,9}){0,5})\Z")


@dataclass(frozen=True, slots=True)
class MinimumClients:
    """The lowest version of each client by its name, e.g. `field-app/3.2`.

    Clients without an entry, and those that do not say what they are, are not judged: what cannot
    be compared is not refused.
    """

    versions: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> "MinimumClients":
        """Read blank-separated `name/version`; raises ValueError for anything else."""
        versions = {}
        for word in text.split():
            found = _NAMED.match(word)
            if found is None:
                raise ValueError(f"not name/version: {word}")
            versions[found[1]] = found[2]
        return cls(versions)

    def stricter(self, other: "MinimumClients") -> "MinimumClients":
        """Of each client the higher of both versions."""
        both = dict(self.versions)
        for name, version in other.versions.items():
            held = both.get(name)
            if held is None or _parts(held) < _parts(version):
                both[name] = version
        return MinimumClients(both)

    def missed_by(self, client: str) -> str | None:
        """The version that this client would need; None when it is new enough, or not judged."""
        name, _, version = client.partition("/")
        least, given = self.versions.get(name), _NUMBERS.match(version)
        if least is None or given is None:
            return None
        return least if _parts(given[0]) < _parts(least) else None


def _parts(version: str) -> list[int]:
    """Numbers to compare; trailing zeros say nothing: 1.0 is 1."""
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return parts
