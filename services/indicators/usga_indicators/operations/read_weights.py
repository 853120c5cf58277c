"""Find a weight set that the caller may see; what is not theirs is not there."""

from usga_shared.auth.actors import Actor
from usga_shared.problems import NotFound

from usga_indicators.operations.authorise import require_action
from usga_indicators.storage.weights import StoredWeightSet, Weights


async def known_weight_set(
    weights: Weights, weight_set: str, actor: Actor, action: str
) -> StoredWeightSet:
    """The weight set; raises NotFound, and Forbidden to other roles of the assessment."""
    stored = await weights.find_set(weight_set)
    if stored is None:
        raise NotFound
    require_action(actor, stored.assessment, action)
    return stored
