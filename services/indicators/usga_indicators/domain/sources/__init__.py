"""Numbers that no sample gives: records, scorecards, audits, fieldwork, chosen people."""

from usga_indicators.domain.sources.administrative import (
    RECORD_NAMES,
    Records,
    base_year,
    dark_figure,
    of_year,
    rates,
    recorded,
)
from usga_indicators.domain.sources.fieldwork import item_silence, response_rates
from usga_indicators.domain.sources.instruments import source_of
from usga_indicators.domain.sources.published import published
from usga_indicators.domain.sources.unweighted import concentration, unweighted

__all__ = [
    "RECORD_NAMES",
    "Records",
    "base_year",
    "concentration",
    "dark_figure",
    "item_silence",
    "of_year",
    "published",
    "rates",
    "recorded",
    "response_rates",
    "source_of",
    "unweighted",
]
