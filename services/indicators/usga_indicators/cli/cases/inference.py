"""Operations that compare: domains with their covariance, t-test, chi-squared tests."""

from collections.abc import Callable

import numpy as np
from scipy import special

from usga_indicators.cli.cases.context import Context, Json, indicators
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.formula import formula_of
from usga_indicators.cli.cases.models import matrix_in_use
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation import association
from usga_indicators.domain.estimation.association import TestResult, TwoWayTable
from usga_indicators.domain.estimation.contrasts import contrast, in_domains
from usga_indicators.domain.estimation.intervals import t_interval
from usga_indicators.domain.estimation.linear import observed
from usga_indicators.domain.estimation.regression import linear_model

NORMAL_DF = float("inf")
#: An error that is less than this share of its difference is a rounding error: there is none.
ROUNDING = 1e-13
#: A t-test compares two groups: this one and that one, by these numbers where not by levels.
PAIR = 2
_PAIRS = ({0.0, 1.0}, {1.0, 2.0})


def domains_joint(context: Context) -> Json:
    """Means of `y` in the levels of `group`, their covariance, and contrasts."""
    y = context.column("y").values
    levels = [str(level) for level in context.case["levels"]]
    texts = np.array(context.column("group").texts(), dtype=np.str_)
    found = in_domains(context.sample, y, np.ones(len(y)), [texts == lv for lv in levels])
    rows: list[Json] = []
    for given in context.case.get("contrasts") or ():
        coefficients = given if isinstance(given, list) else [given]
        c = contrast(found, coefficients, context.df)
        rows.append(
            {
                "coef": coefficients,
                "est": c.value,
                "se": c.se,
                "ci_normal": t_interval(c.value, c.se, NORMAL_DF),
                "ci_t": (c.ci_low, c.ci_high),
                "t": c.t,
                "p_t": c.p,
            }
        )
    return {
        "df": context.df,
        "levels": levels,
        "est": found.values,
        "vcov": found.covariance,
        "contrasts": rows,
    }


def t_test(context: Context) -> Json:
    """Difference in the mean of `y` between two groups, as a regression on the group."""
    y = context.column("y").values
    group = matrix_in_use(context, formula_of([str(context.case["group"])]), y).columns
    sample = observed(context.sample, y, group)
    inside = group[sample.rows]
    seen = set(inside[:, -1].tolist())
    if len(seen) == 1 and (inside.shape[1] == PAIR or context.n == context.design.size):
        return {"t": None, "df": sample.df, "p": None, "diff": None, "ci": (None, None)}
    if inside.shape[1] != PAIR or len(seen) != PAIR or not any(seen <= pair for pair in _PAIRS):
        raise CaseError("a t-test compares two groups: two levels, or 0 and 1, or 1 and 2")
    fit = linear_model(sample, y, group)
    value, se = float(fit.coefficients.values[1]), float(fit.coefficients.errors[1])
    t = value / se if se > ROUNDING * abs(value) else float("nan")
    return {
        "t": t,
        "df": fit.df,
        "p": 2 * float(special.stdtr(fit.df, -abs(t))),
        "diff": value,
        "ci": t_interval(value, se, fit.df),
    }


_TESTS: dict[str, Callable[[TwoWayTable], TestResult]] = {
    "F": association.rao_scott_f,
    "Chisq": association.rao_scott_chi_square,
    "Wald": lambda table: association.wald(table, adjusted=False),
    "adjWald": lambda table: association.wald(table, adjusted=True),
    "lincom": association.linear_combination,
    "saddlepoint": association.linear_combination,
}


def chi_square(context: Context) -> Json:
    """Tests of independence of two categorical variables."""
    names = context.names()
    if len(names) != 2:  # noqa: PLR2004 -- a two-way table
        raise CaseError("a test of independence takes two variables")
    codes, sizes = [], []
    for name in names:
        column, _ = context.table[name].categories()
        seen = np.unique(column[context.rows & (column >= 0)])
        place = np.full(max(int(column.max()) + 2, 1), -1, dtype=np.int64)
        place[seen] = np.arange(len(seen))
        codes.append(place[column])
        sizes.append(len(seen))
    table = TwoWayTable(
        sample=context.sample,
        row=codes[0],
        column=codes[1],
        rows=sizes[0],
        columns=sizes[1],
        df=_table_df(context),
        n=context.n,
    )
    listed = context.case["statistics"]
    rows = []
    for name in listed if isinstance(listed, list) else [listed]:
        if name not in _TESTS:
            raise Unsupported(f"statistic {name}")
        result = _TESTS[name](table)
        rows.append({"statistic": name, "value": result.value, "df": result.df, "p": result.p})
    return {"rows": rows}


def _table_df(context: Context) -> int:
    """Of the PSUs that the domain keeps: all after calibration, those without weight too."""
    if isinstance(context.design, ReplicateDesign):
        return context.design.degrees_of_freedom(context.kept)
    stage = context.design.stages[0]
    psus = np.unique(stage.cluster[context.kept])
    return len(psus) - len(np.unique(stage.cluster_stratum[psus]))


def goodness_of_fit(context: Context) -> Json:
    """Shares of the levels of a variable against given probabilities."""
    column = context.column("vars")
    x = indicators(column, context.shown(column))
    shares = np.asarray(context.case["p"], dtype=float)
    if x.shape[1] != len(shares):
        raise CaseError(f"{x.shape[1]} levels and {len(shares)} probabilities", place="p")
    result = association.goodness_of_fit(context.observed(x), x, shares)
    return {"value": result.value, "p": result.p}
