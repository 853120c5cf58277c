"""What the steps of the demonstration share, and what is kept between two starts."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from tools.demo.api import PATIENT, Api
from tools.demo.area import Village
from tools.demo.memory import memory_of, recall
from tools.demo.progress import Progress
from tools.demo.sample import Household
from tools.launcher.secret import write_private
from tools.launcher.stack import Stack


@dataclass
class Scene:
    """The running platform, the invented city, and the memory of what was done."""

    stack: Stack
    progress: Progress
    seed: int
    villages: list[Village]
    sample: list[Household]
    tablets: int
    memory: dict[str, Any] = field(default_factory=dict)
    _http: httpx.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    @property
    def folder(self) -> Path:
        """Where the tablets are."""
        return self.stack.home / "demo"

    def api(self, role: str | None = None) -> Api:
        """A caller at the gateway, with the token of a role."""
        if self._http is None:
            self._http = httpx.Client(base_url=self.stack.origin, timeout=PATIENT, trust_env=False)
        return Api(self._http, self.memory["tokens"][role] if role else None)

    def recall(self) -> None:
        """Read what an earlier start has kept."""
        self.memory = recall(self.stack)

    def keep(self, **values: Any) -> None:
        """Remember, on disk, readable by the owner alone: tokens are among it."""
        self.memory |= values
        write_private(memory_of(self.stack), json.dumps(self.memory, indent=1))
