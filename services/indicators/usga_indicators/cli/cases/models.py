"""Operations on models: regression and composite indices."""

import re

import numpy as np

from usga_indicators.cli.cases.context import Context, Json, indicators
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.formula import Formula, ModelMatrix, formula_of, model_matrix
from usga_indicators.domain.design import SurveyDesign
from usga_indicators.domain.design.codes import FloatArray
from usga_indicators.domain.design.replicates import jackknife
from usga_indicators.domain.estimation.composites import Composite, Form
from usga_indicators.domain.estimation.linear import mean, observed
from usga_indicators.domain.estimation.regression import linear_model, logistic_model
from usga_indicators.domain.estimation.sample import Sample

_LEVEL_TEST = re.compile(r"^\(?\s*`?([\w.]+)`?\s*==\s*['\"]?([^'\"]+?)['\"]?\s*\)?$")
_NAME = re.compile(r"^`?([\w.]+)`?$")


def _response(context: Context, text: str) -> FloatArray:
    plain = _NAME.match(text)
    if plain:
        column = context.table[plain[1]]
        return column.values if column.numbers is not None else indicators(column, [1])[:, 0]
    test = _LEVEL_TEST.match(text)
    if not test:
        raise Unsupported(f"the response {text}")
    column = context.table[test[1]]
    texts = np.array(column.texts(), dtype=np.str_)
    return np.where(column.known, (texts == test[2]).astype(np.float64), np.nan)


def matrix_in_use(context: Context, formula: Formula, y: FloatArray) -> ModelMatrix:
    """The model matrix of a domain: levels that no complete row of it has are no levels."""
    rows = context.kept & ~np.isnan(y)
    for name in formula.variables:
        rows = rows & context.table[name].known
    return model_matrix(context.table.in_use(rows), formula)


def regression(context: Context) -> Json:
    """Linear or logistic regression with design-based standard errors."""
    left, _, right = str(context.case["formula"]).partition("~")
    y = _response(context, left.strip())
    matrix = matrix_in_use(context, formula_of([right]), y)
    family = context.case.get("family", "gaussian")
    if family not in {"gaussian", "binomial"}:
        raise Unsupported(f"family {family}")
    model = logistic_model if family == "binomial" else linear_model
    fit = model(observed(context.sample, y, matrix.columns), y, matrix.columns)
    return {
        "names": [n for n, has in zip(matrix.names, fit.estimable, strict=True) if has],
        "est": fit.coefficients.values,
        "se": fit.coefficients.errors,
        "df_resid": fit.df,
    }


def composite(context: Context) -> Json:
    """Composite index with delta-method and jackknife standard errors."""
    names = context.names()
    x = np.stack([context.table[name].values for name in names], axis=1)
    sample = context.observed(x)
    found = mean(sample, x)
    index = _composite(context, len(names))
    result: Json = {
        "df": context.df,
        "components": found.values,
        "components_se": found.errors,
        "est": index.value(found.values),
        "se_delta": index.delta_error(found),
    }
    listed = context.case.get("jackknife") or []
    for kind in listed if isinstance(listed, list) else [listed]:
        for mse in (False, True):
            name = f"se_{str(kind).lower()}" + ("_mse" if mse else "")
            result[name] = _jackknife_error(context, sample, x, index, str(kind), mse=mse)
    return result


def _composite(context: Context, size: int) -> Composite:
    case = context.case

    def numbers(key: str, default: float) -> FloatArray:
        values = np.asarray(case.get(key) or [default] * size, dtype=np.float64)
        if values.shape != (size,):
            raise CaseError(f"{key} needs one number per variable")
        return values

    return Composite(
        form=Form(str(case["form"])),
        weights=numbers("weights", 1.0),
        lo=numbers("lo", 0.0),
        hi=numbers("hi", 1.0),
        invert=tuple(bool(v) for v in case.get("invert") or [False] * size),
    )


def _jackknife_error(
    context: Context, sample: Sample, x: FloatArray, index: Composite, kind: str, *, mse: bool
) -> float:
    if not isinstance(context.design, SurveyDesign):
        raise Unsupported("a jackknife of replicate weights")
    replicated = jackknife(context.design, kind, mse=mse)
    values = np.where(sample.rows[:, None], x, 0.0)

    def of_weights(w: FloatArray) -> FloatArray:
        return np.array([index.value(np.asarray(w @ values) / w.sum())])

    return float(np.sqrt(replicated.covariance(of_weights, sample.rows)[0, 0]))
