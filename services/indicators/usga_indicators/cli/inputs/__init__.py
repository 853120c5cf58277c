"""Reading what outsiders wrote: every refusal names its place."""

from usga_indicators.cli.inputs.cases import Outcome, run_cases, write_outcomes
from usga_indicators.cli.inputs.errors import InputError, Unreadable
from usga_indicators.cli.inputs.files import read_bytes, read_json
from usga_indicators.cli.inputs.values import (
    integer,
    integers,
    listed,
    member,
    number,
    numbers,
    optional,
    reject_unless,
    word,
)

__all__ = [
    "InputError",
    "Outcome",
    "Unreadable",
    "integer",
    "integers",
    "listed",
    "member",
    "number",
    "numbers",
    "optional",
    "read_bytes",
    "read_json",
    "reject_unless",
    "run_cases",
    "word",
    "write_outcomes",
]
