"""A hub that was killed is started again and says so; the end of a log begins with a line."""

from pathlib import Path
from typing import cast

import pytest

from tools.hub.__main__ import serve
from tools.launcher.hub import HubProcess
from tools.launcher.process import RESTARTS, Child, ProcessFailed


class Killed:
    """A hub that ends as soon as it is looked at, until Ctrl-C."""

    def __init__(self, *, looks: int, revives: bool = True) -> None:
        self.starts, self._left, self._revives = 0, looks, revives

    @property
    def running(self) -> bool:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return self._left % 2 == 0 and self._revives

    def restart(self) -> None:
        self.starts += 1
        if not self._revives:
            raise ProcessFailed("hub ended")

    def tail(self) -> str:
        return "the last line"


def test_a_hub_that_was_killed_is_started_again_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub = Killed(looks=4)
    with pytest.raises(KeyboardInterrupt):
        serve(cast("HubProcess", hub), pause=0)
    assert hub.starts == 2
    assert capsys.readouterr().out == "the hub has ended; starting it again\n" * 2


def test_a_hub_that_ends_again_and_again_ends_with_its_last_words() -> None:
    hub = Killed(looks=99, revives=False)
    with pytest.raises(ProcessFailed, match=r"again and again:\nthe last line"):
        serve(cast("HubProcess", hub), pause=0)
    assert hub.starts == RESTARTS


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("first\nsecond\nthird\n", "third\n"),
        ("first\nsecond\nseven 7\n", "seven 7\n"),
        ("all\n", "all\n"),
        ("a line that is longer than that", "r than that"[-8:]),
        ("a line that is longer than that\n", "an that\n"),
    ],
)
def test_the_end_of_a_log_begins_with_a_line(tmp_path: Path, text: str, tail: str) -> None:
    log = tmp_path / "log"
    log.write_text(text)
    child = Child(name="x", command=[], log=log, healthy=lambda: True)
    assert child.tail(8) == tail
