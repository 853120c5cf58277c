"""What can stand in a title or a name: characters that can be seen, in the order as written."""

import re

_UNSEEN = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_LINES = r"\t\n\r\u2028\u2029"
_ORDER = r"\u202a-\u202e\u2066-\u2069"
"""Overrides of the direction make a text read otherwise than it is; scripts need none of them."""

ONE_LINE = rf"^[^{_UNSEEN}{_LINES}{_ORDER}]*$"
SEVERAL_LINES = rf"^[^{_UNSEEN}{_ORDER}]*$"

_ONE_LINE = re.compile(ONE_LINE.removesuffix("$") + r"\Z")


def is_one_line(text: str) -> bool:
    """Whether a text can stand on one line of a page."""
    return _ONE_LINE.match(text) is not None
