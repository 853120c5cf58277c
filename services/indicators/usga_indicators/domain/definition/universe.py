"""The numerator's universe lies inside the denominator's, and a share is never above one.

Both are shown on the form itself: the questions that decide whether a question is asked, and a
trial on random answers.
"""

from collections.abc import Iterator

import numpy as np
from usga_expressions.findings import Finding, error, warning

from usga_indicators.domain.codebook.codebook import Codebook
from usga_indicators.domain.codebook.skips import skip_rules
from usga_indicators.domain.definition.columns import Scope, Unsupported, evaluate
from usga_indicators.domain.definition.model import Definition, Method, Part, UnitMeasure
from usga_indicators.domain.definition.names import names_in
from usga_indicators.domain.definition.trial import random_frame

_TINY = 1e-9
#: Who is interviewed at all; no filter repeats it.
_EVERYBODY = frozenset(
    [
        "consent_hh",
        "consent",
        "ki_consent",
        "fg_consent_all",
        "fg_age_min",
        "fg_consent_guard",
        "fg_assent",
    ]
)


def universe_findings(definition: Definition, codebook: Codebook) -> Iterator[Finding]:
    """A question asked of some alone needs their filter, else a base without a word."""
    skips = skip_rules().joined(codebook.skips).skips  # a screener's no is their answer (5.1-11)
    for part in _shares(definition):
        said = {*names_in(part.filter), *names_in(definition.population)}
        for name in names_in(part.numerator):
            if name not in codebook or name in definition.union:
                continue
            deciding = _deciding(name, codebook) - said - set(names_in(part.numerator))
            if deciding and name not in skips:
                yield warning(
                    "universe",
                    f"{name} is asked of some alone, which {', '.join(sorted(deciding))} decides",
                    hint="say in the filter who is asked, or join the questions in the numerator",
                )


def _shares(definition: Definition) -> tuple[Part, ...]:
    return definition.parts or (Part(definition.numerator, definition.filter),)


def _deciding(name: str, codebook: Codebook) -> frozenset[str]:
    """Questions that decide whether it is asked; gates and protocols are told as missing."""
    rules = skip_rules()
    gates = rules.names() | _EVERYBODY
    own = codebook[name].repeat
    return frozenset(
        n
        for n in codebook[name].relevant - gates
        if n in codebook
        and not n.startswith("prot_")
        and codebook[n].type != "calculate"
        and codebook[n].repeat == own  # a row of a repeat is there, whatever made it
    )


def bound_findings(definition: Definition, codebook: Codebook) -> Iterator[Finding]:
    """A share above one counts somebody twice: parts were added, not joined (rule 5.1-10)."""
    is_share = definition.unit_measure is UnitMeasure.PERCENT
    if not is_share or definition.method is not Method.EXPRESSION:
        return
    frame = random_frame(codebook)
    for _, one in definition.by_item():
        rows = Scope.of_rows(frame, one.unit) if one.is_of_rows else Scope.of_persons(frame)
        try:
            # what a ratio counts, its base counts too: a victim of three incidents counts three
            most = evaluate(one.denominator, rows) if one.denominator else 1.0
            over = any(
                bool(np.any(evaluate(part.numerator, rows) > most + _TINY))
                for part in _shares(one)
            )
        except (Unsupported, KeyError):
            return  # said of the expression itself
        if over:
            yield error(
                "unbounded",
                "the numerator of a share can exceed its base",
                hint="join parts with `or`, which counts a person once; do not add them",
            )
            return
