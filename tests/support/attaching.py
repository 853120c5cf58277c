"""Files for interviews: a form that asks for them, pictures that say too much, tus by hand."""

import base64
import hashlib
import io
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import httpx
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

from tests.support.collecting import Collecting, Interview, bearer, interview

PATH = "/v1/sync/attachments"
TUS = {"Tus-Resumable": "1.0.0"}
STREAM = {"Content-Type": "application/offset+octet-stream"}
PLACE = b"MARKER-OF-A-PLACE"

FILES_FORM = """
| settings |
| | form_title | form_id | version | namespaces |
| | Files | files | 1 | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | relevant | bind::usga:sensitivity | bind::usga:field_class |
| | text | withdraw_code | Code | | 1 | identifier |
| | select_one yes_no | consent | Consent | | 0 | open |
| | select_one yes_no | consent_sens | Personal questions | | 0 | open |
| | select_one yes_no | priv_ok | Alone | | 0 | open |
| | image | door | Door | | 1 | identifier |
| | audio | story | Story | | 1 | text |
| | file | sheet | Sheet | | 0 | open |
| | image | wound | Wound | ${consent_sens}='yes' and ${priv_ok}='yes' | 3 | s3 |
| choices |
| | list_name | name | label |
| | yes_no | yes | Yes |
| | yes_no | no | No |
"""


@cache
def photo(size: tuple[int, int] = (320, 200), *, noise: int = 1, quality: int = 95) -> bytes:
    """A JPEG with a place, a comment and a thumbnail's worth of what a camera writes."""
    pixels = hashlib.shake_256(noise.to_bytes(4, "big")).digest(size[0] * size[1] * 3)
    picture = Image.frombytes("RGB", size, pixels)
    exif = Image.Exif()
    exif[Base.Make] = PLACE.decode()
    exif[Base.Orientation] = 6
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (1.0, 15.0, 42.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, exif=exif, comment=PLACE)
    return out.getvalue() + PLACE  # and a tail after its end


def recording(size: int = 300_000, *, seed: int = 1) -> bytes:
    """Bytes that begin as an Ogg file; the rest is the same each time."""
    body = hashlib.shake_256(seed.to_bytes(4, "big")).digest(size - 4)
    return b"OggS" + body


@dataclass
class File:
    """A file as a tablet has it."""

    name: str
    content: bytes
    type: str
    question: str = "door"
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        self.sha256 = hashlib.sha256(self.content).hexdigest()

    @property
    def listed(self) -> dict[str, Any]:
        return {
            "name": self.name, "sha256": self.sha256, "size": len(self.content),
            "type": self.type,
        }  # fmt: skip


def door(content: bytes | None = None, name: str = "door-1.jpg") -> File:
    return File(name, photo() if content is None else content, "image/jpeg")


def story(content: bytes | None = None, name: str = "story-1.ogg") -> File:
    return File(name, content or recording(), "audio/ogg", "story")


def with_files(*files: File, seq: int = 1, listed: bool = True, **answers: Any) -> Interview:
    """An interview that names these files; its envelope lists them, or not."""
    made = interview(seq, instrument="files", version="1")
    named = {f.question: f.name for f in files}
    agreed = {"consent": "yes", "consent_sens": "yes", "priv_ok": "yes"}
    made.document["answers"] = agreed | named | answers
    made.document["attachments"] = [f.listed for f in files] if listed else []
    made.__post_init__()
    return made


def metadata(submission: UUID, file: File, **changes: str | None) -> str:
    said: dict[str, str | None] = {
        "submission": str(submission), "name": file.name, "sha256": file.sha256,
        "type": file.type, **changes,
    }  # fmt: skip
    return ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}"
        for name, value in said.items()
        if value is not None
    )


class Tus:
    """The protocol by hand, so that a test can do each thing wrong."""

    def __init__(self, here: Collecting, by: str = "device") -> None:
        self.here, self.by = here, by

    async def pushed(self, *files: File, **options: Any) -> Interview:
        """An interview that names these files, held by the server."""
        one = with_files(*files, **options)
        await self.here.push(one)
        return one

    async def begun(self, file: File) -> tuple[Interview, str]:
        """An interview and the upload of its file, of which nothing came yet."""
        one = await self.pushed(file)
        return one, await self.begin(one.id, file)

    async def announce(
        self,
        submission: UUID,
        file: File,
        *,
        said: dict[str, str | None] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        return await self.here.client.post(
            PATH,
            headers={
                **TUS, **bearer(self.by), "Upload-Length": str(len(file.content)),
                "Upload-Metadata": metadata(submission, file, **(said or {})), **(headers or {}),
            },
        )  # fmt: skip

    async def begin(self, submission: UUID, file: File, **options: Any) -> str:
        answer = await self.announce(submission, file, **options)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    async def send(
        self, upload: str, content: bytes, offset: int = 0, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        return await self.here.client.patch(
            upload,
            content=content,
            headers={
                **TUS, **STREAM, **bearer(self.by), "Upload-Offset": str(offset),
                **(headers or {}),
            },
        )  # fmt: skip

    async def head(self, upload: str) -> httpx.Response:
        return await self.here.client.head(upload, headers={**TUS, **bearer(self.by)})

    async def offset(self, upload: str) -> int:
        answer = await self.head(upload)
        assert answer.status_code == 200, answer.text
        return int(answer.headers["upload-offset"])

    async def upload(self, submission: UUID, file: File) -> str:
        """The whole way of a file."""
        upload = await self.begin(submission, file)
        answer = await self.send(upload, file.content)
        assert answer.status_code == 204, answer.text
        return upload

    async def check(self, *submissions: UUID) -> dict[str, Any]:
        answer = await self.here.client.post(
            f"{PATH}/check",
            json={"submissions": [str(id_) for id_ in submissions]},
            headers=bearer(self.by),
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def states(self, submission: UUID) -> list[str]:
        answer = await self.check(submission)
        return [file["state"] for file in answer["items"][0]["files"]]
