"""Arrow, loaded when it is first used: a service at rest does without its 40 MiB."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["pa", "pa_csv", "pc", "pq"]


class _Deferred(ModuleType):
    """Stands for a module. Annotations that name its types are texts: others would load it."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)  # found at once from now on
        return found


if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq
else:
    pa, pc = _Deferred("pyarrow"), _Deferred("pyarrow.compute")
    pa_csv, pq = _Deferred("pyarrow.csv"), _Deferred("pyarrow.parquet")
