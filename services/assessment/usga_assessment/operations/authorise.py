"""Decide whether a caller may carry out an operation of the API."""

from typing import Protocol

from usga_shared.auth.actors import Actor
from usga_shared.problems import Forbidden, MissingCredential, NotFound

from usga_assessment.domain.access.policy import OPEN, Policy
from usga_assessment.domain.assessment.assessment import Assessment

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="usga"'}


def authorise(
    policy: Policy, actor: Actor, *, method: str, path: str, assessment: str | None
) -> None:
    """Return when the policy allows the operation `method path` (a route template).

    Raises MissingCredential to the public, NotFound when the assessment is not the caller's
    (exactly as when it does not exist), Forbidden when a role is missing. An operation that the
    policy file does not list is forbidden to everybody.
    """
    action = policy.action_of(method, path)
    if action == OPEN:
        return
    if actor.is_anonymous:
        raise MissingCredential(headers=_CHALLENGE)
    if action is None:
        raise Forbidden
    scope = policy.scope(actor, action)
    if assessment is None:
        if not scope:
            raise Forbidden.except_for(policy.actions[action])
    elif not scope.covers(assessment):
        sees = policy.scope(actor, "assessment.read").covers(assessment)
        raise Forbidden.except_for(policy.actions[action]) if sees else NotFound


class Assessments(Protocol):
    """What finding an assessment needs of the storage."""

    async def get(self, code: str) -> Assessment | None: ...

    async def get_for_change(self, code: str) -> Assessment | None: ...


async def find_assessment(
    assessments: Assessments,
    policy: Policy,
    actor: Actor,
    action: str,
    code: str,
    *,
    for_change: bool = False,
) -> Assessment:
    """The assessment, if the actor may carry out `action` in it.

    With `for_change` its other writers wait until this transaction ends, so that what is checked
    is still so when it is stored.

    Raises NotFound when it does not exist or is not the actor's, Forbidden when a role is missing.
    """
    find = assessments.get_for_change if for_change else assessments.get
    found = await find(code)
    if found is None:
        raise NotFound
    if not policy.allows(actor, action, code):
        raise Forbidden.except_for(policy.actions[action])
    return found
