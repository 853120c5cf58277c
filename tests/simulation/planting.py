"""How bugs are planted, for a while."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

Bug = Callable[[], AbstractContextManager[None]]


@contextlib.contextmanager
def put(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Replace an attribute."""
    kept = owner.__dict__[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


@contextlib.contextmanager
def both(*bugs: AbstractContextManager[None]) -> Iterator[None]:
    """Several at once."""
    with contextlib.ExitStack() as stack:
        for bug in bugs:
            stack.enter_context(bug)
        yield
