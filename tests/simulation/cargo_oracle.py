"""What must be true of files at a hub: what came whole stays until the centre keeps it, sealed.

The oracle reads the hub's table, its folder and what passes its two links, never its code.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
import orjson
from usga_assessment.domain.hub.cargo import FRAME_OVERHEAD

from tests.simulation.file_oracle import FileBooks
from tests.simulation.oracle import require
from tests.simulation.tables import Tables
from tests.simulation.uploads import File, Uploads, file_of, is_announced
from tests.simulation.words import payload_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulation.tablets import Interviewer

FOLDER = "hub-files"
_READ = "SELECT id, device, proof, size, state, receipt, refusal FROM hub_file"
_GIVEN_UP = frozenset({"hub-enrolled-anew", "centre-restored"})
_WINDOW = 24


@dataclass(frozen=True, slots=True)
class Cargo:
    """A file as the hub's table has it."""

    id: str
    device: str
    proof: str
    size: int
    state: str
    receipt: str | None
    refusal: str | None


class CargoBooks:
    """One for each hub."""

    def __init__(self, name: str, files: FileBooks, seen: "dict[str, int]") -> None:
        self._name, self._files, self._seen = name, files, seen
        self.uploads = Uploads(lambda what: self._note(f"at a hub {what}"))
        self._sizes: dict[str, int] = {}
        self._announced: dict[str, File] = {}
        """By the number of the file at the hub."""
        self._whole: set[str] = set()
        """What this life of the hub said to have whole, by its number."""
        self._issued: dict[str, str] = {}
        """The centre's receipts, and which file each is of."""
        self._refused: dict[str, set[str]] = defaultdict(set)
        self.rows: dict[str, Cargo] = {}
        self._tables = Tables()

    def close(self) -> None:
        """Close the hub's file."""
        self._tables.close()

    def restored(self) -> None:
        """It came back from an older copy: what that lacks, its tablets still have."""
        self._whole.clear()
        self.uploads.restored()

    def _note(self, what: str) -> None:
        self._seen[f"file {what}"] += 1

    # What passes

    def answered(
        self, tablet: "Interviewer", request: httpx.Request, answer: httpx.Response, *, heard: bool
    ) -> None:
        """The hub says something of files to a tablet."""
        offset = self.uploads.answered(request, answer)
        if is_announced(request, answer):
            upload = answer.headers["location"]
            self._sizes[upload] = int(request.headers["upload-length"])
            self._announced[upload.rpartition("/")[2]] = file_of(request)
        if offset is not None and offset == self._sizes.get(request.url.path):
            self._whole.add(_number(request))
        is_page = request.url.path == "/v1/hub/files" and answer.status_code == httpx.codes.OK
        if is_page and heard:
            self._handed_back(tablet, answer)

    def _handed_back(self, tablet: "Interviewer", answer: httpx.Response) -> None:
        page = answer.json()
        for carried in page["receipts"]:
            require(
                carried["receipt"] in self._issued, f"{self._name} hands back what nobody gave it"
            )
            said = payload_of(carried["receipt"])
            for each in said["files"]:
                file = (each["submission"], each["sha256"])
                self._files.heard[tablet.name][file].add(said["epoch"])
            self._note("receipt by a hub")
        for returned in page["undelivered"]:
            self._note("undelivered at a hub")
            self._seen[f"undelivered {returned['code']}"] += 1

    def brings(self, request: httpx.Request) -> None:
        """A piece is on its way to the centre."""
        label, _, frames = request.content.partition(b"\n")
        file = self._announced.get(_number(request))
        try:
            end = int(orjson.loads(label)["offset"])
        except orjson.JSONDecodeError:  # it was cut
            return
        while len(frames) > FRAME_OVERHEAD:
            size = int.from_bytes(frames[1:5])
            frames = frames[FRAME_OVERHEAD + size :]
            end += size
        if file is not None:
            self._files.brought(file, end)

    def centre_said(self, request: httpx.Request, answer: httpx.Response) -> None:
        """The centre answers to a piece."""
        number = _number(request)
        if answer.status_code != httpx.codes.OK:
            kind = str(orjson.loads(answer.content).get("type", "")).rpartition("/")[2]
            self._refused[number].add(kind)
            self._note(f"by a hub refused {kind}")
            return
        said = answer.json()
        self._note(f"by a hub {said['state']}")
        if said["receipt"] is None:
            require(said["state"] != "kept", "the centre keeps a file and gives no word for it")
            return
        word = payload_of(said["receipt"])
        require(word["carried"] == number, "the centre's word is of another file at the hub")
        row = self.rows.get(number)
        require(row is None or word["device"] == row.device, "the word is another tablet's")
        self._files.promised(word)
        self._issued[said["receipt"]] = number

    # What must hold

    def look(self, path: Path, data: Path) -> None:
        """Check the hub's table and folder if anything was committed since."""
        db = self._tables.news(path)
        if db is None:
            return
        self.rows = {
            str(UUID(id_)): Cargo(str(UUID(id_)), str(UUID(device)), *others)
            for id_, device, *others in db.execute(_READ)
        }
        for number in self._whole:
            row = self.rows.get(number)
            if row is None:
                require(False, f"{self._name} had a file whole and does not know it")
                continue
            self._check_whole(row, data / FOLDER / f"{number}.part")
        for row in self.rows.values():
            if row.state == "proven":
                require(
                    self._issued.get(row.receipt or "") == row.id,
                    f"{self._name} ends a file without the centre's word",
                )

    def _check_whole(self, row: Cargo, bytes_: Path) -> None:
        match row.state:
            case "whole":
                is_here = bytes_.exists() and bytes_.stat().st_size > row.size
                require(is_here, f"{self._name} had a file whole and lost its bytes")
            case "returned":
                excused = _GIVEN_UP | self._refused[row.id]
                require(row.refusal in excused, f"{self._name} gave up a file: {row.refusal}")
            case state:
                require(state == "proven", f"{self._name} had a file whole, and it is {state}")

    def check_nothing_is_readable(self, files: "Iterable[bytes]") -> None:
        """A thief with the laptop's disk sees no picture and hears no story."""
        recorded = [made.content for made in self._files.made.values()]
        for content in files:
            for story in recorded:
                middle = len(story) // 2
                for part in (story[:_WINDOW], story[middle : middle + _WINDOW]):
                    require(part not in content, f"a file lies open on {self._name}")

    def check_tidy(self, data: Path) -> None:
        """In the quiet no bytes lie there that nobody will ever bring."""
        for path in sorted((data / FOLDER).glob("*.part")):
            row = self.rows.get(path.stem)
            is_needed = row is not None and row.state in {"coming", "whole"}
            require(is_needed, f"{self._name} keeps bytes of a file that is settled")


def _number(request: httpx.Request) -> str:
    return request.url.path.rpartition("/")[2]
