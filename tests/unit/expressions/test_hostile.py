"""Whatever an author writes ends in findings, quickly: nothing raises, nothing runs for long."""

import time

import pytest
from usga_expressions.columns import Variable, compile_column
from usga_expressions.compiler import Compiler
from usga_expressions.functions.linear import MAX_TEXT
from usga_expressions.functions.strings import is_risky, longest, matches, matches_whole
from usga_expressions.instrument import Instrument

from tests.unit.expressions.build import document, question
from tests.unit.expressions.test_evaluate import ENVIRONMENT, FORM, filled

WRAPPERS = (
    "not({})", "-{}", "({})", "if({}, 1, 2)", "concat({}, 'a')", "coalesce({}, ${a})",
    "round({}, 1)", "1 + ({})", "count(${r}[{}])", "count(${r}[w > {}])", "selected({}, 'a')",
    "count(instance('l')/root/item[p = {}])", "join(',', ${q}, {})", "min({}, 3)", "date({})",
    "once({})", "checklist(1, 2, {})", "randomize(${q}, {})", "digest({}, 'MD5')",
    "indexed-repeat(${q}, ${r}, {})", "pulldata('l', 'p', 'name', {})", "string(date({}))",
)  # fmt: skip
LARGE = (
    "a" * 1_000_000, "'" + "a" * 1_000_000, "${" * 400_000, "[" * 9_000, "-" * 19_000 + "1",
    "concat(" + ",".join(["1"] * 9_000) + ")", "/".join([".."] * 9_000), "9" * 19_000,
    " + ".join(["1"] * 5_000), " or ".join(["1"] * 200_000), "(" * 100_000,
    "regex(${a}, '" + "(" * 3_000 + ")" * 3_000 + "')", "regex(${a}, '" + "a{1,9}" * 300 + "')",
    "pow(10, " * 70 + "9" + ")" * 70,
)  # fmt: skip


def evaluate(text: str) -> None:
    compiled = Compiler(FORM).compile(text, FORM.by_name["z"][0])
    for source in (compiled.value, compiled.truth, compiled.number, compiled.text):
        compiled.function(source)(ENVIRONMENT, filled())
    compile_column(text, {"n": Variable("n", numeric=True), "a": Variable("a")})
    Instrument.load(document(question("a", constraint=f". > {text}", relevant=text)))


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("depth", [20, 60, 79, 500])
def test_deep_nesting_is_a_value_or_a_finding(wrapper: str, depth: int) -> None:
    text = "1"
    for _ in range(depth):
        text = wrapper.replace("{}", text) if "${" in wrapper else wrapper.format(text)
    started = time.process_time()
    evaluate(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("text", LARGE, ids=lambda text: f"{text[:8]}-{len(text)}")
def test_large_texts_are_read_or_refused_quickly(text: str) -> None:
    started = time.process_time()
    evaluate(text)
    assert time.process_time() - started < 5


def test_conditions_inside_each_other_are_counted() -> None:
    text = "1"
    for _ in range(5):
        text = f"count(${{r}}[w > {text}])"
    found = Compiler(FORM).compile(text, FORM.by_name["z"][0]).findings
    assert [finding.code for finding in found] == ["too-complex"]


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa)+$",
        "(a|a)*$",
        "(a{1,60}){1,60}$",
        "a*a*a*a*a*b",
        "(.*a){30}",
        "((a)|b)+!",
        "(a{0,30}){0,30}b",
        "(.{0,999}a)+!",
    ],
)
def test_a_pattern_never_runs_for_long(pattern: str) -> None:
    started = time.process_time()
    for length in (longest(pattern), longest(pattern) + 1, 1_000):
        matches("a" * length, pattern)
    matches("a" * MAX_TEXT, pattern)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "pattern", "holds"),
    [
        ("ab" * 40, "^(a|b)+$", True), ("ab" * 40 + "c", "^(a|b)+$", False),
        ("Kibera, Nairobi; " * 9, r"^([\w ]+[,;]\s?)+$", True),
        ("\v" * 50, r"^(\s|x)+$", True), ("\v" * 50, r"^([\s]|x)+$", True),
        ("\v" * 50, r"^(\S|x)+$", False), ("[" * 50, r"^([[]|x)+$", True),
        ("\u00e9" * 50, r"^(\u00e9|x)+$", True), ("\u00e9" * 50, r"^(\w|x)+$", False),
        ("x\n" * 30, r"^(x|\n)+$", True), ("xy" * 30 + "\n", r"^(x|y)+$", False),
        ("a" * 9_999 + "b", "a+b$", True), ("a" * 9_999 + "c", "a+b$", False),
    ],
)  # fmt: skip
def test_a_long_answer_is_matched_in_linear_time(text: str, pattern: str, holds: bool) -> None:
    assert matches(text, pattern) is holds
    assert matches_whole(text, pattern) is holds


def test_half_a_character_is_matched_by_nothing_and_harms_nothing() -> None:
    assert not matches("\ud83d" * 50, "^(a|b)+$")


@pytest.mark.parametrize("pattern", ["^[a-z]+@[a-z]+$", "^(07|01)[0-9]{8}$", "[|+*]", r"\(a\)+"])
def test_ordinary_patterns_are_no_risk(pattern: str) -> None:
    assert not is_risky(pattern)
