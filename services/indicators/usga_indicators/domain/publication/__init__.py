"""From unrounded estimates to observations that the world may see."""

from usga_indicators.domain.publication.audit_document import audit_document
from usga_indicators.domain.publication.beside import Beside, Standing, audit_beside
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.linked import closed_with_records
from usga_indicators.domain.publication.protect import (
    Protected,
    protect,
    protect_and_audit,
)
from usga_indicators.domain.publication.systems import Joined
from usga_indicators.domain.publication.views import indicator_view
from usga_indicators.domain.publication.writing import unrounded

__all__ = [
    "Beside",
    "Joined",
    "Protected",
    "Standing",
    "Told",
    "audit_beside",
    "audit_document",
    "closed_with_records",
    "indicator_view",
    "protect",
    "protect_and_audit",
    "unrounded",
]
