"""Data quality as numbers: what fieldwork shows of itself, by interview and by interviewer."""

from usga_indicators.domain.quality.agreement import Agreement, agreement
from usga_indicators.domain.quality.digits import first_digits, myers, whipple
from usga_indicators.domain.quality.matching import MAX_PAIRS
from usga_indicators.domain.quality.measures import Fieldwork, InterviewerQuality, measure
from usga_indicators.domain.quality.records import Area, Interviews, Measured, codes

__all__ = [
    "MAX_PAIRS",
    "Agreement",
    "Area",
    "Fieldwork",
    "InterviewerQuality",
    "Interviews",
    "Measured",
    "agreement",
    "codes",
    "first_digits",
    "measure",
    "myers",
    "whipple",
]
