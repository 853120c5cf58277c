"""The access policy: one file, read once, asked everywhere."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from usga_shared.auth.actors import PLATFORM, Actor, Role
from usga_shared.wire.vocabulary import FieldClass

_PARAMETER = re.compile(r"\{[^}]*\}")

OPEN = "open"
"""The action of operations that need no credential."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The assessments in which something is allowed: all of them, or these codes."""

    everywhere: bool
    codes: frozenset[str] = frozenset()

    def covers(self, assessment: str) -> bool:
        """Whether this assessment is inside."""
        return self.everywhere or assessment in self.codes

    def __bool__(self) -> bool:
        return self.everywhere or bool(self.codes)


@dataclass(frozen=True, slots=True)
class Policy:
    """Role x action, role x field class, and the action of every operation of the API."""

    actions: Mapping[str, frozenset[Role]]
    readable: Mapping[Role, frozenset[FieldClass]]
    operations: Mapping[str, str]

    def allows(self, actor: Actor, action: str, assessment: str) -> bool:
        """Whether the actor may do this in this assessment; raises KeyError for no action."""
        return not self.actions[action].isdisjoint(actor.roles(assessment))

    def scope(self, actor: Actor, action: str) -> Scope:
        """Every assessment in which the actor may do this."""
        roles = self.actions[action]
        if not roles.isdisjoint(actor.roles(PLATFORM)):
            return Scope(everywhere=True)
        return Scope(
            everywhere=False,
            codes=frozenset(
                code for code in actor.assessments if not roles.isdisjoint(actor.roles(code))
            ),
        )

    def readable_classes(self, actor: Actor, assessment: str) -> frozenset[FieldClass]:
        """The field classes whose answers the actor may read in this assessment."""
        return frozenset().union(*(self.readable[role] for role in actor.roles(assessment)))

    def knows_cases(self, actor: Actor, assessment: str) -> bool:
        """Whether the actor may learn which sampled household an interview is of.

        Not where the actor may read S3 answers: fieldwork knows the door of each case (ADR-0052).
        """
        return FieldClass.S3 not in self.readable_classes(actor, assessment)

    def readers(self, classes: Iterable[FieldClass]) -> frozenset[Role]:
        """The roles that may read all of these classes."""
        wanted = frozenset(classes)
        return frozenset(role for role, readable in self.readable.items() if wanted <= readable)

    def has_all_of(self, actor: Actor, role: Role, assessment: str) -> bool:
        """Whether the actor may read and do here all that the role may: none gives more."""
        held = actor.roles(assessment)
        return self.readable[role] <= self.readable_classes(actor, assessment) and not any(
            role in roles and roles.isdisjoint(held) for roles in self.actions.values()
        )

    def covering(self, role: Role, action: str) -> frozenset[Role]:
        """The roles with this action that may read and do all that the other role may."""
        return frozenset(
            held
            for held in self.actions[action]
            if self.readable[role] <= self.readable[held]
            and all(held in roles for roles in self.actions.values() if role in roles)
        )

    def action_of(self, method: str, path: str) -> str | None:
        """The action of an operation, by its method and route template; None when not listed."""
        return self.operations.get(_anonymous(f"{method} {path}"))


@lru_cache(maxsize=4096)
def _anonymous(operation: str) -> str:
    """The operation without the names of its path parameters."""
    return _PARAMETER.sub("{}", operation)


@cache
def load_policy() -> Policy:
    """Read `policy.toml`; raises ValueError when it contradicts itself."""
    text = files("usga_assessment.domain.access").joinpath("policy.toml").read_text("utf-8")
    return parse_policy(text)


def parse_policy(text: str) -> Policy:
    """A policy from its TOML text; every role has a line, every action exists."""
    tree = tomllib.loads(text)
    policy = Policy(
        actions={name: frozenset(map(Role, roles)) for name, roles in tree["actions"].items()},
        readable={
            Role(role): frozenset(map(FieldClass, classes))
            for role, classes in tree["readable"].items()
        },
        operations={_anonymous(name): action for name, action in tree["operations"].items()},
    )
    missing = set(Role) - set(policy.readable)
    unknown = set(policy.operations.values()) - set(policy.actions) - {OPEN}
    if missing or unknown:
        raise ValueError(f"policy without {sorted(missing)}, or unknown {sorted(unknown)}")
    return policy
