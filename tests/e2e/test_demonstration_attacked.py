"""No hidden cell of the demonstration's releases can be worked out, alone or both together.

The whole demonstration (about 2,400 synthetic interviews) makes a first release while some
households still wait; their interviews come later and make a second one. The attacker of
`tests.support.attack` was written apart from the product (rules D-03 and D-04).
"""

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from usga_indicators.domain.definition import catalogue

from tests.support.stored import StoredCell, hidden_in, told_of
from tools.demo import ASSESSMENT, collection, fieldwork
from tools.demo.play import perform, scene_of
from tools.demo.progress import Progress
from tools.demo.publication import validate_and_publish
from tools.demo.records import of_release
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

#: Households of each of the first tablets that are interviewed after the first release.
LATE, LATE_TABLETS = 10, 6


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The demonstration with its first release published, some households still waiting."""
    whole = collection.plans
    with (
        Stack(tmp_path_factory.mktemp("attacked")) as stack,
        scene_of(stack, Progress(io.StringIO())) as made,
        pytest.MonkeyPatch.context() as patched,
    ):
        patched.setattr(collection, "plans", lambda of: [_held_back(p) for p in whole(of)])
        perform(made, until=validate_and_publish)
        patched.undo()
        yield made


def _held_back(plan: fieldwork.Plan) -> fieldwork.Plan:
    if plan.number > LATE_TABLETS:
        return plan
    return replace(plan, households=plan.households[:-LATE])


def _state(scene: Scene, state: str) -> None:
    """Planted: fieldwork of the same assessment goes on after its release, then ends again."""
    path = scene.stack.databases["assessment"].partition("///")[2]
    with closing(sqlite3.connect(path)) as database, database:
        query = "UPDATE assessment SET state = ? WHERE code = ?"
        assert database.execute(query, (state, ASSESSMENT)).rowcount == 1


def _later_release(scene: Scene) -> str:
    """The waiting households are interviewed; a second release is computed and published."""
    _state(scene, "collecting")
    for plan in collection.plans(scene)[:LATE_TABLETS]:
        fieldwork.work(plan)
    _state(scene, "published")
    api = scene.api("statistician")
    release: str = api.post("/v1/releases", {"assessment": ASSESSMENT})["id"]
    frozen = api.post(f"/v1/releases/{release}/transitions", {"to": "frozen"})
    filed = of_release(release, frozen["snapshot_sha256"])["release"]
    path = f"/v1/assessments/{ASSESSMENT}/records/release"
    scene.api("coordinator").put(path, {**filed, "synthetic": True})
    api.post(f"/v1/releases/{release}/transitions", {"to": "published"})
    return release


def _stored(scene: Scene) -> tuple[list[StoredCell], dict[str, str], dict[str, str]]:
    """Cells, the area of each stratum, and its kind of settlement (invented with the villages)."""
    path = Path(scene.stack.databases["indicators"].partition("///")[2])
    with closing(sqlite3.connect(path)) as database:
        cells = [
            StoredCell(release, indicator, published, json.loads(internal))
            for release, indicator, published, internal in database.execute(
                "SELECT release_id, indicator, published, internal FROM observation"
                " ORDER BY release_id, position"
            )
        ]
        (context,) = database.execute("SELECT context FROM release LIMIT 1").fetchone()
    strata = json.loads(context)["strata"]
    settled = {v.stratum: f"settlement:{v.settlement}" for v in scene.villages}
    return cells, {s["stratum"]: s["area"] for s in strata if s["area"]}, settled


def test_no_hidden_cell_of_the_demonstration_can_be_worked_out_D03_D04(scene: Scene) -> None:
    first = scene.memory["release"]
    definitions = {d.code: d for d in catalogue()}
    cells, areas, settled = _stored(scene)
    assert len(areas) == 12
    assert hidden_in(cells) > 100
    assert {"ENV-02", "ENV-03"} <= {cell.indicator for cell in cells}
    assert any('"subgroup":"settlement:informal"' in cell.published for cell in cells)
    assert told_of(cells, [first], definitions, areas, settled) == []

    second = _later_release(scene)
    cells, areas, settled = _stored(scene)
    interviews = [
        scene.api("statistician").get(f"/v1/releases/{release}")["interviews"]
        for release in (first, second)
    ]
    assert 10 <= interviews[1] - interviews[0] <= LATE * LATE_TABLETS
    assert told_of(cells, [first, second], definitions, areas, settled) == []


def test_the_attack_breaks_the_demonstration_where_hidden_cells_have_no_company(
    scene: Scene,
) -> None:
    """Planted: what was hidden to protect other cells is shown."""
    cells, areas, settled = _stored(scene)
    first = scene.memory["release"]
    shown = [
        replace(cell, published=json.dumps({**seen, "obs_status": "A"}))
        if (seen := json.loads(cell.published))["reason"] == "D-03"
        else cell
        for cell in cells
    ]
    assert told_of(shown, [first], {d.code: d for d in catalogue()}, areas, settled)
