"""From unrounded estimates to observations that the world may see."""

from usga_indicators.domain.publication.protect import Protected, protect
from usga_indicators.domain.publication.views import indicator_view

__all__ = ["Protected", "indicator_view", "protect"]
