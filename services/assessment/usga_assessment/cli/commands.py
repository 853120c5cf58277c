"""How the sub-commands speak."""

import sys


def say(text: str, *, error: bool = False) -> None:
    """Print a line of a command's own words."""
    print(text, file=sys.stderr if error else sys.stdout)
