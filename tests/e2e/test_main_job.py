"""The main job: 240 interviews of four tablets through the real gateway, to a published PDF.

On the way the assessment service is killed with SIGKILL in the middle of the syncs.
"""

import csv
import io
import json
import threading
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from usga_tablet.outbox import Outbox
from usga_tablet.planting import Fault

from tests.e2e.photos import Sent, send_files
from tests.support.attaching import PLACE
from tests.support.textbook import Person, weighted_share
from tools.demo import ASSESSMENT, collection
from tools.demo.invitation import invitation
from tools.demo.memory import LAST_STEP, complete, recall
from tools.demo.play import STEPS, perform, scene_of
from tools.demo.population import margins
from tools.demo.progress import Progress
from tools.demo.sample import Size
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

pytestmark = pytest.mark.e2e

SIZE = Size(villages=5, psus=4, interviews=(12,), tablets=4)


@dataclass(frozen=True)
class Fieldwork:
    """What stood when collecting was over, before any review."""

    scene: Scene
    exported: list[dict[str, Any]]
    states: Counter[str]
    aside: set[str]
    """Cases that stand quarantined: kept, and no part of the export."""
    waiting_at_the_kill: int
    """Interviews without a receipt when the service was killed."""
    files: Sent


@pytest.fixture(scope="module")
def fieldwork(stack: Stack) -> Iterator[Fieldwork]:
    """Fieldwork is done; the service was killed and started again while the tablets synced."""
    with scene_of(stack, Progress(io.StringIO()), size=SIZE) as scene:
        perform(scene, until=collection.open_fieldwork)
        waiting: list[int] = []
        killer = threading.Thread(target=_kill_in_the_middle, args=(scene, waiting))
        killer.start()
        perform(scene, until=collection.honour_withdrawals)
        killer.join()
        text = scene.api("analyst").call("GET", f"/v1/assessments/{ASSESSMENT}/export.csv").text
        listed = scene.api("supervisor").every("/v1/submissions", assessment=ASSESSMENT, limit=200)
        yield Fieldwork(
            scene,
            exported=list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")))),
            states=Counter(item["state"] for item in listed),
            aside={i["case"] for i in listed if i["is_head"] and i["state"] == "quarantined"},
            waiting_at_the_kill=waiting[0],
            files=send_files(scene),
        )


@pytest.fixture(scope="module")
def published(fieldwork: Fieldwork) -> Scene:
    """Everything was done: release and report are public."""
    perform(fieldwork.scene)
    return fieldwork.scene


