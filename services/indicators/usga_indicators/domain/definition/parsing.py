"""Expressions parsed once: a release evaluates the same few hundred texts again and again."""

from functools import lru_cache

from usga_expressions.parser import Parsed, parse


@lru_cache(maxsize=4096)
def parsed(text: str) -> Parsed:
    """The tree of an expression, or the findings that say why there is none."""
    return parse(text)
