"""Files with a size cap, and JSON that may hold NaN: the finding then names the value."""

import json
from pathlib import Path
from typing import Any

import orjson

from usga_indicators.cli.inputs.errors import Unreadable

#: Files larger than this are refused before they are read.
MAX_BYTES = 64 * 1024 * 1024


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """The whole file. Raises Unreadable."""
    try:
        if not path.is_file():
            path.stat()  # says what is wrong, if it is that there is nothing
            raise Unreadable(f"cannot read {path}: not a file")
        if path.stat().st_size > limit:
            raise Unreadable(f"{path} is larger than {limit} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot read {path}: {error.strerror}") from None


def read_json(path: Path, *, limit: int = MAX_BYTES) -> Any:
    """A JSON document; NaN and infinities are read, so that their place can be named.

    Raises Unreadable.
    """
    content = read_bytes(path, limit=limit)
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise Unreadable(f"{path} is no JSON: {error}") from None
