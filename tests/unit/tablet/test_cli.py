"""The command line of the tablet: what a person types, and what it says back."""

from datetime import datetime
from pathlib import Path

import orjson
import pytest
from usga_expressions.compact import Layout
from usga_tablet.cli import main
from usga_tablet.outbox import Outbox

from tests.support.household import NOW, document, instrument, lists

NOBODY = "http://127.0.0.1:9"


def test_enrolling_where_nobody_answers_says_so_and_remembers_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--data-dir", str(tmp_path)]
    assert main([*given, "enrol", NOBODY, "CODE-1234"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("no answer from http://127.0.0.1:9")
    assert len(said.splitlines()) == 1
    assert main([*given, "sync"]) == 1
    assert "not enrolled" in capsys.readouterr().err


def test_collecting_without_an_instrument_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(tmp_path), "collect"]) == 1
    assert "sync first" in capsys.readouterr().err


def test_collected_interviews_are_interviews(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.remember("assessment", "KE-TEST-2026")
    outbox.keep_pulled("instrument", "i1", {"document": document()})
    for name, table in lists().items():
        outbox.keep_pulled("list", name, {"rows": [dict(row) for row in table.rows]})
    outbox.close()
    assert main(["--data-dir", str(tmp_path), "collect", "--count", "12"]) == 0
    outbox = Outbox(tmp_path / "outbox.db")
    made = [orjson.loads(f.line) for f in outbox.queued(most=50, most_bytes=10**7)]
    outbox.close()
    assert len(made) == 12
    layout = Layout.of(document())
    for each in made:
        assert isinstance(each["answers"], list), "the form is known: answers stand by position"
        started = datetime.fromisoformat(each["started_at"])
        each["answers"] = layout.expand(each["answers"], started)
    assert {m["answers"].get("consent") for m in made} == {"yes"}
    assert all("safe_night" in m["answers"] for m in made)
    assert all(instrument().check(m["answers"], now=NOW, lists=lists()).valid for m in made)
