"""Run one case: find its design, its domain and its operation; turn refusals into outcomes."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np

from usga_indicators.cli.cases import descriptive, inference, models, proportions
from usga_indicators.cli.cases.context import Context, Json, domain_rows
from usga_indicators.cli.cases.designs import Designs
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.domain.design import DesignError

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


def run_case(case: Json, designs: Designs) -> Json:
    """Compute a case, or say that it is refused, empty or not supported."""
    try:
        return _computed(case, designs)
    except Unsupported as reason:
        return {"error": True, "unsupported": True, "message": str(reason)}
    except (DesignError, CaseError) as reason:
        code = getattr(reason, "code", "case-invalid")
        return {"error": True, "code": code, "message": str(reason)}
    except (ArithmeticError, LookupError, TypeError, ValueError) as reason:
        message = f"{type(reason).__name__}: {reason}"
        return {"error": True, "code": "case-invalid", "message": message}


def _computed(case: Json, designs: Designs) -> Json:
    operation = _OPERATIONS.get(str(case.get("op")))
    if operation is None:
        raise Unsupported(f"operation {case.get('op')}")
    table, design = designs.get(str(case.get("design")))
    context = Context(case, table, design, domain_rows(table, case.get("domain")))
    if context.n == 0:
        return {"empty": True, "n": 0}
    with np.errstate(all="ignore"):
        result = operation(context)
    result.setdefault("n", context.n)
    plain: Json = _plain(result)
    return plain


def _plain(value: Any) -> Any:
    """Numpy to JSON; what is not a finite number is null."""
    match value:
        case dict():
            return {k: _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case np.ndarray() | np.generic():
            return _plain(value.tolist())
        case float():
            return value if isfinite(value) else None
        case _:
            return value
