"""Tables of the reports service; importing this package knows them all."""

from usga_reports.storage.tables import report
from usga_reports.storage.tables.base import Base

metadata = Base.metadata

__all__ = ["Base", "metadata", "report"]
