"""Operations that describe: mean, total, ratio, by, var, table, weights, degf, cronbach."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from usga_indicators.cli.cases.context import Context, Json
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.domain.design.codes import BoolArray, FloatArray
from usga_indicators.domain.estimation.design_effect import (
    total_deff_without_replacement,
    with_replacement,
    without_replacement,
)
from usga_indicators.domain.estimation.intervals import t_interval
from usga_indicators.domain.estimation.linear import (
    Estimates,
    mean,
    ratio,
    total,
    variance,
    variance_with_error,
)
from usga_indicators.domain.estimation.sample import Sample

Estimator = Callable[[Sample, FloatArray], Estimates]
#: R prints normal intervals with the exact 97.5 % quantile of the normal distribution.
NORMAL_DF = float("inf")


def mean_of(context: Context) -> Json:
    """Means with their covariance; a factor gives the share of each level."""
    return _joint(context, mean)


def total_of(context: Context) -> Json:
    """Weighted totals with their covariance."""
    return _joint(context, total)


def _joint(context: Context, estimator: Estimator) -> Json:
    x, labels = context.matrix(context.names())
    sample = context.observed(x)
    found = estimator(sample, x)
    effects = _design_effects(context, sample, x, found, estimator)
    rows = [
        label
        | {"est": est, "se": se, "cv": np.divide(se, est)}
        | {"ci_normal": t_interval(est, se, NORMAL_DF), "ci_t": t_interval(est, se, context.df)}
        | {name: values[i] for name, values in effects.items()}
        for i, (label, est, se) in enumerate(zip(labels, found.values, found.errors, strict=True))
    ]
    return {"df": context.df, "rows": rows, "vcov": found.covariance}


def _design_effects(
    context: Context, sample: Sample, x: FloatArray, found: Estimates, estimator: Estimator
) -> dict[str, FloatArray]:
    if not context.case.get("deff"):
        return {}
    values = np.where(sample.rows[:, None], x, 0.0)
    if estimator is total:
        size = float(sample.weights.sum())
        scaled = found.covariance / size**2
        without = total_deff_without_replacement(sample, values, found.covariance)
        return {
            "deff_srswor": without,
            "deff_srswr": with_replacement(sample, values, scaled),
        }
    return {
        "deff_srswor": without_replacement(sample, values, found.covariance),
        "deff_srswr": with_replacement(sample, values, found.covariance),
    }


def ratio_of(context: Context) -> Json:
    """Ratio of two totals."""
    found = _ratio(context)
    est, se = float(found.values[0]), float(found.errors[0])
    return {
        "df": context.df,
        "est": est,
        "se": se,
        "ci_normal": t_interval(est, se, NORMAL_DF),
        "ci_t": t_interval(est, se, context.df),
    }


def _ratio(context: Context) -> Estimates:
    top = context.column("num").values[:, None]
    bottom = context.column("den").values[:, None]
    return ratio(context.observed(top, bottom), top, bottom)


def by_group(context: Context) -> Json:
    """The inner statistic in every group of one or more columns, the first varying fastest."""
    inner = context.case.get("inner")
    if inner not in {"mean", "total", "ratio"}:
        raise Unsupported(f"by with {inner}")
    rows: list[Json] = []
    for key, group in _groups(context):
        part = context.within(group)
        about = {"by": key, "df": part.df, "n": part.n}
        if inner == "ratio":
            found = _ratio(part)
            label = {"num": context.case["num"], "den": context.case["den"]}
            rows.append(label | about | {"est": found.values[0], "se": found.errors[0]})
            continue
        rows += [about | _without(r, "cv", "ci_normal", "ci_t") for r in _inner(part, inner)]
    return {"df": context.df, "rows": rows}


def _inner(part: Context, inner: str) -> list[Json]:
    result: list[Json] = (mean_of if inner == "mean" else total_of)(part)["rows"]
    return result


def _without(row: Json, *names: str) -> Json:
    return {k: v for k, v in row.items() if k not in names}


def _groups(context: Context) -> Iterator[tuple[Json, BoolArray]]:
    """Groups that occur, with their key."""
    names = context.names("by")
    parts = [context.table[name].categories() for name in names]
    weighted = context.rows & (context.design.weights != 0)
    choices = [range(len(labels)) for _, labels in reversed(parts)]
    for reversed_index in itertools.product(*choices):
        index = reversed_index[::-1]
        group = context.rows.copy()
        for i, (codes, _) in zip(index, parts, strict=True):
            group &= codes == i
        if (group & weighted).any():
            labels = [part[1][i] for i, part in zip(index, parts, strict=True)]
            yield dict(zip(names, labels, strict=True)), group


def variance_of(context: Context) -> Json:
    """Population variances and covariances, with standard errors."""
    x, _ = context.matrix(context.names())
    sample = context.observed(x)
    found = variance_with_error(sample, x)
    size = x.shape[1]
    return {"df": context.df, "est": found.values.reshape(size, size), "se": found.errors}


def table_of(context: Context) -> Json:
    """Weighted counts of every combination of levels, the first column varying fastest."""
    names = context.names()
    parts = [context.table[name].categories() for name in names]
    shown = [context.shown(context.table[name]) for name in names]
    rows: list[Json] = []
    for reversed_index in itertools.product(*reversed(shown)):
        index = reversed_index[::-1]
        cell = context.rows.copy()
        for i, (codes, _) in zip(index, parts, strict=True):
            cell &= codes == i
        labels: dict[str, Any] = {
            name: str(_label(part[1][i]))
            for name, i, part in zip(names, index, parts, strict=True)
        }
        rows.append(labels | {"freq": float(context.design.weights[cell].sum())})
    return {"rows": rows}


def _label(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.15g}"


def weights_of(context: Context) -> Json:
    """Summary of the weights (0 outside the domain of a calibrated design)."""
    weights = context.sample.weights
    if context.n != context.design.size:
        weights = weights[context.rows]
    n, total_weight, squares = len(weights), weights.sum(), (weights**2).sum()
    return {
        "n": n,
        "sum": total_weight,
        "sumsq": squares,
        "min": weights.min(),
        "max": weights.max(),
        "first": weights[:10],
        "kish_deff": n * squares / total_weight**2,
    }


def degrees_of_freedom(context: Context) -> Json:
    """PSUs minus strata, or the rank of the replicate weights minus 1."""
    return {"df": context.df}


def cronbach(context: Context) -> Json:
    """Cronbach's alpha: k/(k-1) (1 - sum of variances / variance of the sum)."""
    x, _ = context.matrix(context.names())
    k = x.shape[1]
    if k < 2:  # noqa: PLR2004 -- reliability is about items in the plural
        raise CaseError("Cronbach's alpha needs two items")
    covariances = variance(context.observed(x), x)
    return {"est": k / (k - 1) * (1 - np.trace(covariances) / covariances.sum())}
