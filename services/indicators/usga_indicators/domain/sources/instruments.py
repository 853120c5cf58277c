"""Which kind of source a form is."""

from collections.abc import Mapping

from usga_indicators.domain.definition.model import Source

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
