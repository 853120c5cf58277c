"""Small files of interviews."""

import json
from pathlib import Path
from typing import Any

HEADER = "interview_id,interviewer,ea,start,end,lat,lon,age,income,q01,q02,q03,c01,c02"
AREA = {"ea": "A", "lat": 0.5, "lon": 0.5, "polygon": [[0, 0], [0, 1], [1, 1], [1, 0]]}


def line(number: int, **changes: str) -> str:
    values = {
        "interview_id": f"i{number}", "interviewer": f"INT{number % 2}", "ea": "A",
        "start": f"2026-03-02T{8 + number % 10:02d}:00:00+03:00",
        "end": f"2026-03-02T{8 + number % 10:02d}:40:00+03:00",
        "lat": f"{0.1 + number / 1000}", "lon": "0.5", "age": f"{20 + number}", "income": "1500",
        "q01": "1", "q02": "2", "q03": f"{number % 5 + 1}", "c01": f"{number}", "c02": "",
    }  # fmt: skip
    return ",".join({**values, **changes}.values())


def written(folder: Path, lines: list[str], areas: Any = None, header: str = HEADER) -> list[str]:
    """The command's arguments for these files."""
    sheet, places = folder / "interviews.csv", folder / "areas.json"
    sheet.write_text("\n".join([header, *lines]) + "\n")
    places.write_text(json.dumps([AREA] if areas is None else areas))
    return ["quality", str(sheet), str(places), "-o", str(folder / "out.json")]
