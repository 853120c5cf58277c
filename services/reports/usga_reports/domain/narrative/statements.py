"""Statements about estimates. They compare only where intervals lie apart (rule Q-04)."""

from enum import StrEnum

from usga_shared.wire.release import IndicatorView, Observation

from usga_reports.domain.presenter import Presenter
from usga_reports.domain.published import CellState, Dimension, Published, state_of


class Contrast(StrEnum):
    """How the first of two estimates stands to the second."""

    LOWER = "lower"
    HIGHER = "higher"
    OVERLAP = "overlap"


def contrast(first: Observation, second: Observation) -> Contrast | None:
    """Compare two published estimates by their intervals; None when either has no interval.

    Intervals that lie apart are a cautious test: the difference is then significant beyond the
    intervals' own level. Intervals that touch say nothing, and no order may be read from them.
    """
    ends = (first.lower_bound, first.upper_bound, second.lower_bound, second.upper_bound)
    if any(state_of(cell) is not CellState.SHOWN for cell in (first, second)):
        return None
    if any(end is None for end in ends):
        return None
    low1, high1, low2, high2 = (float(end) for end in ends if end is not None)
    if high1 < low2:
        return Contrast.LOWER
    return Contrast.HIGHER if low1 > high2 else Contrast.OVERLAP


def statement(presenter: Presenter, indicator: IndicatorView, cell: Observation) -> str:
    """One indicator in one sentence, with its evidence."""
    words, title = presenter.words, presenter.title(indicator)
    match state_of(cell):
        case CellState.HIDDEN:
            return words("statement.hidden", title=title, reason=cell.reason or "")
        case CellState.MISSING:
            return words("statement.missing", title=title)
    key = "statement.flagged" if state_of(cell) is CellState.FLAGGED else "statement.shown"
    return words(
        key,
        title=title,
        value=presenter.value(cell),
        evidence=presenter.evidence(cell, indicator),
    )


def beside_statement(
    presenter: Presenter, published: Published, indicator: IndicatorView
) -> str | None:
    """What is to be read with an indicator; None where it is not there or has no number.

    A survey and records count other people and events: the sentence says so.
    """
    found = published.beside(indicator)
    if found is None or state_of(found[1]) not in {CellState.SHOWN, CellState.FLAGGED}:
        return None
    other, cell = found
    key = "statement.beside" if other.source == indicator.source else "statement.beside_other"
    return presenter.words(
        key,
        title=presenter.title(other),
        value=presenter.value(cell),
        evidence=presenter.evidence(cell, other),
    )


def sex_contrast(
    presenter: Presenter, published: Published, indicator: IndicatorView
) -> str | None:
    """Women and men side by side; None when one of them is not shown."""
    cells = {cell.sex: cell for cell in published.cells(indicator.code, Dimension.SEX)}
    women, men = cells.get("F"), cells.get("M")
    if women is None or men is None:
        return None
    verdict = contrast(women, men)
    if verdict is None:
        return None
    return presenter.words(
        f"contrast.sex.{verdict}",
        title=presenter.title(indicator),
        women=presenter.value(women),
        men=presenter.value(men),
        women_interval=presenter.interval_words(women),
        men_interval=presenter.interval_words(men),
    )


def strata_contrast(
    presenter: Presenter, published: Published, indicator: IndicatorView
) -> str | None:
    """How many settlements lie apart from the overall value; none is named or ranked."""
    total = published.total(indicator.code)
    cells = published.cells(indicator.code, Dimension.STRATUM)
    if total is None or not cells:
        return None
    verdicts = [contrast(cell, total) for cell in cells]
    known = [verdict for verdict in verdicts if verdict is not None]
    if not known:
        return None
    return presenter.words(
        "contrast.strata",
        count=len(known),
        lower=known.count(Contrast.LOWER),
        higher=known.count(Contrast.HIGHER),
    )
