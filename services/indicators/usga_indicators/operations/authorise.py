"""Who may do what with an assessment's releases and definitions."""

import tomllib
from functools import lru_cache
from importlib.resources import files

from usga_shared.auth.actors import Actor, Role
from usga_shared.problems import Forbidden, NotFound

from usga_indicators.storage.releases import Release, Releases


def require(actor: Actor, assessment: str, *roles: Role) -> None:
    """Raise NotFound to whoever has no part in the assessment, Forbidden to other roles."""
    if actor.has(assessment, *roles):
        return
    if actor.roles(assessment) <= {Role.PUBLIC}:
        raise NotFound
    raise Forbidden.except_for(roles)


def require_action(actor: Actor, assessment: str, action: str) -> None:
    """Raise what `require` raises unless `policy.toml` lets one of the actor's roles do it."""
    require(actor, assessment, *policy()[action])


async def permitted(releases: Releases, release: str, actor: Actor, action: str) -> Release:
    """A release that the actor sees and may do this with. Raises NotFound, Forbidden."""
    found = await releases.listed(release, actor)
    if found is None:
        raise NotFound
    roles = policy()[action]
    if not actor.has(found.view.assessment, *roles):
        raise Forbidden.except_for(roles)
    return found


@lru_cache(maxsize=1)
def policy() -> dict[str, tuple[Role, ...]]:
    """Roles by action."""
    text = files("usga_indicators").joinpath("policy.toml").read_text("utf-8")
    actions = tomllib.loads(text)["actions"]
    return {action: tuple(Role(role) for role in roles) for action, roles in actions.items()}
