"""What a file of cases says, or a ValueError with the place where it does not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class CasesRefused(ValueError):
    """A file of cases cannot be evaluated; the text says which place and why."""


@contextmanager
def place(name: str) -> Iterator[None]:
    """Name the place of whatever is missing or of another shape inside."""
    try:
        yield
    except CasesRefused as refused:
        raise CasesRefused(f"{name}: {refused}") from None
    except KeyError as missing:
        raise CasesRefused(f"{name}: there is no {missing}") from None
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise CasesRefused(f"{name}: {error}") from None


def entries(document: object, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each case or state with its place; it is an object with an `id`."""
    listed = document.get(kind) if isinstance(document, Mapping) else None
    for number, entry in enumerate(listed if isinstance(listed, list) else []):
        here = f"{kind}[{number}]"
        if not isinstance(entry, Mapping):
            raise CasesRefused(f"{here}: it is no object")
        if "id" not in entry:
            raise CasesRefused(f"{here}: there is no 'id'")
        yield f"{here} ({entry['id']})", entry


def zone(said: Mapping[str, Any]) -> ZoneInfo:
    """The zone that `tz` names."""
    name = str(said["tz"])
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CasesRefused(f"tz: no time zone is called {name!r}") from None


def moment(said: Mapping[str, Any]) -> datetime:
    """The moment that `now` names."""
    return datetime.fromisoformat(str(said["now"]))


def text_of(path: Path) -> str:
    """The text of a file; a file that is not UTF-8 is named."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise CasesRefused(f"{path} is not UTF-8") from None
