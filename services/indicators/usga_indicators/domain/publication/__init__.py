"""From unrounded estimates to observations that the world may see."""

from usga_indicators.domain.publication.audit_document import audit_document
from usga_indicators.domain.publication.hierarchy import Told
from usga_indicators.domain.publication.protect import Protected, protect, protect_and_audit
from usga_indicators.domain.publication.views import indicator_view

__all__ = ["Protected", "Told", "audit_document", "indicator_view", "protect", "protect_and_audit"]
