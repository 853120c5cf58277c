"""What changed between two versions of a form, aspect by aspect."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from usga_assessment.domain.comparison import Aspect, Effect, compare

Document = dict[str, Any]


def question(name: str, type_: str = "select_one", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "kind": "question", "name": name, "type": type_, "list": None, "relevant": None,
        "label": {"en": f"About {name}?", "sw": f"Kuhusu {name}?"}, "hint": None,
        "constraint": None, "required": None, "calculation": None, "choice_filter": None,
        "sensitivity": 0, "field_class": "open", "module": None, "attributes": {},
        "children": [],
    }  # fmt: skip
    return {**made, **more}


def form() -> Document:
    inside = [question("hit", list="yes_no"), question("told", list="yes_no")]
    return {
        "languages": ["en", "sw"],
        "nodes": [
            question("age", "integer", constraint=". >= 18"),
            {"kind": "group", "name": "g", "type": "group", "relevant": "${age} > 17",
             "children": inside},
            question("often", list="often"),
            question("band", "calculate", calculation="if(${age} > 30, 'o', 'y')"),
        ],
        "choice_lists": {
            "yes_no": [{"name": n, "label": {"en": n, "sw": n}} for n in ("yes", "no")],
            "often": [{"name": n, "label": {"en": n, "sw": n}} for n in ("a", "b", "c")],
        },
    }  # fmt: skip


def node(document: Document, name: str) -> dict[str, Any]:
    nodes = [*document["nodes"], *document["nodes"][1]["children"]]
    return next(n for n in nodes if n["name"] == name)


def changed(edit: Callable[[Document], object]) -> list[tuple[str | None, str, str]]:
    new = copy.deepcopy(form())
    edit(new)
    return [(c.variable, c.aspect.value, c.effect.value) for c in compare(form(), new).changes]


def relabel(document: Document, text: str) -> None:
    node(document, "age")["label"]["sw"] = text


def code(document: Document, name: str, *, at: int = 3) -> None:
    document["choice_lists"]["often"].insert(at, {"name": name, "label": {"en": name}})


CASES: list[tuple[Callable[[Document], object], list[tuple[str | None, str, str]]]] = [
    (lambda d: None, []),
    (lambda d: relabel(d, "Una miaka mingapi?"), [("age", "wording", "partial")]),
    (lambda d: relabel(d, "KUHUSU  age?"), [("age", "wording", "full")]),
    (lambda d: node(d, "age").update(hint={"en": "Years"}), [("age", "hint", "full")]),
    (lambda d: node(d, "age").update(type="decimal"), [("age", "type", "partial")]),
    (lambda d: node(d, "age").update(type="text"), [("age", "type", "broken")]),
    (lambda d: node(d, "age").update(constraint=".>=18"), []),
    (lambda d: node(d, "age").update(constraint=". >= 16"), [("age", "constraint", "partial")]),
    (lambda d: node(d, "age").update(required="yes"), [("age", "required", "partial")]),
    (
        lambda d: node(d, "age").update(attributes={"implied": "hit: no -> 0"}),
        [("age", "implied", "full")],
    ),
    (lambda d: node(d, "age").update(sensitivity=2), [("age", "sensitivity", "full")]),
    (lambda d: node(d, "age").update(field_class="text"), [("age", "field-class", "full")]),
    (
        lambda d: node(d, "g").update(relevant="${age} > 20"),
        [("hit", "universe", "broken"), ("told", "universe", "broken")],
    ),
    (lambda d: node(d, "g").update(relevant="(${age}>17)"), []),
    (
        lambda d: node(d, "band").update(calculation="'o'"),
        [("band", "calculation", "broken")],
    ),
    (lambda d: code(d, "dk"), [("often", "code-added", "partial")]),
    (lambda d: d["choice_lists"]["often"].pop(), [("often", "code-removed", "partial")]),
    (
        lambda d: d["choice_lists"]["often"][0]["label"].update(en="other"),
        [("often", "code-relabelled", "partial")],
    ),
    (lambda d: d["choice_lists"]["often"].reverse(), [("often", "code-order", "full")]),
    (
        lambda d: d["choice_lists"].update(often=[{"name": "x", "label": {"en": "x"}}]),
        [("often", "code-added", "broken"), *[("often", "code-removed", "broken")] * 3],
    ),
    (lambda d: d["nodes"].insert(0, question("new")), [("new", "added", "partial")]),
    (lambda d: d["nodes"].pop(2), [("often", "removed", "partial")]),
    (lambda d: d["nodes"].insert(0, question("n", "note")), []),
    (lambda d: d["nodes"].insert(0, d["nodes"].pop()), [("band", "order", "full")]),
    (
        lambda d: d["nodes"][1].update(kind="repeat", name="r"),
        [("hit", "repeat", "broken"), ("told", "repeat", "broken")],
    ),
    (lambda d: d.update(languages=["en", "sw", "ru"]), [(None, "language-added", "full")]),
    (lambda d: d.update(languages=["en"]), [(None, "language-removed", "partial")]),
]


@pytest.mark.parametrize(("edit", "expected"), CASES)
def test_each_change_is_told_once_with_its_effect(
    edit: Callable[[Document], object], expected: list[tuple[str | None, str, str]]
) -> None:
    assert changed(edit) == expected


SAME_UNIVERSE = [
    ("${age}>17 and ${often}='a'", "'a'=${often} and 17 < ${age}"),
    ("${age}>17 and ${often}='a'", "not(not(${often}='a') or not(${age}>17))"),
    ("${often}='a' or ${often}='b'", "not(${often}!='a' and ${often}!='b')"),
    ("${often}!='a'", "not(${often}='a')"),
    ("${often}!='a'", "((not(${often}='a')) and ${often}!='a') and true()"),
    ("if(not(${often}='a'), 'x', '')='x'", "if('a'!=${often}, 'x', '')='x'"),
]
OTHER_UNIVERSE = [
    ("${often}!='a'", "${often}='a'"),
    ("${age}>17", "not(${age}<=17)"),  # an empty age is neither
    ("${told}!='yes'", "not(${told}='yes')"),  # of several answers some are and some are not
    ("${age}-1>17", "1-${age}>17"),
    ("${age}>17 or ${often}='a' and ${often}='b'", "(${age}>17 or ${often}='a') and ${often}='b'"),
]


def universes(one: str, other: str) -> list[tuple[str, str]]:
    """What is told of a question whose relevance is written in two ways; the group is a repeat."""
    old, new = form(), form()
    for document, relevant in ((old, one), (new, other)):
        document["nodes"][1].update(kind="repeat", name="r", relevant=None)
        node(document, "band")["relevant"] = relevant
    return [(c.aspect.value, c.effect.value) for c in compare(old, new).changes]


@pytest.mark.parametrize(("one", "other"), SAME_UNIVERSE)
def test_a_relevance_that_says_the_same_is_no_change(one: str, other: str) -> None:
    assert universes(one, other) == []


@pytest.mark.parametrize(("one", "other"), OTHER_UNIVERSE)
def test_one_that_says_something_else_breaks_the_variable(one: str, other: str) -> None:
    assert universes(one, other) == [("universe", "broken")]


def test_a_condition_that_moves_to_the_group_asks_the_same_people() -> None:
    old, new = form(), form()
    node(old, "hit")["relevant"] = "${often}='a'"
    old["nodes"][1]["children"].pop()
    new["nodes"][1]["children"].pop()
    new["nodes"][1]["relevant"] = "${often}='a' and ${age} > 17"
    assert compare(old, new).changes == ()


def test_another_rule_of_an_implied_value_breaks_the_variable() -> None:
    old, new = form(), form()
    node(old, "often")["attributes"] = {"implied": "age: 1 -> a"}
    node(new, "often")["attributes"] = {"implied": "age: 1 -> b"}
    assert [(c.aspect, c.effect) for c in compare(old, new).changes] == [
        (Aspect.IMPLIED, Effect.BROKEN)
    ]


def test_every_aspect_but_lists_from_files_is_tried() -> None:
    told = {aspect for _, changes in CASES for _, aspect, _ in changes}
    untried = {"code-list", "choice-filter", "module"}
    assert told == {aspect.value for aspect in Aspect} - untried


def test_words_name_their_language_and_stand_side_by_side() -> None:
    new = form()
    relabel(new, "Una miaka mingapi?")
    (change,) = compare(form(), new).changes
    assert (change.language, change.before, change.after) == (
        "sw", "Kuhusu age?", "Una miaka mingapi?",
    )  # fmt: skip


def test_the_gravest_effect_counts() -> None:
    new = form()
    relabel(new, "Una miaka mingapi?")
    node(new, "age")["type"] = "text"
    found = compare(form(), new)
    assert found.effects == {"age": Effect.BROKEN}
    assert found.effect is Effect.BROKEN


def test_there_and_back_tells_the_opposite() -> None:
    new = form()
    code(new, "dk")
    new["nodes"].pop()
    there, back = compare(form(), new), compare(new, form())
    assert [c.aspect for c in there.changes] == [Aspect.CODE_ADDED, Aspect.REMOVED]
    assert [c.aspect for c in back.changes] == [Aspect.CODE_REMOVED, Aspect.ADDED]
