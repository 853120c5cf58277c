"""Recordings: files that follow their interviews, by the real client and the real tus server."""

import base64
import hashlib
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from usga_assessment.domain.access.policy import Scope
from usga_assessment.operations.read_attachment import open_attachment
from usga_assessment.operations.revalidate_submission import AnswersUnreadable
from usga_assessment.storage.attachments.records import Attachments
from usga_tablet.filebox import FileBox
from usga_tablet.files import PATH, FileSender
from usga_tablet.link import Patience

from tests.simulation.oracle import Oracle, Violation, require

if TYPE_CHECKING:
    from tests.simulation.server import Server
    from tests.simulation.tablets import Interviewer
    from tests.simulation.world import World

_PATIENCE = Patience(tries=4, first=0.5, longest=30.0)
_CHUNK = 1500
_ROUNDS = 4
File = tuple[str, str]
"""Submission and SHA-256."""


class Recordings:
    """What one tablet recorded."""

    def __init__(self, tablet: "Interviewer", folder: Path) -> None:
        self._tablet, self.folder = tablet, folder
        self.box = FileBox(folder)
        self._http = httpx.AsyncClient(
            base_url="http://server", transport=tablet.link,
            event_hooks={"request": [self._sum_up]},
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Somebody tells a story; answers what the envelope lists."""
        rng = self._tablet.rng
        content = b"OggS" + rng.randbytes(rng.randrange(200, 6000))
        name = f"story-{rng.getrandbits(32):08x}.ogg"
        self._tablet.world.files.made[hashlib.sha256(content).hexdigest()] = content
        return self.box.keep(content, name=name, type_="audio/ogg")

    def queue(self, submission: UUID, listed: list[dict[str, Any]]) -> None:
        """Their interview was finalised; what an edit lists may have been freed already."""
        self.box.queue(submission, [e for e in listed if (self.folder / e["sha256"]).exists()])

    def sender(self) -> FileSender:
        """The app, sending files."""
        return FileSender(
            self.box, self._tablet.outbox, self._http, rng=self._tablet.rng, patience=_PATIENCE,
            chunk=_CHUNK,
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


class FileBooks:
    """What must be true of files: the oracle reads tables and answers, never code."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self.made: dict[str, bytes] = {}
        self.kept: set[File] = set()
        self._proven: set[File] = set()
        self._lost: set[File] = set()
        self._acknowledged: dict[str, int] = {}
        self._came: dict[str, int] = {}
        """How far bytes went that were sent to an upload and could count."""

    def arrives(self, request: httpx.Request) -> None:
        """Bytes reach the server, whatever becomes of them."""
        if request.method != "PATCH":
            return
        said = request.headers.get("upload-checksum")
        digest = base64.b64encode(hashlib.sha256(request.content).digest()).decode()
        if said is None or said == f"sha256 {digest}":
            end = int(request.headers["upload-offset"]) + len(request.content)
            upload = request.url.path
            self._came[upload] = max(self._came.get(upload, 0), end)

    def answered(self, request: httpx.Request, answer: httpx.Response) -> None:
        """The server says how far an upload has come: no further than it came, never back."""
        upload = request.url.path
        if not upload.startswith(f"{PATH}/") or upload.endswith("/check"):
            return
        seen = self._oracle.seen
        seen[f"file {request.method} {answer.status_code}"] += 1
        if answer.status_code in {404, 410}:
            self._acknowledged.pop(upload, None)
        if "upload-offset" not in answer.headers:
            return
        offset = int(answer.headers["upload-offset"])
        before = self._acknowledged.get(upload, 0)
        require(offset >= before, f"an upload of which {before} bytes were durable has {offset}")
        require(offset <= self._came.get(upload, 0), "bytes count that never came")
        self._acknowledged[upload] = offset

    def restored(self, path: Path) -> None:
        """The database came back from an older copy: what that does not know is lost."""
        self._acknowledged.clear()
        self.look(path)
        self._lost |= {file for file in self._proven if not self._is_kept(file)}

    def look(self, path: Path) -> None:
        """Read the server's table of files."""
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            rows = db.execute(
                "SELECT submission, sha256, state FROM attachment WHERE sha256 IS NOT NULL"
            ).fetchall()
        db.close()
        files = [(str(UUID(of)), digest, state) for of, digest, state in rows]
        self.kept = {(of, digest) for of, digest, state in files if state == "kept"}

    def look_at_box(self, name: str, box: Path) -> None:
        """A tablet frees a file only when the server keeps it."""
        with sqlite3.connect(f"file:{box / 'files.db'}?mode=ro", uri=True) as db:
            rows = db.execute("SELECT submission, sha256, state FROM file").fetchall()
        db.close()
        for submission, digest, state in rows:
            is_here = (box / digest).exists()
            if state == "queued":
                require(is_here, f"{name} lost a file of {submission} that was not sent")
            if state != "proven":
                continue
            file = (submission, digest)
            self._proven.add(file)
            is_excused = file in self._lost or submission in self._oracle.withdrawn
            require(
                is_excused or self._is_kept(file), f"{name} freed a file of {submission}: not kept"
            )

    def _is_kept(self, file: File) -> bool:
        if file in self.kept:
            return True
        roots = {row.id: row.root for row in self._oracle.rows}
        gone = {row.id for row in self._oracle.rows if row.state == "withdrawn"}
        submission, digest = file
        family = {of for of, kept in self.kept if kept == digest}
        root = roots.get(submission)
        return submission in gone or any(roots.get(of) == root is not None for of in family)


async def settle_recordings(world: "World") -> None:
    """Every file arrives, and opens to the bytes that were recorded."""
    assert world.server is not None
    tablets = [t for t in world.tablets if not t.retired and t.recordings is not None]
    for _ in range(_ROUNDS):
        for tablet in tablets:
            await tablet.send_files(patient=True)
    world.look()
    for tablet in tablets:
        assert tablet.recordings is not None
        held = {row.id for row in world.oracle.rows}
        waiting = [f for f in tablet.recordings.box.queued() if str(f.submission) in held]
        require(not waiting, f"{tablet.name} never gets rid of its files")
        world.seen["file refused"] += len(tablet.recordings.box.refused())
    await _check_bytes(world, world.server)


async def _check_bytes(world: "World", server: "Server") -> None:
    desk = server.app.state.attachments
    for submission in sorted({of for of, _ in world.files.kept}):
        async with server.app.state.database.read() as session:
            found = await Attachments(session, Scope(everywhere=True)).of_submissions(
                [UUID(submission)]
            )
        for each in found:
            if each.state != "kept":
                continue
            try:
                pieces = await open_attachment(each, desk.objects, desk.keys(each.assessment))
            except AnswersUnreadable as error:
                raise Violation(f"a file of {submission} that is kept does not open") from error
            content = b"".join([piece async for piece in pieces])
            require(
                content == world.files.made[each.sha256 or ""],
                f"a file of {submission} opens to other bytes",
            )
            world.seen["file kept"] += 1
