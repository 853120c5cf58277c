"""The file of a first sync: downloaded piece by piece, verified, taken in as a whole (T-12)."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import orjson
import zstandard

from usga_tablet.answers import media_type, visible, whole
from usga_tablet.link import is_final, is_to_be_wiped, refusal, retry_after
from usga_tablet.outbox import SNAPSHOT, Outbox
from usga_tablet.pulling import CasesDiffer, cases_verify, keep

PATH = "/v1/sync/snapshot"
_TYPE = "application/zstd"
_MOST_BYTES = 256 * 2**20
_WHOLE, _PART = 200, 206

Pause = Callable[[int, float | None], Awaitable[None]]


class NotTheFile(Exception):
    """What was downloaded is not the file that the server meant: begin anew."""


class _Begun(NamedTuple):
    """What is known of a file that is being downloaded."""

    etag: str
    digest: str


class SnapshotFile:
    """A file beside the outbox; what came before a cut is not asked for again."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._path: Path = outbox.path.with_name(SNAPSHOT)

    async def fetch(
        self, http: httpx.AsyncClient, headers: Mapping[str, str], pause: Pause, *, tries: int
    ) -> None:
        """Download the file, going on after each cut; `tries` count from the last byte that came.

        Raises SyncStopped as refusals do, and when the tries are used up TimeoutError.
        """
        attempt = 0
        while attempt < tries:
            before = self._size()
            after: float | None = None
            try:
                async with http.stream("GET", PATH, headers=self._asking(headers)) as response:
                    after = retry_after(response)
                    if media_type(response) != _TYPE:
                        self._heed(await whole(response))
                    elif await self._take(response):
                        return
            except httpx.RequestError:
                pass
            except NotTheFile:
                self.forget()
            attempt = 1 if self._size() > before else attempt + 1
            await pause(attempt, after)
        raise TimeoutError

    def take_in(self) -> int:
        """Keep every entry and the cursor in one transaction; how many entries there were.

        Raises NotTheFile, NotTheList, CasesDiffer; then nothing of it is kept, the file goes.
        """
        try:
            lines = _unpacked(self._path).splitlines()
            if not lines:
                raise NotTheFile
            last = next(_objects([lines.pop()]))
            if last.get("entries") != len(lines) or not isinstance(last.get("next"), str):
                raise NotTheFile
            with self._outbox.transaction():
                count = keep(self._outbox, _objects(lines))
                self._outbox.remember("cursor", last["next"])
                if not cases_verify(self._outbox):
                    raise CasesDiffer
        finally:
            self.forget()
        return count

    def forget(self) -> None:
        """Begin anew the next time."""
        self._path.unlink(missing_ok=True)
        self._outbox.remember("snapshot", "")

    def _heed(self, response: httpx.Response | None) -> None:
        """Raise the server's refusal; a portal, or a server that is busy, is silence."""
        if response is not None and is_final(response):
            if is_to_be_wiped(response):
                self._outbox.wipe()
            raise refusal(response)

    async def _take(self, response: httpx.Response) -> bool:
        """Keep what comes; whether the file is whole and verified."""
        begun, size = self._begun(), self._size()
        if response.status_code == _PART and begun is not None:
            told = response.headers.get("content-range", "")
            if response.headers.get("etag") != begun.etag or not told.startswith(f"bytes {size}-"):
                raise NotTheFile
        elif response.status_code == _WHOLE:
            begun = _Begun(
                response.headers.get("etag", ""), response.headers.get("repr-digest", "")
            )
            if not (visible(begun.etag) and begun.digest):
                return False
            self._path.unlink(missing_ok=True)
            size = 0
            self._outbox.remember("snapshot", orjson.dumps([*begun]).decode())
        else:
            return False
        with self._path.open("ab") as file:
            async for piece in response.aiter_bytes():
                size += file.write(piece)
                file.flush()
                if size > _MOST_BYTES:
                    raise NotTheFile
        held = base64.b64encode(hashlib.sha256(self._path.read_bytes()).digest()).decode()
        if begun.digest != f"sha-256=:{held}:":
            raise NotTheFile
        return True

    def _asking(self, headers: Mapping[str, str]) -> dict[str, str]:
        begun, size = self._begun(), self._size()
        asked = {**headers, "Accept-Encoding": "identity"}
        if begun is not None and size:
            asked |= {"Range": f"bytes={size}-", "If-Range": begun.etag}
        return asked

    def _begun(self) -> _Begun | None:
        kept = self._outbox.setting("snapshot")
        return _Begun(*orjson.loads(kept)) if kept and self._path.exists() else None

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Each line as the object that it is; raises NotTheFile."""
    for line in lines:
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise NotTheFile from None
        if not isinstance(value, dict):
            raise NotTheFile
        yield value


def _unpacked(path: Path) -> bytes:
    try:
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader,
        ):
            plain = reader.read(_MOST_BYTES + 1)
    except zstandard.ZstdError:
        raise NotTheFile from None
    if len(plain) > _MOST_BYTES:
        raise NotTheFile
    return plain
