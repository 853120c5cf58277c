"""What changed between two versions of a form, and what that does to comparisons of answers."""

from usga_assessment.domain.comparison.change import Aspect, Change, Comparison, Effect
from usga_assessment.domain.comparison.compare import compare

__all__ = ["Aspect", "Change", "Comparison", "Effect", "compare"]
