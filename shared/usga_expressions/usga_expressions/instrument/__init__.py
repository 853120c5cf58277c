"""The instrument: a form compiled once, that checks and walks interviews."""

from usga_expressions.instrument.check import CheckResult
from usga_expressions.instrument.document import InvalidInstrument
from usga_expressions.instrument.instrument import Instrument
from usga_expressions.instrument.interview import CheckFinding, Interview
from usga_expressions.instrument.plan import NodeFinding
from usga_expressions.instrument.walk import Ask, RepeatAsk, Walk

__all__ = [
    "Ask",
    "CheckFinding",
    "CheckResult",
    "Instrument",
    "Interview",
    "InvalidInstrument",
    "NodeFinding",
    "RepeatAsk",
    "Walk",
]
