"""Which kind of source a form is, and what of it is read whatever definitions say."""

from collections.abc import Mapping

from usga_indicators.domain.definition.model import Definition, Source
from usga_indicators.domain.sources.cells import POINT_NAMES
from usga_indicators.domain.sources.records import RECORD_NAMES

_KINDS: Mapping[str, Source] = {
    "adm": Source.ADMINISTRATIVE,
    "adm_agg": Source.ADMINISTRATIVE,
    "gsc": Source.SCORECARD,
    "saw": Source.AUDIT,
    "rap": Source.NON_PROBABILITY,
    "kii": Source.NON_PROBABILITY,
    "fgd": Source.NON_PROBABILITY,
}


def source_of(instrument: str) -> Source:
    """The kind of a shipped form; a form of a city's own is a survey of its sample."""
    return _KINDS.get(instrument, Source.SURVEY)


def names_beside(definition: Definition) -> tuple[str, ...]:
    """Variables that a definition rests on beside those of its expressions."""
    if definition.iccs or definition.source is Source.ADMINISTRATIVE:
        return RECORD_NAMES
    return POINT_NAMES if definition.source is Source.AUDIT else ()
