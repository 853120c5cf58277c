"""Interviews that a release cannot weigh: they are counted and told, never silently gone."""

from collections.abc import Sequence

from usga_shared.wire.release import LeftOut

from usga_indicators.domain.definition import Source as Kind
from usga_indicators.domain.sources import source_of
from usga_indicators.operations.follow_feed import Source
from usga_indicators.storage.arrow import pa, pc
from usga_indicators.storage.extract_tables import INTERVIEWS, PERSONS


def count_left_out(sources: Sequence[Source]) -> LeftOut:
    """Interviews of sampled forms without the weights that estimates need."""
    no_case = no_person = 0
    codes = pa.array(INTERVIEWS)  # here, for it loads pandas
    for source in sources:
        if source_of(source.layout.instrument) is not Kind.SURVEY:
            continue
        table = source.tables[PERSONS]
        counts = pc.is_in(table["#disposition"], value_set=codes)
        person = pc.is_valid(table["#w_person"])
        household = pc.is_valid(table["#w_household"])
        neither = pc.invert(pc.or_(person, household))
        no_case += pc.sum(pc.and_(counts, neither)).as_py() or 0
        no_person += pc.sum(pc.and_(counts, pc.and_(household, pc.invert(person)))).as_py() or 0
    return LeftOut(without_case=no_case, without_person_weight=no_person)
