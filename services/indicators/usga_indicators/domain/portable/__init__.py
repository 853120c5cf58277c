"""The same definitions as expressions that any engine runs (Ibis): DuckDB, or Spark on a cluster.

Only the pass over interviews is the engine's: sums by PSU, sex and age band come back, and the
same small matrices as ever make estimates of them. Not imported by the service (ADR-0045).
"""

from usga_indicators.domain.portable.scan import PortableScan, Run, sql_of

__all__ = ["PortableScan", "Run", "sql_of"]
