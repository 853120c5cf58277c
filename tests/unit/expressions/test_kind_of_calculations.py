"""What a calculation gives is told from its text alone, as compiling it would tell."""

import pytest
from usga_expressions.compiler import Compiler
from usga_expressions.compiler.code import ValueKind
from usga_expressions.form import Form
from usga_expressions.instrument.plan import _gives_number


@pytest.mark.parametrize(
    "text",
    [
        "1", "-1", "1 + 1", "'a' + 'b'", "7 mod 2", "today() - 1", "1 = 1", "1 < 2 or 2 < 1", "'a'",
        "int('3')", "sum(1)", "if(1 = 1, 1, 2)", "if(1 = 1, 'a', 2)", "concat(1, 2)", "today()",
        "true()", "count-selected('a b')", "round(2.5)", "(((3)))", "- (2)", "1 +", "nothing(1)",
        "coalesce(1, 2)", "date('2026-01-01')", "string(3)", "number('3')",
    ],
)  # fmt: skip
def test_it_agrees_with_the_compiler(text: str) -> None:
    lone = Compiler(Form())
    compiled = lone.compile(text, lone.form.root)
    assert _gives_number(text) is (compiled.kind is ValueKind.NUMBER)
