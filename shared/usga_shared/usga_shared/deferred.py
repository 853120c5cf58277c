"""Modules that are loaded when they are first used: a service at rest does without them."""

from importlib import import_module
from types import ModuleType
from typing import Any


class Deferred(ModuleType):
    """Stands for the module of this name.

    For large libraries that rare work needs. Annotations that name their types are to be texts:
    others would load the library at once. Type checkers get the real module:

        if TYPE_CHECKING:
            import typst
        else:
            typst = Deferred("typst")
    """

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)  # found at once from now on
        return found
