"""What an answer says of files that will never be taken is shown, and believed no further."""

from pathlib import Path
from typing import Any

import pytest
from usga_tablet.filebox import FileBox
from usga_tablet.outbox import Finalised, Outbox
from usga_tablet.refused_files import RefusedFile, refused_files

from tests.support.sync_server import SyncServer
from tests.unit.tablet.conftest import DRAFT, MakeTablet

LISTED = {"name": "a.jpg", "sha256": "0" * 64, "size": 9, "type": "image/jpeg"}


@pytest.fixture
def finished(outbox: Outbox) -> Finalised:
    return outbox.finalise({**DRAFT, "attachments": [LISTED, {**LISTED, "name": "b.jpg"}]})


def told(of: Finalised, pointer: object = "/attachments/1") -> list[dict[str, Any]]:
    refused = {"pointer": pointer, "code": "file-too-large", "message": "too large"}
    return [{"submission": str(of.id), "missing": 2, "refused": [refused]}]


def test_it_names_the_file_of_the_envelope(finished: Finalised) -> None:
    named = RefusedFile(finished.id, "b.jpg", "file-too-large", "too large")
    assert refused_files(told(finished), [finished]) == [named]
    assert refused_files([{**told(finished)[0], "refused": None}], [finished]) == []


@pytest.mark.parametrize("pointer", ["/attachments/2", "/attachments/-1", "/answers/x", 1, None])
def test_places_that_there_are_not_mean_nothing(finished: Finalised, pointer: object) -> None:
    assert refused_files(told(finished, pointer), [finished]) == []


@pytest.mark.parametrize("odd", [None, 1, "x", {}, [1, None], [{"refused": 1}], [{}]])
def test_other_shapes_mean_nothing(finished: Finalised, odd: Any) -> None:
    assert refused_files(odd, [finished]) == []
    assert refused_files(told(finished), []) == []


def test_a_line_on_a_screen_is_one(finished: Finalised) -> None:
    words = RefusedFile(finished.id, "a\r\n\x1b[2J.jpg", "c", "no\nno").words()
    assert words.isprintable()
    assert str(finished.id) in words


async def test_a_sync_tells_and_the_file_is_kept_and_not_sent(
    server: SyncServer, outbox: Outbox, make_tablet: MakeTablet, tmp_path: Path
) -> None:
    tablet, box = make_tablet(), FileBox(tmp_path / "box")
    listed = box.keep(b"bytes", name="a.jpg", type_="image/jpeg")
    await tablet.enrol("code-1234")
    made = outbox.finalise({**DRAFT, "attachments": [listed]})
    box.queue(made.id, [listed])
    server.files = told(made, "/attachments/0")
    report = await tablet.sync()
    assert [(f.name, f.message) for f in report.refused_files] == [("a.jpg", "too large")]
    box.refuse(report.refused_files)
    assert (box.queued(), box.refused()) == ([], [("a.jpg", "file-too-large")])
    assert (tmp_path / "box" / listed["sha256"]).exists()
    box.close()
