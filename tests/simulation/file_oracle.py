"""What must be true of files: who frees one had the centre's word, and the centre keeps it, once.

The oracle reads tables, folders and answers, never code.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import orjson

from tests.simulation.oracle import HELD, Oracle, outcomes_of, require
from tests.simulation.tables import Tables
from tests.simulation.uploads import PATH, File, Uploads, file_of, is_announced
from tests.simulation.words import payload_of

if TYPE_CHECKING:
    from tests.simulation.tablets import Interviewer

NOW = "now"
"""In the place of an epoch: the centre itself said it."""
_COME = frozenset({"kept", "waiting"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file as somebody recorded it; `fault` is why no server takes it."""

    content: bytes
    type: str
    fault: str | None = None


class FileBooks:
    """One for each run."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self.made: dict[str, Recorded] = {}
        """By SHA-256."""
        self.uploads = Uploads(self._note, self._brought)
        self._announced: dict[str, str] = {}
        """SHA-256 by the path of the upload: another revision's file may be the same upload."""
        self._by_hubs: dict[str, int] = defaultdict(int)
        self.come: dict[File, str] = {}
        """The centre's files that are whole, with their state."""
        self.heard: dict[str, dict[File, set[str]]] = defaultdict(lambda: defaultdict(set))
        """By tablet: files of which the centre's word reached it, and of which life of it."""
        self.gone: set[str] = set()
        """Interviews that were withdrawn."""
        self._promised: set[File] = set()
        """What the centre gave its word for."""
        self._lost: set[File] = set()
        self._freed: dict[str, set[File]] = defaultdict(set)
        self._tables = Tables()
        self._boxes: dict[Path, Tables] = defaultdict(Tables)

    def close(self) -> None:
        """Close what was read."""
        for tables in (self._tables, *self._boxes.values()):
            tables.close()

    def _note(self, what: str) -> None:
        self._oracle.seen[f"file {what}"] += 1

    # What the centre is brought, and what it says

    def brought(self, file: File, end: int) -> None:
        """A hub brings bytes up to here."""
        _, digest = file
        self._by_hubs[digest] = max(self._by_hubs[digest], end)

    def _brought(self, upload: str) -> int:
        digest = self._announced.get(upload)
        if digest is None:
            return 0
        same = (each for each, of in self._announced.items() if of == digest)
        return max(self._by_hubs[digest], *map(self.uploads.came, same))

    def answered(
        self, tablet: "Interviewer", request: httpx.Request, answer: httpx.Response, *, heard: bool
    ) -> None:
        """To a tablet itself."""
        self.uploads.answered(request, answer)
        if is_announced(request, answer):
            _, self._announced[answer.headers["location"]] = file_of(request)
        if request.url.path == f"{PATH}/check" and answer.status_code == httpx.codes.OK:
            said = answer.json()
            files = self.promised(payload_of(said["proof"]))
            self._announced |= {
                found["upload"]: found["sha256"]
                for item in said["items"]
                for found in item["files"]
                if found.get("upload")
            }
            if heard:
                for file in files:
                    self.heard[tablet.name][file].add(NOW)

    def promised(self, proof: dict[str, Any]) -> list[File]:
        """The centre gives its word that it keeps these: so it must be."""
        files = [(each["submission"], each["sha256"]) for each in proof["files"]]
        for file in files:
            require(self._is_kept(file), f"the centre vouches for a file of {file[0]}: not kept")
            self._promised.add(file)
        return files

    def told_missing(
        self, lines: list[bytes], answer: httpx.Response, come: "dict[File, str]"
    ) -> None:
        """The answer to a batch tells of each file that has not come, and of no other (P-96).

        `come` is what had come when the batch did.
        """
        told = {each["submission"]: each["missing"] for each in answer.json().get("files") or ()}
        held = {id_ for id_, _, state in outcomes_of(answer, lines) if state in HELD}
        come_now = {digest for _, digest in self.come}
        for line in lines:
            envelope = orjson.loads(line)
            listed = envelope.get("attachments") or ()
            id_ = envelope["id"]
            named = [each["sha256"] for each in listed if is_named(envelope, each)]
            if any((id_, digest) in come for digest in named):
                require(id_ not in told, f"a file of {id_} is told missing, and it had come")
                self._note("told no more")
            is_missing = any(digest not in come_now for digest in named)
            if is_missing and id_ in held and id_ not in self.gone:
                require(id_ in told, f"a file of {id_} is missing, and nobody is told")
                self._note("told missing")
        listing = {orjson.loads(line)["id"] for line in lines if b'"attachments":[{' in line}
        require(told.keys() <= listing, "a file is told missing that nobody listed")

    # What must hold

    def restored(self, path: Path) -> None:
        """The database came back from an older copy: what that does not know is lost."""
        self.uploads.restored()
        self._read(path)
        self._lost |= {file for file in self._promised if not self._is_kept(file)}

    def look(self, path: Path) -> None:
        """Check the centre's table of files, if anything was committed since."""
        if not self._read(path):
            return
        for name, freed in self._freed.items():
            self._check_freed(name, freed)

    def _read(self, path: Path) -> bool:
        db = self._tables.news(path)
        if db is None:
            return False
        rows = db.execute(
            "SELECT submission, sha256, state FROM attachment WHERE sha256 IS NOT NULL"
        ).fetchall()
        files = [((str(UUID(of)), digest), state) for of, digest, state in rows]
        self.come = {file: state for file, state in files if state in _COME}
        kept = Counter(file for file, state in files if state == "kept")
        for file, count in kept.items():
            require(count == 1, f"a file of {file[0]} is kept {count} times")
            self.come[file] = "kept"
            recorded = self.made.get(file[1])
            require(
                recorded is not None and recorded.fault is None,
                f"a file of {file[0]} is kept that nobody recorded as it should be",
            )
        self.gone |= {row.id for row in self._oracle.rows if row.state == "withdrawn"}
        self.gone |= self._oracle.withdrawn
        return True

    def look_at_box(self, tablet: "Interviewer", box: Path) -> None:
        """A tablet frees a file only by the centre's word, and only when the centre keeps it."""
        db = self._boxes[box].news(box / "files.db")
        if db is None:
            return
        name = tablet.name
        for submission, digest, state in db.execute("SELECT submission, sha256, state FROM file"):
            file, is_here = (submission, digest), (box / digest).exists()
            match state:
                case "queued":
                    require(is_here, f"{name} lost a file of {submission} that was not sent")
                case "refused":
                    require(is_here, f"{name} lost a file of {submission} that was refused")
                    is_lawful = self.made[digest].fault is not None or not self._is_named(file)
                    require(is_lawful, f"{name}: a file in order was refused for good")
                case "withdrawn":
                    require(submission in self.gone, f"{name} ends a file: nobody withdrew it")
                case "proven" if file not in self._freed[name]:
                    self._is_told(tablet, file)
                    self._freed[name].add(file)
                    self._check_freed(name, {file})

    def _is_named(self, file: File) -> bool:
        """Whether an interview that the centre holds names it: under one id others may stand."""
        submission, digest = file
        lines = (
            self._oracle.made[row.id, row.digest].line
            for row in self._oracle.rows
            if row.id == submission and (row.id, row.digest) in self._oracle.made
        )
        return any(digest.encode() in line for line in lines)

    def _is_told(self, tablet: "Interviewer", file: File) -> None:
        """The word was the centre's, and of the life of the centre that the tablet knows."""
        lives = self.heard[tablet.name][file]
        known = tablet.outbox.setting("epoch")
        require(bool(lives), f"{tablet.name} freed a file of {file[0]} without the centre's word")
        require(
            NOW in lives or known in lives,
            f"{tablet.name} freed a file of {file[0]} by the word of another life of the centre",
        )

    def copied(self, original: str, twin: str) -> None:
        """What a tablet knew, its copy knows."""
        for file, lives in self.heard[original].items():
            self.heard[twin][file] |= lives
        self._freed[twin] |= self._freed[original]

    def _check_freed(self, name: str, freed: set[File]) -> None:
        for file in freed:
            is_excused = file in self._lost or file[0] in self.gone
            require(
                is_excused or self._is_kept(file), f"{name} freed a file of {file[0]}: not kept"
            )

    def _is_kept(self, file: File) -> bool:
        """Under this interview, or under another revision of it."""
        if self.come.get(file) == "kept":
            return True
        submission, digest = file
        if submission in self.gone:
            return True
        roots = self._oracle.roots
        root = roots.get(submission)
        return root is not None and any(
            state == "kept" and other == digest and roots.get(of) == root
            for (of, other), state in self.come.items()
        )


def is_named(envelope: dict[str, Any], listed: dict[str, Any]) -> bool:
    """Whether an answer names a file that the envelope lists."""
    answers = envelope["answers"]
    values = answers.values() if isinstance(answers, dict) else answers
    return listed["name"] in values
