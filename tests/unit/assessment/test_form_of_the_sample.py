"""Which form a release names: the one that the sample was asked, not the one published last."""

from datetime import UTC, datetime
from uuid import UUID

from usga_assessment.domain.instrument import InstrumentState, InstrumentVersion
from usga_assessment.operations.assemble_context import of_the_sample


def version(name: str) -> InstrumentVersion:
    return InstrumentVersion(
        id=UUID(int=1),
        assessment="XX-TEST-2026",
        name=name,
        version="1",
        digest="",
        document={},
        state=InstrumentState.PUBLISHED,
        findings=(),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def test_forms_beside_the_survey_do_not_take_its_place() -> None:
    own, walk = version("a-city-s-own"), version("saw")
    assert of_the_sample([own, walk]) is own
    assert of_the_sample([walk]) is walk
    assert of_the_sample([]) is None
