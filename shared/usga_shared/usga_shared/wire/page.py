"""The list answer of every collection."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """A page of a list; follow `next` until it is null: nothing is cut silently."""

    items: list[Item] = Field(description="In the order of the list.")
    next: str | None = Field(None, description="Opaque cursor of the next page.")
