"""What a person sees while the demonstration is made."""

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Progress:
    """Lines with the seconds since the start; a counter line is rewritten on a terminal."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    _begun: float = field(default_factory=time.monotonic)
    _open: bool = False

    def say(self, words: str) -> None:
        """One line that stays."""
        self._end_line()
        print(f"  {self._seconds()}  {words}", file=self.out, flush=True)

    def count(self, words: str, done: int, total: int) -> None:
        """A counter: rewritten in place on a terminal, each quarter elsewhere."""
        if self.out.isatty():
            print(
                f"\r  {self._seconds()}  {words}: {done} of {total}",
                end="",
                file=self.out,
                flush=True,
            )
            self._open = True
        elif done == total or done % max(1, total // 4) == 0:
            self.say(f"{words}: {done} of {total}")

    def _seconds(self) -> str:
        return f"{time.monotonic() - self._begun:5.1f} s"

    def _end_line(self) -> None:
        if self._open:
            print(file=self.out)
            self._open = False
