"""Routes whose JSON bodies two programs cannot read differently."""

from usga_shared.http.strict import StrictRoute

__all__ = ["StrictRoute"]
