"""The evaluator agrees with independent engines (README.md: provenance)."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from usga_expressions import Reading
from usga_expressions.cases import evaluate_document, evaluate_file

from tests.golden.expressions.compare import same_text, same_value

HERE = Path(__file__).parent
CASES: dict[str, Any] = orjson.loads((HERE / "cases.json").read_bytes())
STATES: dict[str, Any] = orjson.loads((HERE / "states.json").read_bytes())

#: Cases that the evaluator does not support, by id, with the reason.
UNSUPPORTED: dict[str, str] = {}


@pytest.fixture(scope="module")
def case_results() -> dict[str, Any]:
    return evaluate_document(CASES, HERE / "forms")


#: What JavaRosa's reading takes over from that engine; of its errors and slips it does not.
JAVAROSA_RULES = (
    "boolean(${et})", "not(${et})", "if(${zero}, 'a', 'b')", "regex(${name}, '[A-Z]')",
    "max(${n1}, ${en})", "min(-1, 'x')", "${da} + 1", "number(${da})", "sum(${m_income})",
    "count(${m_income})", "max(${m_income})", "join(',', ${m_income})", "sum(${i_loss})",
    "min(${i_date})", "max(instance('wards')/root/item/population)",
)  # fmt: skip


@pytest.fixture(scope="module")
def javarosa_results() -> dict[str, Any]:
    return evaluate_document(CASES, HERE / "forms", Reading.JAVAROSA)


@pytest.mark.parametrize("expression", JAVAROSA_RULES)
def test_javarosa_reading_gives_its_values(
    expression: str, javarosa_results: dict[str, Any]
) -> None:
    cases = [case for case in CASES["cases"] if case["expression"] == expression]
    assert any(case.get("disputed") for case in cases)
    for case in cases:
        expected = case.get("values", {}).get("javarosa", case["expected"])
        assert same_value({**case, "expected": expected}, javarosa_results[case["id"]])


def test_javarosa_reading_keeps_what_nobody_disputes(javarosa_results: dict[str, Any]) -> None:
    wrong = [
        (case["id"], case["expected"], javarosa_results[case["id"]])
        for case in CASES["cases"]
        if not case.get("disputed") and not same_value(case, javarosa_results[case["id"]])
    ]
    assert not wrong


@pytest.fixture(scope="module")
def state_results() -> dict[str, Any]:
    return evaluate_document(STATES, HERE / "forms")


@pytest.mark.parametrize("group", sorted({case["group"] for case in CASES["cases"]}))
def test_every_case_of_a_group_has_the_expected_value(
    group: str, case_results: dict[str, Any]
) -> None:
    cases = [case for case in CASES["cases"] if case["group"] == group]
    wrong = [
        (case["id"], case["expression"], case["expected"], case_results[case["id"]])
        for case in cases
        if case["id"] not in UNSUPPORTED and not same_value(case, case_results[case["id"]])
    ]
    assert not wrong


@pytest.mark.parametrize("form", sorted({state["form"] for state in STATES["states"]}))
def test_every_undisputed_node_of_a_form_is_as_expected(
    form: str, state_results: dict[str, Any]
) -> None:
    wrong, compared = [], 0
    for state in (state for state in STATES["states"] if state["form"] == form):
        disputed = {item["path"] for item in state.get("disputed", [])}
        found = state_results[state["id"]]
        for path, expected in state["nodes"].items():
            if path in disputed:
                continue
            node = found["nodes"].get(path, {"relevant": False})
            for name, value in expected.items():
                compared += 1
                got = node.get(name)
                fine = same_text(value, got) if name == "value" else value == got
                if not fine:
                    wrong.append((state["id"], path, name, value, got))
        for path, names in state["choices"].items():
            compared += 1
            if path not in disputed and found["choices"].get(path) != names:
                wrong.append((state["id"], path, "choices", names, found["choices"].get(path)))
    assert compared > 900
    assert not wrong


def test_results_are_written_as_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "cases.json", tmp_path / "results.json"
    source.write_bytes(orjson.dumps({"cases": CASES["cases"][:3]}))
    evaluate_file(source, target, forms=HERE / "forms")
    assert set(orjson.loads(target.read_bytes())) == {c["id"] for c in CASES["cases"][:3]}
