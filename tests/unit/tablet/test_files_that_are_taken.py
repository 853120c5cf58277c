"""A file that no server takes is refused while its interview is open (T-16)."""

from pathlib import Path

import pytest
from usga_tablet.filebox import FileBox
from usga_tablet.outbox import FileNotTaken, Outbox

from tests.unit.tablet.conftest import DRAFT

REFUSED = [
    ("a\r\nX: y.jpg", "image/jpeg"),
    ("", "image/jpeg"),
    ("x" * 256, "image/jpeg"),
    ("a.svg", "image/svg+xml"),
    ("a.jpg", "jpeg"),
]


@pytest.mark.parametrize(("name", "type_"), REFUSED)
def test_a_file_that_no_server_takes_is_refused_at_finalise(
    outbox: Outbox, name: str, type_: str
) -> None:
    listed = {"name": name, "sha256": "0" * 64, "size": 1, "type": type_}
    with pytest.raises(FileNotTaken):
        outbox.finalise({**DRAFT, "attachments": [listed]})
    assert outbox.counts() == {}
    made = outbox.finalise({**DRAFT, "attachments": [{**listed, "name": "Mlango № 1.jpg",
                                                      "type": "image/jpeg"}]})  # fmt: skip
    assert made.seq == 1, "what was refused took no number"


@pytest.mark.parametrize(("name", "type_"), REFUSED)
def test_a_box_keeps_no_such_file(tmp_path: Path, name: str, type_: str) -> None:
    box = FileBox(tmp_path / "box")
    try:
        with pytest.raises(FileNotTaken):
            box.keep(b"bytes", name=name, type_=type_)
        assert box.keep(b"bytes", name="door-1.jpg", type_="application/octet-stream")
    finally:
        box.close()
