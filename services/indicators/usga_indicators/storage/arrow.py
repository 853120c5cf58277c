"""Arrow, loaded when it is first used: a service at rest does without its 40 MiB."""

from typing import TYPE_CHECKING

from usga_shared.deferred import Deferred

__all__ = ["pa", "pa_csv", "pc", "pq"]

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq
else:
    pa, pc = Deferred("pyarrow"), Deferred("pyarrow.compute")
    pa_csv, pq = Deferred("pyarrow.csv"), Deferred("pyarrow.parquet")
