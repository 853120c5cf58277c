"""Why a release has no spatial statistics, and what their answers say beside the numbers."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from usga_shared.problems import Problem


class SpatialUndefined(Problem):
    """These areas have no spatial statistics; `because` says why.

    `too-few-areas`: fewer than `least` areas show a value. `constant`: they show the same.
    `no-neighbours`: nobody has one under that rule. `too-many-neighbours`: more than are computed
    here. `no-cells`: the indicator is not broken down by area there, or not for that item
    (`items` are those that are), or not for that kind of area.
    """

    slug = "spatial-undefined"
    title = "These areas have no spatial statistics"
    status = 409

    @classmethod
    def of(cls, because: str, **members: Any) -> "SpatialUndefined":
        """With the words for that reason."""
        refusal = cls(because=because, **members)
        refusal.detail_key = because
        return refusal


@lru_cache(maxsize=1)
def caveats() -> dict[str, dict[str, str]]:
    """What numbers do not say by themselves, by code and language."""
    text = files("usga_indicators.messages").joinpath("spatial.toml").read_text("utf-8")
    return tomllib.loads(text)
