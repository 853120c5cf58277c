"""Recordings: files that follow their interviews, by the real client and the real tus server."""

import base64
import hashlib
import io
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from PIL import Image
from usga_tablet.filebox import FileBox
from usga_tablet.files import FileSender
from usga_tablet.link import Patience

from tests.simulation.file_oracle import Recorded

if TYPE_CHECKING:
    from tests.simulation.tablets import Interviewer

_PATIENCE = Patience(tries=4, first=0.5, longest=30.0)
CHUNK = 1500
_PICTURES, _SPOILT = 0.3, 0.1
_DESCRIPTION, _MAKER = 0x010E, 0x010F
SECRET = "the blue door behind the market"
"""What a camera writes into its pictures, and nobody may keep."""


class Recordings:
    """What one tablet recorded."""

    def __init__(self, tablet: "Interviewer", folder: Path) -> None:
        self._tablet, self.folder = tablet, folder
        self.box = FileBox(folder)
        self._http = httpx.AsyncClient(
            base_url="http://server", transport=tablet.link,
            event_hooks={"request": [self._sum_up]},
        )  # fmt: skip

    def record(self, draft: dict[str, Any]) -> None:
        """Somebody tells a story or shows a door; now and then something is wrong with it.

        An app that breaks writes no sound; one that is badly made lists what no answer names.
        """
        rng = self._tablet.rng
        question, ending, type_ = "story", "ogg", "audio/ogg"
        content = b"OggS" + rng.randbytes(rng.randrange(200, 6000))
        if rng.random() < _PICTURES:
            question, ending, type_ = "door", "jpg", "image/jpeg"
            content = picture(rng)
        fault = rng.choice(("unreadable", "unnamed")) if rng.random() < _SPOILT else None
        if fault == "unreadable":
            content = b"\x00\x01\x02" + rng.randbytes(300)
        name = f"{question}-{rng.getrandbits(32):08x}.{ending}"
        listed = self.box.keep(content, name=name, type_=type_)
        made = Recorded(content, type_, fault)
        self._tablet.world.files.made[hashlib.sha256(content).hexdigest()] = made
        draft["attachments"] = [listed]
        if fault != "unnamed":
            draft["answers"][question] = name

    def queue(self, submission: UUID, listed: list[dict[str, Any]]) -> None:
        """Their interview was finalised; what an edit lists may have been freed already."""
        self.box.queue(submission, [e for e in listed if (self.folder / e["sha256"]).exists()])

    def sender(self) -> FileSender:
        """The app, sending files."""
        return FileSender(
            self.box, self._tablet.outbox, self._http, rng=self._tablet.rng, patience=_PATIENCE,
            chunk=CHUNK,
        )  # fmt: skip

    def copy_to(self, folder: Path) -> None:
        """The same files on another tablet."""
        shutil.copytree(self.folder, folder)

    async def close(self) -> None:
        """Put them away."""
        await self._http.aclose()
        self.box.close()

    async def _sum_up(self, request: httpx.Request) -> None:
        """Some apps say what their bytes must sum up to; a few are wrong about it."""
        rng = self._tablet.rng
        if request.method != "PATCH" or rng.random() < 0.6:
            return
        content = request.content if rng.random() < 0.7 else b"other bytes"
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        request.headers["Upload-Checksum"] = f"sha256 {digest}"


def picture(rng: random.Random) -> bytes:
    """A photograph of noise, with what cameras write beside it."""
    exif = Image.Exif()
    exif[_DESCRIPTION], exif[_MAKER] = SECRET, "Nobody"
    side = rng.randrange(16, 40)
    drawn, file = (
        Image.frombytes("RGB", (side, side), rng.randbytes(3 * side * side)),
        io.BytesIO(),
    )
    drawn.save(file, "JPEG", quality=90, exif=exif)
    return file.getvalue()
