"""`usga-indicators quality`: small files, and what it says of what is wrong."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from usga_indicators.cli.main import main

from tests.unit.indicators.quality.sheets import AREA, HEADER, line, written


def measured(folder: Path, lines: list[str]) -> dict[str, Any]:
    assert main(written(folder, lines)) == 0
    found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


class TestWhatIsMissing:
    def test_one_interview_has_no_match_and_no_effect(self, tmp_path: Path) -> None:
        found = measured(tmp_path, [line(1)])
        assert found["n"] == 1
        assert found["percent_match"]["max_first20"] == [None]
        assert found["icc"]["scale_mean"]["icc"] is None
        assert found["flagged"] == {}

    def test_empty_cells_leave_the_measures_of_the_others(self, tmp_path: Path) -> None:
        gone = dict.fromkeys(("start", "lat", "lon", "age", "income", "q01", "q02", "q03"), "")
        found = measured(tmp_path, [line(0), line(2), line(4, **gone)])
        assert found["duration"]["median_min"] == 40.0
        assert found["gps"]["distance_first10"][2] is None
        assert found["interviewers"]["INT0"]["mean_scale"] == pytest.approx((6 + 4) / 6)
        assert found["interviewers"]["INT0"]["share_outside"] == 0.0

    def test_the_night_is_that_of_the_place(self, tmp_path: Path) -> None:
        times = {"start": "2026-03-02T05:59:00+03:00", "end": "2026-03-02T06:40:00+03:00"}
        assert measured(tmp_path, [line(1), line(2, **times)])["night"] == ["i2"]

    def test_copies_are_pairs(self, tmp_path: Path) -> None:
        copied = [line(n, q03="4", c01="7") for n in range(3)]
        found = measured(tmp_path, [*copied, line(9, c01="8")])["percent_match"]
        assert found["pairs_085"] == [["i0", "i1"], ["i0", "i2"], ["i1", "i2"]]
        assert found["max_first20"] == [1.0, 1.0, 1.0, 0.6]

    def test_pairs_without_end_are_counted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("usga_indicators.domain.quality.matching.MAX_PAIRS", 4)
        found = measured(tmp_path, [line(n, q03="4", c01="7") for n in range(5)])["percent_match"]
        assert len(found["pairs_085"]) == 4
        assert found["pairs_left_out"] == 6


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"interview_id": "i1"}, "line 3, interview_id", "is there twice"),
        ({"interviewer": ""}, "line 3, interviewer", "is empty"),
        ({"ea": "Z"}, "line 3, ea", "no area"),
        ({"start": "yesterday"}, "line 3, start", "no RFC 3339 time"),
        ({"start": "2026-03-02T08:00:00"}, "line 3, start", "no UTC offset"),
        ({"end": "2026-03-01T08:00:00+03:00"}, "line 3, end", "before the start"),
        ({"lat": "91"}, "line 3, lat", "not within -90 and 90"),
        ({"lon": "inf"}, "line 3, lon", "not finite"),
        ({"age": "-1"}, "line 3, age", "is negative"),
        ({"age": "NaN"}, "line 3, age", "not finite"),
        ({"income": "1e400"}, "line 3, income", "not finite"),
        ({"income": "much"}, "line 3, income", "is no number"),
        ({"q01": "11"}, "line 3, q01", "not within"),
        ({"q01": "1.5"}, "line 3, q01", "no whole number"),
        ({"c01": "a"}, "line 3, c01", "is no number"),
        ({"c02": "1,2"}, "line 3", "has 15 cells, not 14"),
    ],
)
def test_what_is_wrong_in_a_line_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, str],
    place: str,
    words: str,
) -> None:
    assert main(written(tmp_path, [line(1), line(2, **changes)])) == 1
    said = capsys.readouterr().err
    assert f"interviews.csv {place}: " in said
    assert words in said
    told = json.loads((tmp_path / "out.json").read_text())["findings"]
    assert [f["place"] for f in told] == [f"interviews.csv {place}"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (HEADER.replace("age,", "years,"), "has no column age"),
        (HEADER.replace("income", "age"), "has column age twice"),
        (HEADER.replace("q0", "r0"), "must have 2 to 200 columns q01"),
    ],
)
def test_an_unknown_or_missing_column_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], header: str, words: str
) -> None:
    assert main(written(tmp_path, [line(1)], header=header)) == 1
    assert f"interviews.csv line 1: {words}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("areas", "place"),
    [
        ({}, "areas.json"),
        ([1], "areas.json[0]"),
        ([{**AREA, "ea": None}], "areas.json[0].ea"),
        ([AREA, AREA], "areas.json[1].ea"),
        ([{**AREA, "lat": math.nan}], "areas.json[0].lat"),
        ([{**AREA, "polygon": [[0, 0], [0, 1]]}], "areas.json[0].polygon"),
        ([{**AREA, "polygon": [[0, 0], [0, 1], [1]]}], "areas.json[0].polygon[2]"),
        ([{**AREA, "polygon": [[0, 0], [0, 1], [100, 1]]}], "areas.json[0].polygon[2][0]"),
    ],
)
def test_what_is_wrong_with_an_area_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], areas: Any, place: str
) -> None:
    assert main(written(tmp_path, [line(1)], areas)) == 1
    assert f"quality: {place}: " in capsys.readouterr().err


class TestUnreadable:
    def test_a_missing_file_ends_with_2(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = written(tmp_path, [line(1)])
        (tmp_path / "interviews.csv").unlink()
        assert main(arguments) == 2
        assert "No such file" in capsys.readouterr().err

    def test_areas_that_are_no_json_end_with_2(self, tmp_path: Path) -> None:
        arguments = written(tmp_path, [line(1)])
        (tmp_path / "areas.json").write_text("[")
        assert main(arguments) == 2

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\x00" * 20, (HEADER + "\n").encode()])
    def test_a_sheet_that_is_none_is_a_finding(self, tmp_path: Path, content: bytes) -> None:
        arguments = written(tmp_path, [line(1)])
        (tmp_path / "interviews.csv").write_bytes(content)
        assert main(arguments) == 1

    def test_too_many_findings_are_cut(self, tmp_path: Path) -> None:
        assert main(written(tmp_path, [line(n, age="-1") for n in range(300)])) == 1
        assert len(json.loads((tmp_path / "out.json").read_text())["findings"]) == 100
