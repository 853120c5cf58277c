"""Keep standard output to what a command says: solvers in C print to it at times."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_STDOUT, _STDERR = 1, 2


@contextmanager
def own_stdout() -> Iterator[None]:
    """Send what is written to descriptor 1 to standard error, except by `sys.stdout`.

    Exchanged once around a whole command, so that no other thread writes in between. Where
    `sys.stdout` is not that descriptor (it is captured) nothing is done.
    """
    if not _is_descriptor_one():
        yield
        return
    before = sys.stdout
    before.flush()
    kept = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    sys.stdout = os.fdopen(kept, "w", encoding=before.encoding, errors=before.errors)
    try:
        yield
    finally:
        own, sys.stdout = sys.stdout, before
        ctypes.CDLL(None).fflush(None)  # what C still buffers must not come out later
        os.dup2(kept, _STDOUT)
        own.close()


def _is_descriptor_one() -> bool:
    try:
        return sys.stdout.fileno() == _STDOUT
    except (AttributeError, OSError, ValueError):
        return False
