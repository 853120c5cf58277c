"""docs/protocol/hub.md and its tests name each other: no rule without a test, no test without."""

import re
from pathlib import Path

import pytest

PROTOCOL = Path("docs/protocol/hub.md")
PLACES = ("tests/service/assessment/hub", "tests/unit/assessment/hub", "tests/unit/tablet/hub")
MORE = ("tests/e2e/test_hub_kills.py",)
_RULE = re.compile(r"^- \*\*([HI]-\d+)\*\*", re.MULTILINE)
_ROW = re.compile(r"^\| ([HI]-\d+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
_NUMBER = re.compile(r"_([HI])(\d+)(?=_[HI]\d+|$)")


def rules() -> set[str]:
    found = _RULE.findall(PROTOCOL.read_text("utf-8"))
    assert len(found) == len(set(found)), "a rule is numbered twice"
    return set(found)


def numbered_tests() -> dict[str, set[str]]:
    """Tests by the rules that their names carry."""
    found: dict[str, set[str]] = {}
    files = [path for place in PLACES for path in sorted(Path(place).rglob("test_*.py"))]
    for path in [*files, *map(Path, MORE)]:
        for name in _TEST.findall(path.read_text("utf-8")):
            for letter, number in _NUMBER.findall(name):
                found.setdefault(f"{letter}-{number}", set()).add(name)
    return found


def table() -> dict[str, str]:
    return dict(_ROW.findall(PROTOCOL.read_text("utf-8").rpartition("Rules and their tests")[2]))


def test_every_rule_has_a_test_and_every_number_a_rule() -> None:
    assert set(numbered_tests()) == rules()


def test_the_table_lists_every_rule() -> None:
    assert set(table()) == rules()


@pytest.mark.parametrize("rule", sorted(rules()))
def test_the_table_says_which_tests(rule: str) -> None:
    listed = set(re.findall(r"test_\w+(?!\.py)\b", table()[rule]))
    assert listed == numbered_tests()[rule]
