"""A form with thousands of faults is answered soon, and in a bounded answer."""

from time import process_time

from .support import compiled, one

HEADER = "| type | name | label | relevant |\n"


def rows(count: int, line: str) -> str:
    return HEADER + "\n".join(line.format(n=n) for n in range(count))


def test_few_findings_are_all_said() -> None:
    result = compiled(rows(400, "| text | q{n} | Q | |") + "\n| txt | last | L | |")
    assert not [f for f in result.findings if f.code == "more-findings"]


def test_the_rest_is_counted_by_code() -> None:
    choices = "| list_name | name | label |\n" + "| l | same | Same |\n" * 701
    result = compiled(HEADER + "| select_one l | q | Q | |\n| text | t | T | |", choices)
    assert len(result.findings) == 501
    more = one(result, "more-findings")
    assert more.severity == "error"
    assert dict(more.values)["count"] == str(701 - 1 + 1 - 500)  # and one of the whole form
    assert "duplicate-choice (200)" in more.message


def test_errors_go_before_warnings() -> None:
    lines = "".join(f"| note | n{n} | | |\n" for n in range(5))
    result = compiled(
        rows(600, "| text | q{n} | Q | ghost = 1 |") + "\n" + lines + "| txt | e | E | |"
    )
    assert [f.code for f in result.findings if f.severity == "error" and f.cell.endswith("607")]
    assert one(result, "more-findings").severity == "warning"
    assert len(result.findings) == 501


def test_a_form_full_of_errors_is_not_looked_at_any_further() -> None:
    result = compiled(rows(700, "| txt{n} | q{n} | Q | ${{q{n}x}} = 1 |"))
    assert len(result.findings) == 501
    assert {f.code for f in result.findings} <= {
        "unknown-type", "unknown-reference", "no-sensitivity", "more-findings"
    }  # fmt: skip


def test_thousands_of_missing_lists_are_told_soon() -> None:
    choices = "| list_name | name | label |\n" + "".join(
        f"| l{n} | a | A |\n" for n in range(4000)
    )
    form = rows(4000, "| select_one m{n} | q{n} | Q | |")
    begun = process_time()
    compiled(form, choices)
    assert process_time() - begun < 5  # 20 s when every row looks through all the lists
