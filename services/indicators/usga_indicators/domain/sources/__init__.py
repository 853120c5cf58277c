"""Numbers that no sample gives: records, scorecards, audits, fieldwork, chosen people."""

from usga_indicators.domain.sources.administrative import (
    base_year,
    dark_figure,
    of_year,
    rates,
    recorded,
    recorded_in,
)
from usga_indicators.domain.sources.cells import of_incidents, of_points
from usga_indicators.domain.sources.fieldwork import item_silence, response_rates
from usga_indicators.domain.sources.instruments import names_beside, source_of
from usga_indicators.domain.sources.published import published
from usga_indicators.domain.sources.records import Records
from usga_indicators.domain.sources.unweighted import concentration, unweighted

__all__ = [
    "Records",
    "base_year",
    "concentration",
    "dark_figure",
    "item_silence",
    "names_beside",
    "of_incidents",
    "of_points",
    "of_year",
    "published",
    "rates",
    "recorded",
    "recorded_in",
    "response_rates",
    "source_of",
    "unweighted",
]
