"""Tables of the assessment service; importing this package knows them all."""

from usga_assessment.storage.tables import attachment, field, hub, instrument, sync
from usga_assessment.storage.tables.base import Base

metadata = Base.metadata

__all__ = ["Base", "attachment", "field", "hub", "instrument", "metadata", "sync"]
