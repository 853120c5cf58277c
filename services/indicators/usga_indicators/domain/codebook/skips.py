"""What a question that was not asked means (domain rules 5.1: 5 and 11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Skip:
    """`variable` was not asked because `screener` said no: then it truly is `value`.

    `no` are the screener's answers that mean no. A screener answered dk, ref or na passes that
    on; one that was never asked passes on its own reason.
    """

    screener: str
    no: frozenset[str]
    value: str


@dataclass(frozen=True, slots=True)
class Interruption:
    """Somebody came in (rule E-04): closed while `now`; when `over`, only `check` reopens."""

    question: str
    now: str
    over: str
    check: str


@dataclass(frozen=True, slots=True)
class SkipRules:
    """Skips by variable, the questions that open privacy gates, and what closes them again."""

    skips: Mapping[str, Skip]
    gates: frozenset[str]
    interruption: Interruption | None = None

    def joined(self, skips: Mapping[str, Skip]) -> "SkipRules":
        """These rules with those that a form states itself, which take precedence."""
        return SkipRules({**self.skips, **skips}, self.gates, self.interruption)

    def names(self) -> frozenset[str]:
        """Every question that decides about a gate."""
        again = self.interruption
        return self.gates | ({again.question, again.check} if again else set())


@lru_cache(maxsize=1)
def skip_rules() -> SkipRules:
    """The rules that ship with the definitions (`definitions/skips.yaml`)."""
    text = files("usga_indicators.definitions").joinpath("skips.yaml").read_text("utf-8")
    data = yaml.safe_load(text)
    skips = {
        name: Skip(rule["screener"], frozenset(rule["no"]), rule["value"])
        for name, rule in data["skips"].items()
    }
    return SkipRules(skips, frozenset(data["gates"]), Interruption(**data["interruption"]))
