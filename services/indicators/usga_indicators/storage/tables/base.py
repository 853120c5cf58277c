"""The base class of the service's tables: a registry, and so a metadata, of its own."""

from sqlalchemy.orm import registry
from sqlmodel import SQLModel


class Base(SQLModel, registry=registry()):
    """Every table of the indicators service derives from this class."""
