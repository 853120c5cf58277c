"""Hadamard matrices of half samples: those that R's `survey` takes, where they can be made.

Sylvester's doubling and Paley's construction from the squares modulo a prime p = 3 (mod 4)
(Hedayat and Wallis 1978, section 2). Any matrix is balanced; the same one gives the same digits.
"""

from math import ceil, isqrt, log2

import numpy as np
import scipy

from usga_indicators.domain.design.codes import IntArray

_KEPT = (4, 16, 28, 36)
"""Orders of which `survey` keeps a matrix; those of 4 and 16 are Sylvester's."""
_SYLVESTER = frozenset({4, 16})


def hadamard_for(strata: int) -> IntArray:
    """A matrix of 1 and -1 with more rows than strata; row 0 is not for a stratum.

    Where `survey` takes one of its kept matrices of 28 or 36, it is Sylvester's of the next power
    of two.
    """
    order = strata - strata % 4 + 4
    if order in _KEPT:
        return _sylvester(order if order in _SYLVESTER else _power_above(strata))
    sizes = [size * 2 ** max(0, ceil(log2((strata + 1) / size))) for size in _KEPT]
    best = int(np.argmin(sizes))
    if sizes[best] - strata > _KEPT[0]:
        found = _paley(strata, sizes[best])
        if found is not None:
            return found
    return _sylvester(sizes[best] if _KEPT[best] in _SYLVESTER else _power_above(strata))


def _power_above(strata: int) -> int:
    return 1 << max(strata, 1).bit_length()


def _sylvester(order: int) -> IntArray:
    return np.asarray(scipy.linalg.hadamard(order), dtype=np.int64)


def _paley(strata: int, most: int) -> IntArray | None:
    """The smallest that a prime gives, as `survey::paley` looks for it."""
    wanted = strata + 4 - strata % 4
    if strata % 4 + 4 == strata % 8:
        part = wanted
        while part % 8 == 0:
            part //= 2
        if _is_fit(part - 1):
            found = _of_squares(part - 1)
            while len(found) < wanted:
                found = np.block([[found, found], [found, -found]])
            return found
    prime = next(p for p in range(strata, 2 * strata + 8) if _is_fit(p))
    if prime + 1 > wanted + 4 and wanted + 4 < most:
        return _paley(wanted + 3, 2 * (wanted + 3))
    return None if prime > most else _of_squares(prime)


def _is_fit(number: int) -> bool:
    """A prime that is 3 modulo 4."""
    return number % 4 == 3 and all(number % d for d in range(2, isqrt(number) + 1))  # noqa: PLR2004


def _of_squares(prime: int) -> IntArray:
    places = np.arange(prime)
    squares = np.unique(places**2 % prime)
    inside = np.isin((places[:, None] + places[None, :]) % prime, squares)
    found = np.ones((prime + 1, prime + 1), dtype=np.int64)
    found[1:, 1:] = np.where(inside, -1, 1)
    return found
