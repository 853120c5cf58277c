"""An export reads its interviews some at a time, and each of them once."""

import csv
import io

import pytest
from usga_assessment.storage import export

from tests.support.collecting import HERE, Collecting, bearer, interview


@pytest.mark.parametrize(("ahead", "chunk"), [(3, 2), (4, 2), (7, 7), (8, 3), (1, 1)])
async def test_every_interview_is_in_it_once(
    here: Collecting, monkeypatch: pytest.MonkeyPatch, ahead: int, chunk: int
) -> None:
    monkeypatch.setattr(export, "AHEAD", ahead)
    monkeypatch.setattr(export, "CHUNK", chunk)
    sent = [interview(seq, case=f"case-{seq}") for seq in range(1, 8)]
    await here.push(*sent[:4])
    await here.push(*sent[4:])
    path = f"/v1/assessments/{HERE}/export.csv"
    answer = await here.client.get(path, headers=bearer("analyst"))
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["case"] for row in rows] == [f"case-{seq}" for seq in range(1, 8)]
