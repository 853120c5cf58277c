"""The one condition through which rows of assessments are reached (S-6)."""

from typing import Any

from sqlalchemy import ColumnElement, true

from usga_assessment.domain.access.policy import Scope


def within(column: Any, scope: Scope) -> ColumnElement[bool]:
    """Only rows whose assessment (in `column`) is inside the scope: others read as absent."""
    if scope.everywhere:
        return true()
    condition: ColumnElement[bool] = column.in_(sorted(scope.codes))
    return condition
