"""No answer and no expression makes the evaluator raise."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from usga_expressions import Reading, parse
from usga_expressions.compiler import Compiler
from usga_expressions.compiler.library import PLAIN
from usga_expressions.compiler.special import SPECIAL
from usga_expressions.environment import Environment, Table
from usga_expressions.form import Form, Kind, Scope

_ODD = st.sampled_from([
    "", " ", "0", "-1", "5", "1e999", "99999999999999999999999", "-0.0000001", "NaN", "Infinity",
    "0001-01-01", "9999-12-31", "9999-12-31T23:59:59.999-14:00", "0001-01-01T00:00:00+14:00",
    "2024-02-30", "24:00", "23:59:60+99:99", "2024-01-01T00:00:00+99:99", "1 2;3 4;5 6", ";", "x",
    "a b a", "\ud800", "\x00", "(((((", "🌍", "1 2 3 4", "[", "\\", "%", "%Y%", "=", "Zm9v",
])  # fmt: skip
_WRITTEN = st.sampled_from([
    "${a}", "${b}", "${n}", "-99999999999", "1 div 0", "-1 div 0", "0 div 0", "400", "1.5", "''",
    "'2024-01-01'", "'9999-12-31'", "${r}", "${q}", "true()", "date(99999999)", "now()", "'[a'",
    "'a'", "instance('t')/root/item/name", "${a} = ${q}", "random()", "10",
])  # fmt: skip


def form() -> Form:
    made = Form()
    for name in ("a", "b"):
        made.add(Kind.QUESTION, name, choices="t")
    made.add(Kind.QUESTION, "n", numeric=True)
    made.add(Kind.QUESTION, "q", parent=made.add(Kind.REPEAT, "r"))
    made.add(Kind.QUESTION, "here")
    return made


FORM = form()
ENVIRONMENTS = [
    Environment(
        now=datetime(2026, 1, 1, tzinfo=UTC),
        zone=ZoneInfo(zone),
        tables={"t": Table([{"name": "a", "label": {"en": "A"}}])},
    )
    for zone in ("Africa/Nairobi", "America/Mexico_City")
]


def scope(a: str, b: str, n: float) -> Scope:
    made = Scope(FORM.root, None, 1)
    made.t[:2] = [a, b]
    made.x[2] = n
    for text in (a, b):
        made.add(FORM.by_name["r"][0]).t[0] = text
    return made


@given(
    data=st.data(), name=st.sampled_from(sorted({*PLAIN, *SPECIAL})),
    reading=st.sampled_from(Reading), values=st.builds(scope, _ODD, _ODD, st.floats()),
)  # fmt: skip
@settings(max_examples=500, deadline=None)
def test_a_function_takes_whatever_comes(
    data: st.DataObject, name: str, reading: Reading, values: Scope
) -> None:
    plain = PLAIN.get(name)
    least, most = (plain.least, len(plain.letters)) if plain else SPECIAL[name][:2]
    arguments = data.draw(st.lists(_WRITTEN, min_size=least, max_size=min(most, least + 2)))
    compiled = Compiler(FORM, reading).compile(
        f"{name}({', '.join(arguments)})", FORM.by_name["here"][0]
    )
    for source in (compiled.value, compiled.truth, compiled.number, compiled.text):
        for environment in ENVIRONMENTS:
            compiled.function(source)(environment, values)


@given(text=st.text(alphabet="${}abr()[]'\".,+-*=<>!/|:@ 0123divmodandor\n\u00a0é", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_tree_or_findings(text: str) -> None:
    parsed = parse(text)
    assert (parsed.expression is None) is bool(parsed.findings)
    compiled = Compiler(FORM).compile(text, FORM.by_name["here"][0])
    compiled.function()(ENVIRONMENTS[0], scope("a", "1", 2.0))
