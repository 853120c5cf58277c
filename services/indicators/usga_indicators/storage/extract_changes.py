"""The rows of some interviews out of an extract."""

from collections.abc import Collection

from usga_indicators.storage.arrow import pa, pc
from usga_indicators.storage.extract_tables import UNIT, Tables


def rows_of(tables: Tables, units: Collection[str]) -> Tables:
    """Every table with the rows of these interviews alone."""
    wanted = pa.array(sorted(units), type=pa.string())
    return {
        name: table.filter(pc.is_in(table[UNIT], value_set=wanted))
        for name, table in tables.items()
    }
