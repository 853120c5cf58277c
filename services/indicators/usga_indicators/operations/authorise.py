"""Who may do what with an assessment's releases."""

from usga_shared.auth.actors import Actor, Role
from usga_shared.problems import Forbidden, NotFound


def require(actor: Actor, assessment: str, *roles: Role) -> None:
    """Raise NotFound to whoever has no part in the assessment, Forbidden to other roles."""
    if actor.has(assessment, *roles):
        return
    if actor.roles(assessment) <= {Role.PUBLIC}:
        raise NotFound
    raise Forbidden