def _kill_in_the_middle(scene: Scene, waiting: list[int]) -> None:
    """SIGKILL when the first receipts have come and most have not."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if any(_receipted(folder) for folder in _tablets(scene)):
            break
        time.sleep(0.01)
    scene.stack.kill("assessment")
    ledgers = [_ledger(folder) for folder in _tablets(scene)]
    waiting.append(sum(state == "queued" for ledger in ledgers for state in ledger.values()))
    time.sleep(0.3)
    scene.stack.restart("assessment")


def _planted(scene: Scene) -> Counter[Fault]:
    return Counter(fault for plan in collection.plans(scene) for fault in plan.faults.values())


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
    """The household and the state of each finalised household interview."""
    outbox = Outbox(folder / "outbox.db")
    try:
        rows = outbox._db.execute("SELECT line, state FROM interview").fetchall()
    finally:
        outbox.close()
    interviews = [(json.loads(line), state) for line, state in rows]
    return [(each["case"], state) for each, state in interviews if each["instrument"] == "hvs"]


def _receipted(folder: Path) -> int:
    return sum(state != "queued" for state in _ledger(folder).values())


def _cell(scene: Scene, indicator: str, dimensions: dict[str, str]) -> dict[str, Any]:
    """The one published observation of a cell; dimensions that are not given are totals."""
    release = scene.memory["release"]
    found = scene.api().every("/v1/observations", release=release, indicator=indicator, limit=500)
    names = ("ref_area", "stratum", "sex", "age", "item", "subgroup")
    wanted = {name: dimensions.get(name, "_T") for name in names}
    cells = [cell for cell in found if all(cell[d] == code for d, code in wanted.items())]
    assert len(cells) == 1, wanted
    return cells[0]


def _raked(scene: Scene) -> dict[str, float]:
    """The weight of each person in the published release, by pseudonym."""
    release = scene.api().get(f"/v1/releases/{scene.memory['release']}")
    path = f"/v1/weights/{release['analysis']['weight_set']}/units"
    text = scene.api("statistician").call("GET", path).text
    return {row["unit"]: float(row["w_person"]) for row in csv.DictReader(io.StringIO(text))}


def _band(row: dict[str, Any]) -> str:
    codes = ("Y18T24", "Y25T34", "Y35T44", "Y45T54", "Y55T64", "Y_GE65")
    return codes[bisect((25, 35, 45, 55, 65), int(row["age"]))]


class TestFieldwork:
    def test_every_interview_was_receipted_although_the_service_was_killed(
        self, fieldwork: Fieldwork
    ) -> None:
        tablets = _tablets(fieldwork.scene)
        states = Counter(state for folder in tablets for state in _ledger(folder).values())
        assert not states.keys() & {"queued", "rejected", "conflict"}
        households = sum(len(_cases(folder)) for folder in tablets)
        assert 0 < fieldwork.waiting_at_the_kill < states.total()
        assert households == 240 + 2 * _planted(fieldwork.scene)[Fault.STALE_EDIT]

    def test_every_receipted_interview_is_in_the_export_once(self, fieldwork: Fieldwork) -> None:
        cases = Counter(row["case"] for row in fieldwork.exported)
        assert max(cases.values()) == 1
        assert len({row["unit"] for row in fieldwork.exported}) == len(fieldwork.exported)
        promised = {
            case
            for folder in _tablets(fieldwork.scene)
            for case, state in _cases(folder)
            if state in ("stored", "duplicate")
        } - fieldwork.aside  # sent again after the kill, a quarantined one is a duplicate
        assert promised >= set(cases)
        assert len(promised - set(cases)) == len(fieldwork.scene.memory["withdrawals"])

    def test_each_planted_fault_has_its_state(self, fieldwork: Fieldwork) -> None:
        planted, states = _planted(fieldwork.scene), fieldwork.states
        assert set(planted) == set(Fault)
        assert states["quarantined"] == planted[Fault.INVALID] + planted[Fault.GATE_CLOSED]
        assert states["branched"] == planted[Fault.STALE_EDIT]
        assert states["withdrawn"] == planted[Fault.WITHDRAWN]

    def test_a_photo_and_a_recording_come_through_the_gateway(self, fieldwork: Fieldwork) -> None:
        sent = fieldwork.files
        assert sent.states == {"stored": 1}
        assert (sent.report.proven, sent.report.refused) == (2, 0)
        assert sent.read[sent.recording.type] == sent.recording.content
        photo = sent.read[sent.photo.type]
        assert photo.startswith(b"\xff\xd8\xff")
        assert PLACE in sent.photo.content
        assert PLACE not in photo, "where it was taken is nobody's business"

    def test_no_answer_and_no_token_is_in_a_log(self, fieldwork: Fieldwork) -> None:
        memory = fieldwork.scene.memory
        secrets = [*memory["tokens"].values(), *memory["codes"], *memory["withdrawals"]]
        for log in (fieldwork.scene.stack.home / "log").glob("*.log"):
            text = log.read_text()
            assert not [secret for secret in secrets if secret in text], log.name
            assert "pv_phys_5y" not in text, log.name


class TestPublication:
    def test_anybody_reads_the_published_numbers(self, published: Scene) -> None:
        release = published.memory["release"]
        found = published.api().get("/v1/observations", release=release, indicator="PER-01")
        total = [o for o in found["items"] if {o[d] for d in ("ref_area", "sex", "age")} == {"_T"}]
        assert len(total) >= 1
        assert total[0]["obs_value"] is not None
        assert total[0]["standard_error"] > 0
        assert total[0]["lower_bound"] < total[0]["obs_value"] < total[0]["upper_bound"]

    def test_published_shares_equal_the_textbook(
        self, published: Scene, fieldwork: Fieldwork
    ) -> None:
        households = {h.case: h for h in published.sample}
        rows = [
            row
            for row in fieldwork.exported
            if row["state"] in ("stored", "approved") and row["disposition"] in ("1.1", "1.2")
        ]
        weights = _raked(published)
        assert set(weights) == {row["unit"] for row in rows}
        for margin in margins(published.sample):  # the weights add up to the population
            of = _band if margin["name"] == "age" else itemgetter("sex")
            found: defaultdict[str, float] = defaultdict(float)
            for row in rows:
                found[of(row)] += weights[row["unit"]]
            wanted = {cell["categories"][0]: cell["population"] for cell in margin["cells"]}
            assert dict(found) == pytest.approx(wanted, rel=1e-6)
        cells: list[tuple[dict[str, str], Callable[[dict[str, Any]], bool]]] = [
            ({}, lambda _: True),
            ({"sex": "F"}, lambda row: row["sex"] == "female"),
            ({"sex": "M"}, lambda row: row["sex"] == "male"),
            (
                {"stratum": "s01", "ref_area": "mwembe"},
                lambda row: households[row["case"]].stratum == "s01",
            ),
        ]
        compared = 0
        for dimensions, belongs in cells:
            share, error, base = weighted_share(
                Person(
                    households[row["case"]].stratum,
                    households[row["case"]].psu,
                    weights[row["unit"]],
                    base=bool(row["safe_night"]) and belongs(row),
                    value=float(row["safe_night"] in ("vsafe", "safe")),
                    margins=(row["sex"], _band(row)),
                )
                for row in rows
            )
            cell = _cell(published, "PER-01", dimensions)
            if cell["obs_status"] == "Q":
                continue
            compared += 1
            assert cell["sample_size"] == 5 * round(base / 5)
            assert cell["obs_value"] == pytest.approx(100 * share, abs=0.0501)
            assert cell["standard_error"] == pytest.approx(100 * error, abs=0.00501)
        assert compared >= 3

    def test_a_hidden_cell_shows_none_of_its_numbers(self, published: Scene) -> None:
        release = published.memory["release"]
        cells = published.api().every("/v1/observations", release=release, limit=500)
        hidden = [cell for cell in cells if cell["obs_status"] == "Q"]
        assert hidden
        numbers = ("obs_value", "standard_error", "lower_bound", "upper_bound", "design_effect")
        for cell in hidden:
            assert [cell[n] for n in (*numbers, "df", "sample_size")] == [None] * 7

    def test_s3_answers_of_a_draft_are_the_statisticians_alone(self, published: Scene) -> None:
        """By the gateway, with the header that names what is withheld (ADR-0063)."""
        draft = published.api("statistician").post("/v1/releases", {"assessment": ASSESSMENT})
        params = {"release": draft["id"], "format": "csv"}
        whole, told = (
            published.api(role).call("GET", "/v1/observations", params=params)
            for role in ("statistician", "coordinator")
        )
        all_codes, some = (
            {row["indicator"] for row in csv.DictReader(io.StringIO(answer.text))}
            for answer in (whole, told)
        )
        withheld = set(told.headers["USGA-Withheld"].split(", "))
        assert {"VIO-04", "VIO-06"} <= withheld
        assert all_codes - some == withheld & all_codes
        assert "PER-01" in some
        assert "USGA-Withheld" not in whole.headers
        index = published.api("coordinator").get("/v1/indices/USGI", release=draft["id"])
        assert (index["areas"], "VIO-06" in index["withheld"]) == ([], True)

    def test_the_report_is_a_pdf_and_the_same_for_everybody(self, published: Scene) -> None:
        path = f"/v1/reports/{published.memory['report']}/content"
        first = published.api().call("GET", path)
        assert first.content.startswith(b"%PDF-")
        assert first.headers["content-type"] == "application/pdf"

    def test_the_invitation_names_what_works(self, published: Scene) -> None:
        assert STEPS[-1].__name__ == LAST_STEP
        assert complete(recall(published.stack))
        words = invitation(published.stack, published.memory)
        assert words.count("curl ") == 3
        assert "SYNTHETIC" in words

    def test_a_second_performance_changes_nothing(self, published: Scene) -> None:
        before = published.api().get("/v1/releases")
        with scene_of(published.stack, Progress(io.StringIO()), size=SIZE) as again:
            perform(again)
        assert published.api().get("/v1/releases") == before
