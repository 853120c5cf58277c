"""Find a weight set that the caller may see; what is not theirs is not there."""

from usga_shared.auth.actors import Actor
from usga_shared.problems import NotFound

from usga_indicators.messages import UnknownWeightSet
from usga_indicators.operations.authorise import require_action
from usga_indicators.operations.weigh import Weighing
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


async def weighing_of(weights: Weights, assessment: str, weight_set: str | None) -> Weighing:
    """The design rules of an assessment and one of its weight sets; None: base weights.

    Raises UnknownWeightSet.
    """
    rules = await weights.design(assessment)
    if weight_set is None:
        return Weighing(rules)
    stored = await weights.find_set(weight_set)
    if stored is None or stored.assessment != assessment:
        raise UnknownWeightSet(weight_set=weight_set)
    return Weighing(rules, stored)
