"""The main job: 240 interviews of four tablets through the real gateway, to a published PDF.

On the way the assessment service is killed with SIGKILL in the middle of the syncs.
"""

import csv
import io
import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.planting import Fault

from tools.demo import ASSESSMENT, collection
from tools.demo.play import invitation, perform, scene_of
from tools.demo.progress import Progress
from tools.demo.sample import Size
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

SIZE = Size(villages=5, psus=4, interviews=(12,), tablets=4)


@pytest.fixture(scope="module")
def collected(stack: Stack) -> Scene:
    """Fieldwork is done; the service was killed and started again while the tablets synced."""
    scene = scene_of(stack, Progress(io.StringIO()), size=SIZE)
    perform(scene, until=collection.open_fieldwork)
    killer = threading.Thread(target=_kill_in_the_middle, args=(scene,))
    killer.start()
    perform(scene, until=collection.honour_withdrawals)
    killer.join()
    return scene


def _kill_in_the_middle(scene: Scene) -> None:
    """SIGKILL when the first receipts have come and most have not."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if any(_receipted(folder) for folder in _tablets(scene)):
            break
        time.sleep(0.01)
    scene.stack.kill("assessment")
    time.sleep(0.3)
    scene.stack.restart("assessment")


def _tablets(scene: Scene) -> list[Path]:
    return sorted(scene.folder.glob("tablet-*"))


def _ledger(folder: Path) -> dict[str, str]:
    """State of each finalised interview, by id, as the tablet believes it."""
    outbox = Outbox(folder / "outbox.db")
    try:
        rows = outbox._db.execute("SELECT id, state FROM interview").fetchall()
    finally:
        outbox.close()
    return dict(rows)


def _cases(folder: Path) -> list[tuple[str, str]]:
    """The household and the state of each finalised interview."""
    outbox = Outbox(folder / "outbox.db")
    try:
        rows = outbox._db.execute("SELECT line, state FROM interview").fetchall()
    finally:
        outbox.close()
    return [(json.loads(line)["case"], state) for line, state in rows]


def _receipted(folder: Path) -> int:
    return sum(state != "queued" for state in _ledger(folder).values())


@pytest.fixture(scope="module")
def exported(collected: Scene) -> list[dict[str, Any]]:
    text = collected.api("analyst").call("GET", f"/v1/assessments/{ASSESSMENT}/export.csv").text
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


class TestFieldwork:
    def test_every_interview_was_receipted_although_the_service_was_killed(
        self, collected: Scene
    ) -> None:
        states = Counter(s for folder in _tablets(collected) for s in _ledger(folder).values())
        assert states["queued"] == 0
        assert states["rejected"] == 0
        assert states["conflict"] == 0
        edits = sum(
            f is Fault.STALE_EDIT for p in collection.plans(collected) for f in p.faults.values()
        )
        assert states.total() == 240 + 2 * edits

    def test_every_receipted_interview_is_in_the_export_once(
        self, collected: Scene, exported: list[dict[str, Any]]
    ) -> None:
        cases = Counter(row["case"] for row in exported)
        assert max(cases.values()) == 1
        assert len({row["unit"] for row in exported}) == len(exported)
        promised = {
            case
            for folder in _tablets(collected)
            for case, state in _cases(folder)
            if state in ("stored", "duplicate")
        }
        assert promised >= set(cases)
        assert len(promised - set(cases)) == len(collected.memory["withdrawals"])

    def test_each_planted_fault_has_its_state(self, collected: Scene) -> None:
        planted = Counter(f for p in collection.plans(collected) for f in p.faults.values())
        listed = collected.api("supervisor").every(
            "/v1/submissions", assessment=ASSESSMENT, limit=200
        )
        states = Counter(item["state"] for item in listed)
        assert states["quarantined"] == planted[Fault.INVALID] + planted[Fault.GATE_CLOSED]
        assert states["branched"] == planted[Fault.STALE_EDIT]
        assert states["withdrawn"] == planted[Fault.WITHDRAWN]

    def test_no_answer_and_no_token_is_in_a_log(self, collected: Scene) -> None:
        secrets = [*collected.memory["tokens"].values(), *collected.memory["codes"]]
        for log in (collected.stack.home / "log").glob("*.log"):
            text = log.read_text()
            assert not [secret for secret in secrets if secret in text], log.name
            assert "pv_phys_5y" not in text, log.name


class TestPublication:
    @pytest.fixture(scope="class")
    def published(self, collected: Scene) -> Scene:
        perform(collected)
        return collected

    def test_anybody_reads_the_published_numbers(self, published: Scene) -> None:
        release = published.memory["release"]
        found = published.api().get("/v1/observations", release=release, indicator="PER-01")
        total = [o for o in found["items"] if {o[d] for d in ("ref_area", "sex", "age")} == {"_T"}]
        assert len(total) >= 1
        assert total[0]["obs_value"] is not None
        assert total[0]["standard_error"] > 0
        assert total[0]["lower_bound"] < total[0]["obs_value"] < total[0]["upper_bound"]

    def test_a_hidden_cell_shows_none_of_its_numbers(self, published: Scene) -> None:
        release = published.memory["release"]
        cells = published.api().every("/v1/observations", release=release, limit=500)
        hidden = [cell for cell in cells if cell["obs_status"] == "Q"]
        assert hidden
        numbers = ("obs_value", "standard_error", "lower_bound", "upper_bound", "design_effect")
        for cell in hidden:
            assert [cell[n] for n in (*numbers, "df", "sample_size")] == [None] * 7

    def test_the_report_is_a_pdf_and_the_same_for_everybody(self, published: Scene) -> None:
        path = f"/v1/reports/{published.memory['report']}/content"
        first = published.api().call("GET", path)
        assert first.content.startswith(b"%PDF-")
        assert first.headers["content-type"] == "application/pdf"

    def test_the_invitation_names_what_works(self, published: Scene) -> None:
        words = invitation(published)
        assert words.count("curl ") == 3
        assert "SYNTHETIC" in words

    def test_a_second_performance_changes_nothing(self, published: Scene) -> None:
        before = published.api().get("/v1/releases")
        again = scene_of(published.stack, Progress(io.StringIO()), size=SIZE)
        perform(again)
        assert published.api().get("/v1/releases") == before
