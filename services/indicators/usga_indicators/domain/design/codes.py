"""Integer codes for identifiers, so that grouping is arithmetic on arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from usga_indicators.domain.design.errors import MissingDesignValue

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
AnyArray = NDArray[np.generic] | NDArray[np.object_]


def missing(values: AnyArray) -> BoolArray:
    """Tell which entries are missing: NaN in numbers, None, NaN or "" in objects and text."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "O":
        return np.array([v is None or v != v or v == "" for v in values], dtype=np.bool_)  # noqa: PLR0124
    if values.dtype.kind == "U":
        return np.asarray(values == "", dtype=np.bool_)
    return np.zeros(len(values), dtype=np.bool_)


def codes_of(values: AnyArray, what: str) -> IntArray:
    """Number the distinct values 0, 1, 2 ... in sorted order; refuse missing ones."""
    if missing(values).any():
        raise MissingDesignValue(f"{what} has missing values")
    if values.dtype.kind in "iub" and len(values) and values.min() >= 0:
        return compact(values.astype(np.int64))
    sortable = values.astype(str) if values.dtype.kind == "O" else values
    _, codes = np.unique(sortable, return_inverse=True)
    return np.asarray(codes, dtype=np.int64)


def compact(keys: IntArray) -> IntArray:
    """Renumber keys from 0 without gaps; a lookup table is cheaper than sorting if it is small."""
    top = int(keys.max()) + 1
    if top > 4 * len(keys) + 1024:
        _, codes = np.unique(keys, return_inverse=True)
        return np.asarray(codes, dtype=np.int64)
    used = np.zeros(top, dtype=np.bool_)
    used[keys] = True
    return np.asarray((np.cumsum(used) - 1)[keys])


def joint_codes(parts: Sequence[IntArray]) -> IntArray:
    """Number the distinct combinations of several codes."""
    joint = parts[0]
    for part in parts[1:]:
        joint = compact(joint * (int(part.max(initial=0)) + 1) + part)
    return joint


def first_rows(codes: IntArray, size: int) -> IntArray:
    """Give for each code one row that carries it (the first)."""
    first = np.zeros(size, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return first
