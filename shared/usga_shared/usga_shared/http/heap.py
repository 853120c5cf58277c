"""What an application has loaded when it starts is not searched for garbage again."""

import gc
from functools import cache

_THRESHOLDS = (10_000, 20, 20)


@cache
def settle_heap() -> None:
    """Take everything alive now out of the garbage collector's sight; once in a process.

    Modules and models stay as long as the process. A full collection that walks over them lasts
    some 100 ms, in which no request is answered; afterwards it lasts as long as what requests
    leave behind. New objects are looked through after ten thousand of them: a batch of interviews
    makes more than the usual 700 all the time, and hardly ever a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
