"""docs/protocol/sync.md and its tests name each other: no rule without a test, no test without."""

import re
from pathlib import Path

import pytest

PROTOCOL = Path("docs/protocol/sync.md")
FOLDERS = (
    "tests/service/assessment/sync",
    "tests/service/assessment/attachments",
    "tests/property/sync",
    "tests/unit/assessment/sync",
    "tests/unit/assessment/attachments",
)
_RULE = re.compile(r"^- \*\*([PIT]-\d+)\*\*", re.MULTILINE)
_ROW = re.compile(r"^\| ([PIT]-\d+) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
_NUMBER = re.compile(r"_([PI])(\d+)(?=_[PI]\d+|$)")


def rules() -> set[str]:
    found = _RULE.findall(PROTOCOL.read_text("utf-8"))
    assert len(found) == len(set(found)), "a rule is numbered twice"
    return set(found)


def numbered_tests() -> dict[str, set[str]]:
    """Tests by the rules that their names carry."""
    found: dict[str, set[str]] = {}
    for folder in FOLDERS:
        for path in sorted(Path(folder).rglob("test_*.py")):
            for name in _TEST.findall(path.read_text("utf-8")):
                for letter, number in _NUMBER.findall(name):
                    found.setdefault(f"{letter}-{number}", set()).add(f"{path}: {name}")
    return found


def table() -> dict[str, str]:
    return dict(_ROW.findall(PROTOCOL.read_text("utf-8").rpartition("Rules and their tests")[2]))


def test_every_rule_has_a_test_and_every_number_a_rule() -> None:
    server = {rule for rule in rules() if not rule.startswith("T")}
    assert set(numbered_tests()) == server


def test_the_table_lists_every_rule() -> None:
    assert set(table()) == rules()


@pytest.mark.parametrize("rule", sorted(r for r in rules() if not r.startswith("T")))
def test_the_table_says_which_tests(rule: str) -> None:
    listed = set(re.findall(r"test_\w+(?!\.py)\b", table()[rule]))
    assert listed == {test.rpartition(": ")[2] for test in numbered_tests()[rule]}


@pytest.mark.parametrize("rule", sorted(r for r in rules() if r.startswith("T")))
def test_tests_of_the_tablets_rules_exist(rule: str) -> None:
    for file in table()[rule].split("; "):
        path, _, names = file.partition(": ")
        defined = set(_TEST.findall(Path(path).read_text("utf-8")))
        assert set(names.split(", ")) <= defined
