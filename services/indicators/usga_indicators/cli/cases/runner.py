"""Run one case: find its design, its domain and its operation; turn refusals into outcomes."""

from collections.abc import Callable
from math import isfinite, isinf
from typing import Any

import numpy as np

from usga_indicators.cli.cases import descriptive, inference, models, proportions
from usga_indicators.cli.cases.context import Context, Json, domain_rows
from usga_indicators.cli.cases.designs import Designs
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.shape import (
    CASE,
    DESIGN,
    Shape,
    misspelt,
    other_shape,
    unknown_members,
)
from usga_indicators.domain.design import DesignError, LonelyPrimaryUnit

_OPERATIONS: dict[str, Callable[[Context], Json]] = {
    "mean": descriptive.mean_of,
    "total": descriptive.total_of,
    "ratio": descriptive.ratio_of,
    "by": descriptive.by_group,
    "var": descriptive.variance_of,
    "table": descriptive.table_of,
    "weights": descriptive.weights_of,
    "degf": descriptive.degrees_of_freedom,
    "cronbach": descriptive.cronbach,
    "quantile": proportions.quantile_of,
    "ciprop": proportions.proportion_intervals,
    "domains_joint": inference.domains_joint,
    "ttest": inference.t_test,
    "chisq": inference.chi_square,
    "gof": inference.goodness_of_fit,
    "glm": models.regression,
    "composite": models.composite,
}


#: Results that are finite numbers wherever they are defined.
_ESTIMATES = frozenset({"est", "se", "sum", "sumsq"})


#: How an unknown word of a list is refused, and how much of it is repeated.
_NO_WORD, _SHORT, _LONG = " is not a valid ", 60, 300
#: What comes of members that have another shape than they must.
_OTHERS = (LookupError, TypeError, ValueError, AttributeError)


class Overflow(ArithmeticError):
    """A result is larger than the largest number."""

    code = "overflow"


def run_case(case: Json, designs: Designs) -> Json:
    """Compute a case, or say that it is refused, empty or not supported.

    A refusal has a stable `code`, a `message` for people, and the `place`: the design or the
    case, and where it is in a file, the file with its line and column.
    """
    place = f"designs/{case.get('design')}"
    try:
        _operation(case)
        wrong = _misspelt(case, designs)
        if wrong is not None:
            return wrong
        with np.errstate(all="ignore"):  # what overflows is refused by its value
            designs.get(str(case.get("design")))
        place = f"cases/{case.get('id')}"
        return _computed(case, designs)
    except Unsupported as reason:
        return _refused("unsupported", str(reason), place) | {"unsupported": True}
    except (DesignError, CaseError, ArithmeticError, *_OTHERS) as reason:
        told = _of_shape(reason, case, designs)
        return told or _refusal(reason, place, str(case.get("design")), designs)


def unread(case: Json, designs: Designs) -> list[str]:
    """Members of the case and its design that nothing reads, as places."""
    return [
        f"{place}/{name}"
        for given, shape, place in _read(case, designs)
        for name in unknown_members(given, shape)
    ]


def _read(case: Json, designs: Designs) -> list[tuple[Any, Shape, str]]:
    """The design and the case with the members that they may have, and their places."""
    design = str(case.get("design"))
    return [
        (designs.specifications.get(design), DESIGN, f"designs/{design}"),
        (case, CASE, f"cases/{case.get('id')}"),
    ]


def _misspelt(case: Json, designs: Designs) -> Json | None:
    """A member that would be passed over in silence, and the number be wrong."""
    for given, shape, place in _read(case, designs):
        found = misspelt(given, shape)
        if found is not None:
            name, meant = found
            return _refused(
                "unknown-member",
                f"there is no member {name}: is {meant} meant?",
                f"{place}/{name}",
            )
    return None


def _of_shape(reason: Exception, case: Json, designs: Designs) -> Json | None:
    """The member of the design or case that has another shape, if that may be the reason."""
    if isinstance(reason, DesignError | CaseError | ArithmeticError):
        return None
    for given, shape, place in _read(case, designs):
        found = other_shape(given, shape)
        if found is not None:
            member, looks = found
            return _refused("case-invalid", f"{member} is not {looks}", f"{place}/{member}")
    return None


def _refusal(reason: Exception, place: str, design: str, designs: Designs) -> Json:
    code = str(getattr(reason, "code", "case-invalid"))
    message = str(reason)
    match reason:
        case LonelyPrimaryUnit():
            named = ", ".join(designs.lonely_strata(design))
            message, place = (
                f"{message}: {named}" if named else message,
                f"designs/{design}/strata",
            )
        case CaseError(place=str() as inside):
            place = f"{place}: {inside}"
        case KeyError():
            message = f"there is no {reason.args[0]!r}"
        case ValueError() if _NO_WORD in message:
            word, _, kind = message.partition(_NO_WORD)
            message = f"{word[:_SHORT]} is no {kind}; see the methods pages"
        case ValueError() | ArithmeticError():
            pass
        case _:
            message = f"a member has another shape than it must: {message}"
    return _refused(code, message, place)


def _refused(code: str, message: str, place: str) -> Json:
    return {"error": True, "code": code, "message": _clipped(message), "place": _clipped(place)}


def _clipped(text: str) -> str:
    """Not more of what was written than tells what was meant."""
    return text if len(text) <= _LONG else f"{text[:_LONG]}..."


def _operation(case: Json) -> Callable[[Context], Json]:
    operation = _OPERATIONS.get(str(case.get("op")))
    if operation is None:
        raise Unsupported(f"operation {case.get('op')}")
    return operation


def _computed(case: Json, designs: Designs) -> Json:
    operation = _operation(case)
    table, design = designs.get(str(case.get("design")))
    context = Context(case, table, design, domain_rows(table, case.get("domain")))
    if context.n == 0:
        return {"empty": True, "n": 0}
    with np.errstate(all="ignore"):
        result = operation(context)
    result.setdefault("n", context.n)
    plain: Json = _plain(result, "")
    return plain


def _plain(value: Any, path: str) -> Any:
    """Numpy to JSON; what is undefined is null. Raises Overflow where a number is too large."""
    match value:
        case dict():
            return {k: _plain(v, f"{path}/{k}") for k, v in value.items()}
        case list() | tuple():
            return [_plain(v, f"{path}/{i}") for i, v in enumerate(value)]
        case np.ndarray() | np.generic():
            return _plain(value.tolist(), path)
        case float() if isinf(value) and path.rsplit("/", 1)[-1] in _ESTIMATES:
            raise Overflow(f"{path} overflows: the numbers are too large to be summed or squared")
        case float():
            return value if isfinite(value) else None
        case _:
            return value
