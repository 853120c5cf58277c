"""A frame without interviews: expressions run on it to show that they can run."""

import numpy as np

from usga_indicators.domain.codebook.codebook import Codebook
from usga_indicators.domain.codebook.frame import Frame, frame_of
from usga_indicators.domain.codebook.raw import RawInterviews, RawText
from usga_indicators.domain.codebook.skips import SkipRules

_NO_TEXT = RawText.of(())
_NOBODY = RawInterviews(0, _NO_TEXT, _NO_TEXT, _NO_TEXT, np.zeros(0), np.zeros(0), {})
_NO_RULES = SkipRules({}, frozenset())


def trial_frame(codebook: Codebook) -> Frame:
    """Every variable, no rows."""
    return frame_of(_NOBODY, codebook, tuple(codebook.variables), _NO_RULES)
