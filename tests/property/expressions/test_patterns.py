"""RE2 and the backtracking matcher say the same of patterns that both know."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from usga_expressions.functions import linear, strings

_ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", r"\s", r"\S", r"[\s\d]", r"\.", "1", "é", r"\b"]
)
_SUFFIX = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"])


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    many = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        many.map("".join),
        st.tuples(many.map("|".join), _SUFFIX).map(lambda pair: f"({pair[0]}){pair[1]}"),
    )


_PATTERNS = st.recursive(st.tuples(_ATOMS, _SUFFIX).map("".join), _joined, max_leaves=6).flatmap(
    lambda text: st.sampled_from([text, f"^{text}$", f"^{text}", f"{text}$"])
)
_TEXTS = st.text(st.sampled_from("ab1 é.\n\v_"), max_size=10)


@settings(max_examples=400)
@given(_PATTERNS, _TEXTS)
def test_both_matchers_agree(source: str, text: str) -> None:
    known = strings.pattern(source)
    if known is None or linear.compiled(source) is None:
        return
    assert linear.found(text, source) is (known.search(text) is not None)
    assert linear.found(text, source, whole=True) is (known.fullmatch(text) is not None)


def test_most_patterns_are_known_to_both() -> None:
    sources = ["(a|b)+", r"^(\+254|0)[17]\d{8}$", "([A-Z]{2}-)*", r"(\w+ ?)+", "^[^@]+@[^@]+$"]
    assert all(linear.compiled(each) and re.compile(each) for each in sources)
