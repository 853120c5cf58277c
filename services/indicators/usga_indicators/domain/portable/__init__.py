"""The same definitions as expressions that any engine runs (Ibis): DuckDB, or Spark on a cluster.

Only the pass over interviews is the engine's: sums by PSU, sex and age band, or by one further
group, come back, and the same small matrices as ever make estimates of them. Weight sets and
replicate weights are columns joined to the interviews. Not imported by the service (ADR-0045).
"""

from usga_indicators.domain.portable.estimates import ErrorsNotPortable, PortableEstimates
from usga_indicators.domain.portable.scan import PortableScan, Run, sql_of
from usga_indicators.domain.portable.weights import (
    PortableReplicates,
    beside,
    refusal_of_errors,
    weighed,
)

__all__ = [
    "ErrorsNotPortable",
    "PortableEstimates",
    "PortableReplicates",
    "PortableScan",
    "Run",
    "beside",
    "refusal_of_errors",
    "sql_of",
    "weighed",
]
