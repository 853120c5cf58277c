"""Which sampled cases have their interview: a case gives one interview to a form.

Two of them would both carry the weight of one selected person.
"""

from collections.abc import Iterable
from uuid import UUID

from usga_assessment.domain.sampling.dispositions import INTERVIEWS
from usga_assessment.storage.bulk import Bulk, read_uuid

#: Where an interview stands: under review it is still the case's own.
STANDING = ("stored", "approved", "returned")
_STATES = ", ".join(f"'{state}'" for state in STANDING)
_CODES = ", ".join(f"'{code}'" for code in sorted(INTERVIEWS))


async def interviews_of(
    bulk: Bulk, assessment: str, cases: Iterable[str]
) -> list[tuple[str, str, UUID]]:
    """Case, form and root of the production interviews that stand for these cases."""
    wanted = list(cases)
    if not wanted:
        return []
    same, parameter = bulk.any_of("case_id", wanted, 2)
    found = await bulk.fetch(
        f"SELECT case_id, instrument, root FROM submission_revision "  # noqa: S608
        f"WHERE assessment = {bulk.mark(1)} AND {same} AND purpose = 'production' AND is_head "
        f"AND version = 0 AND code IS NULL AND state IN ({_STATES}) AND disposition IN ({_CODES})",
        (assessment, parameter),
    )
    return [(case, instrument, read_uuid(root)) for case, instrument, root in found]


async def sampled(bulk: Bulk, assessment: str, cases: Iterable[str]) -> set[str]:
    """Which of these are cases of the sample: others have no weight that could count twice."""
    wanted = list(cases)
    if not wanted:
        return set()
    same, parameter = bulk.any_of("case_id", wanted, 2)
    found = await bulk.fetch(
        f"SELECT case_id FROM sample_case WHERE assessment = {bulk.mark(1)} AND {same}",  # noqa: S608
        (assessment, parameter),
    )
    return {case for (case,) in found}
