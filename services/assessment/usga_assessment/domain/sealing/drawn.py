"""Random bytes for many seals, drawn at once."""

from usga_assessment.domain.sealing.box import KEY_BYTES, NONCE_BYTES, RandomBytes

_OF_AN_INTERVIEW = KEY_BYTES + 6 * NONCE_BYTES
"""Its key, and a nonce for everything that may be sealed with or in it."""
_MOST = 16_384


class Drawn:
    """Gives out what the system drew for so many interviews, each byte once.

    Asking the system for every interview costs more than the bytes.
    """

    __slots__ = ("_at", "_block", "_draw", "_size")

    def __init__(self, draw: RandomBytes, interviews: int) -> None:
        self._draw, self._size = draw, min(_OF_AN_INTERVIEW * interviews, _MOST)
        self._block, self._at = b"", 0

    def __call__(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._block):
            self._block, self._at, end = self._draw(max(count, self._size)), 0, count
        given = self._block[self._at : end]
        self._at = end
        return given
