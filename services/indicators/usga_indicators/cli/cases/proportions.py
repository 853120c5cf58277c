"""Operations on quantiles and on intervals of proportions."""

from typing import Any

import numpy as np

from usga_indicators.cli.cases.context import Context, Json
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.design.replicates import ReplicateDesign
from usga_indicators.domain.estimation.intervals import (
    UNDEFINED,
    ProportionInterval,
    effective_size,
    proportion_interval,
)
from usga_indicators.domain.estimation.linear import mean
from usga_indicators.domain.estimation.quantiles import (
    Quantile,
    QuantileRule,
    quantile,
    replicate_quantile,
    score_quantile,
)
from usga_indicators.domain.estimation.sample import Sample


def _share(value: Any) -> float:
    if isinstance(value, int | float) and 0 <= value <= 1:
        return float(value)
    raise CaseError(f"a probability lies from 0 to 1: {value!r}", place="probs")


def quantile_of(context: Context) -> Json:
    """Quantiles of each variable with Woodruff or replicate intervals."""
    names = context.names()
    columns = [context.table[name].values for name in names]
    sample = context.complete(np.stack(columns, axis=1))
    listed = context.case["probs"]
    probs = [_share(p) for p in (listed if isinstance(listed, list) else [listed])]
    df = float("inf") if context.case.get("df") == "inf" else float(context.df)
    rows: list[Json] = []
    for name, x in zip(names, columns, strict=True):
        found = [_quantile(context, sample, x, p, df) for p in probs]
        rows.append(
            {
                "var": name,
                "q": probs,
                "est": [f.value for f in found],
                "ci_l": [f.low for f in found],
                "ci_u": [f.high for f in found],
                "se": [f.se for f in found],
            }
        )
    return {"df": context.df, "rows": rows}


def _quantile(context: Context, sample: Sample, x: Any, p: float, df: float) -> Quantile:
    rule = QuantileRule(context.case.get("qrule") or "math")
    interval = str(context.case.get("interval") or "mean")
    if interval == "quantile" and isinstance(context.design, ReplicateDesign):
        return replicate_quantile(sample, x, p, rule=rule, df=df)
    if interval == "score" and not isinstance(context.design, ReplicateDesign):
        return score_quantile(sample, x, p, rule=rule, df=df)
    if interval not in {"mean", "beta", "xlogit", "asin"}:
        raise Unsupported(f"quantile interval {interval}")
    return quantile(sample, x, p, rule=rule, interval=ProportionInterval(interval), df=df)


def proportion_intervals(context: Context) -> Json:
    """Intervals of one proportion by several methods."""
    x = context.column("vars").values[:, None]
    sample = context.complete(x)
    found = mean(sample, x)
    p, se = float(found.values[0]), float(found.errors[0])
    listed = context.case["methods"]
    methods = listed if isinstance(listed, list) else [listed]
    return {"df": context.df, "rows": [_row(context, sample, p, se, str(m)) for m in methods]}


#: Intervals that a logistic model makes: with replicates its coefficient is replicated.
_ON_LOG_ODDS = {ProportionInterval.LOGIT, ProportionInterval.LIKELIHOOD}


def _log_odds_error(context: Context, sample: Sample, p: float) -> float:
    """SE of p that corresponds to the replicate variance of its log-odds."""
    x = np.where(sample.rows, context.column("vars").values, 0.0)

    def log_odds(w: FloatArray) -> FloatArray:
        share = (w @ x) / w.sum()
        return np.array([np.log(share / (1 - share))])

    return float(np.sqrt(sample.covariance(x[:, None], log_odds)[0, 0])) * p * (1 - p)


def _dispersion(context: Context, sample: Sample) -> float:
    """Root of what R's scaling of weights does to the dispersion of its logistic model.

    It scales the weights to mean 1 in all rows of the domain for the deviance, and in those
    without missing values for the dispersion; the quotient stays.
    """
    scale = context.sample.weights.sum() / context.n
    return float(np.sqrt(sample.weights.sum() / sample.kept / scale))


def _row(context: Context, sample: Sample, p: float, se: float, method: str) -> Json:
    df = context.df
    if method != "beta_nchs":
        kind = ProportionInterval(method)
        freedom = context.design.degrees_of_freedom(context.rows) if df > 0 else 0
        used = se
        if kind in _ON_LOG_ODDS and isinstance(context.design, ReplicateDesign):
            used = _log_odds_error(context, sample, p)
        n = context.n
        if kind is ProportionInterval.LIKELIHOOD:
            used, n = used * _dispersion(context, sample), sample.base
        ci = proportion_interval(p, used, df=freedom, n=n, method=kind)
        return {"method": method, "est": p, "ci": ci, "se": se}
    if df <= 0:
        return {"method": method, "est": p, "ci": UNDEFINED, "se": se}
    n = sample.base
    kind = ProportionInterval.BETA_NCHS
    ci = proportion_interval(p, se, df=df, n=n, method=kind)
    size = effective_size(p, se, df, n)
    return {"method": method, "est": p, "n": n, "n_eff": size, "ci": ci, "se": se}
