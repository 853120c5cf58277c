"""From questions to variables: what each holds, who was asked, and why a value is missing."""

from usga_indicators.domain.codebook.codebook import Codebook, Variable, codebook_of
from usga_indicators.domain.codebook.column import Column, Kind
from usga_indicators.domain.codebook.frame import Frame, Repeat, frame_of
from usga_indicators.domain.codebook.raw import RawInterviews, RawRows, RawText
from usga_indicators.domain.codebook.skips import Skip, SkipRules, skip_rules

__all__ = [
    "Codebook",
    "Column",
    "Frame",
    "Kind",
    "RawInterviews",
    "RawRows",
    "RawText",
    "Repeat",
    "Skip",
    "SkipRules",
    "Variable",
    "codebook_of",
    "frame_of",
    "skip_rules",
]
