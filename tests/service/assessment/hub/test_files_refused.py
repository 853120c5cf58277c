"""Files that no server takes: a hub says so at once, to the interviewer who is still there."""

import pytest

from tests.support.attaching import door, photo, story
from tests.support.hubs import District, FieldTablet

pytestmark = pytest.mark.usefixtures("files")


async def test_a_hub_tells_of_files_that_will_never_be_taken_H14(
    field: District, tablet: FieldTablet
) -> None:
    """As a hint: the file stays queued for the centre, whose bound may be another."""
    hub = await field.hub("small", attachment_max_bytes=5000)
    made = tablet.photographed(door(photo((16, 16)), "small.jpg"), story())
    visit = await tablet.visit(hub)
    assert [(f.submission, f.name, f.code) for f in visit.refused_files] == [
        (made.id, "story-1.ogg", "file-too-large")
    ]
    assert (visit.carried, visit.files.carried, visit.files.refused) == (1, 1, 1)
    assert sorted(tablet.files()) == ["small.jpg", "story-1.ogg"]
    tablet.photographed(door(photo((16, 16)), "other.jpg"))
    assert (await tablet.visit(hub)).refused_files == []
