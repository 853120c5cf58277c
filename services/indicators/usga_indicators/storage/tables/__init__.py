"""Tables of the indicators service; importing this package knows them all."""

from usga_indicators.storage.tables import definition, extract, release, release_index, weight
from usga_indicators.storage.tables.base import Base

metadata = Base.metadata

__all__ = ["Base", "definition", "extract", "metadata", "release", "release_index", "weight"]
