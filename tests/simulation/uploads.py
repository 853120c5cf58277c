"""How far uploads by tus have come, as one server says it: never back, and never further than sent."""

import base64
import hashlib
from collections.abc import Callable

import httpx

from tests.simulation.oracle import require

File = tuple[str, str]
"""Submission and SHA-256."""
PATH = "/v1/sync/attachments"
_ENDED = frozenset({404, 410})


class Uploads:
    """Of one server; `note` counts what it answers, `brought` knows what came on other ways."""

    def __init__(
        self, note: Callable[[str], None], brought: Callable[[str], int] = lambda _upload: 0
    ) -> None:
        self._note, self._brought = note, brought
        self._came: dict[str, int] = {}
        """How far bytes went that were sent to an upload and could count."""
        self.acknowledged: dict[str, int] = {}
        """What the server said of each upload, by its path."""

    def restored(self) -> None:
        """The server came back from an older copy."""
        self.acknowledged.clear()

    def arrives(self, request: httpx.Request) -> None:
        """Bytes reach the server, whatever becomes of them."""
        if request.method != "PATCH" or not is_upload(request):
            return
        said = request.headers.get("upload-checksum")
        digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
        if said is None or said == f"sha256 {digest}":
            end = int(request.headers["upload-offset"]) + len(request.content)
            upload = request.url.path
            self._came[upload] = max(self._came.get(upload, 0), end)

    def came(self, upload: str) -> int:
        """How far bytes went that were sent to this upload: the end of its file may be another's."""
        return self._came.get(upload, 0)

    def answered(self, request: httpx.Request, answer: httpx.Response) -> int | None:
        """The server answers; how far the upload has come, where it says so."""
        upload = request.url.path
        if not upload.startswith(PATH) or upload.endswith("/check"):
            return None
        self._note(f"{request.method} {answer.status_code}")
        if answer.status_code in _ENDED:
            self.acknowledged.pop(upload, None)
        if not is_upload(request) or "upload-offset" not in answer.headers:
            return None
        offset = int(answer.headers["upload-offset"])
        before = self.acknowledged.get(upload, 0)
        require(offset >= before, f"an upload of which {before} bytes were durable has {offset}")
        came = max(self.came(upload), self._brought(upload))
        require(offset <= came, "bytes count that never came")
        self.acknowledged[upload] = offset
        return offset


def file_of(request: httpx.Request) -> File:
    """The file that is announced."""
    said = dict(
        each.split(" ", 1) for each in request.headers["upload-metadata"].split(",") if " " in each
    )
    told = {name: base64.b64decode(value).decode() for name, value in said.items()}
    return told["submission"], told["sha256"]


def is_announced(request: httpx.Request, answer: httpx.Response) -> bool:
    """Whether a file was announced, and the answer says where it goes."""
    is_one = request.method == "POST" and request.url.path == PATH
    return is_one and answer.status_code == httpx.codes.CREATED


def is_upload(request: httpx.Request) -> bool:
    """Whether it is about one upload."""
    return request.url.path.startswith(f"{PATH}/") and not request.url.path.endswith("/check")
