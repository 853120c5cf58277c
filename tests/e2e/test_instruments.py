"""Instruments by real processes: from a refused form to two live versions and what they mean."""

import asyncio
import contextlib
import io
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from usga_assessment.cli import main as usga_assessment
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Tablet

from tests.support.collecting import ANSWERS, FORMS
from tools.demo import ASSESSMENT, collection, setting_up
from tools.demo.api import Api, Refused
from tools.demo.play import scene_of
from tools.demo.progress import Progress
from tools.demo.sample import Household, Size
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.parametrize(
        "stack",
        [
            "sqlite",
            pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.slow]),
        ],
        indirect=True,
        scope="module",
    ),
]

SIZE = Size(villages=2, psus=2, interviews=(6,), tablets=1)
BASE = f"/v1/assessments/{ASSESSMENT}/instruments"
MARKDOWN = {"Content-Type": "text/markdown"}
ACCEPTED = {"accept": "C-03-no-notice"}
"""Forms of tests have no notice of who is responsible."""
CITIES = {
    "ke-mathare": "KE-PACK-2026",
    "uz-chilanzar": "UZ-PACK-2026",
    "mx-iztapalapa": "MX-PACK-2026",
}

SURVEY = (FORMS / "skeleton/skeleton.md").read_bytes()
LATER = (
    SURVEY.replace(b"2026.1.0", b"2026.2.0")
    .replace(b"walking alone in this area after dark", b"outside at night")
    .replace(b"Very safe", b"Quite safe")
)
FAULTY = b"""
| settings |
| | form_id | version |
| | faulty | 1 |
| survey |
| | type | name | label | relevant | constraint |
| | integer | age | Age | | . >> 18 |
| | select_one colour | fav | Colour | ${agee} > 1 | |
"""


def walks(version: str, most: int) -> bytes:
    """A form whose rule was too narrow, or mended."""
    return (
        "| settings |\n| | form_title | form_id | version | namespaces |\n"
        f'| | Walks | walks | {version} | usga="urn:usga:xlsform:1" |\n| survey |\n'
        "| | type | name | label | constraint | bind::usga:sensitivity | bind::usga:field_class |\n"
        f"| | integer | age | Age | . < {most} | 0 | open |\n"
    ).encode()


@dataclass(frozen=True)
class Village:
    """A platform with an assessment that collects, and one enrolled tablet."""

    scene: Scene
    survey: str
    """The instrument version that was published before fieldwork."""

    def api(self, role: str = "coordinator") -> Api:
        return self.scene.api(role)

    def upload(self, form: bytes, *, publish: bool = True) -> str:
        """Import a form; the id of its version."""
        api = self.api()
        made = api.call("POST", BASE, content=form, headers=MARKDOWN).json()
        if publish:
            api.call("POST", f"/v1/instruments/{made['id']}/publication", params=ACCEPTED)
        return str(made["id"])

    def sync(self, *drafts: Mapping[str, Any]) -> tuple[list[UUID], dict[str, int], set[str]]:
        """Finalise and sync: the ids, the outcomes, the instrument versions on the tablet."""
        return asyncio.run(self._sync(drafts))

    async def _sync(self, drafts: Any) -> tuple[list[UUID], dict[str, int], set[str]]:
        outbox = Outbox(self.scene.folder / "tablet-01/outbox.db")
        try:
            async with httpx.AsyncClient(base_url=self.scene.stack.origin, trust_env=False) as h:
                ids = [outbox.finalise({**_DRAFT, **draft}).id for draft in drafts]
                report = await Tablet(outbox, h, rng=random.Random(0)).sync()
                return ids, dict(report.outcomes), set(outbox.pulled("instrument"))
        finally:
            outbox.close()


_DRAFT: dict[str, Any] = {
    "assessment": ASSESSMENT, "purpose": "production", "revises": None,
    "started_at": "2026-06-01T08:00:00+03:00", "ended_at": "2026-06-01T08:25:00+03:00",
    "language": "en", "paradata": {}, "attachments": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def village(stack: Stack) -> Iterator[Village]:
    with scene_of(stack, Progress(io.StringIO()), size=SIZE) as scene:
        setting_up.make_tokens(scene)
        setting_up.make_assessment(scene)
        made = Village(scene, "")
        made = Village(scene, made.upload(SURVEY))
        setting_up.load_sample(scene)
        setting_up.invite_tablets(scene)
        setting_up.pilot(scene)
        collection.enrol(scene)
        collection.open_fieldwork(scene)
        yield made


def survey_answers(version: str, household: Household, *, night: str) -> dict[str, Any]:
    """An interview of a sampled household."""
    place = {"stratum": household.stratum, "psu": household.psu}
    return {
        "instrument": "skeleton", "version": version, "case": household.case,
        "answers": {**ANSWERS, **place, "safe_night": night},
    }  # fmt: skip


def said(answer: httpx.Response) -> list[tuple[str, str, str]]:
    """Cell, code and words of each error of a refusal."""
    return [(e["pointer"], e["code"], e["message"]) for e in answer.json()["errors"]]


class TestAuthors:
    def test_findings_name_cells_in_the_callers_language_and_keep_nothing(
        self, village: Village
    ) -> None:
        http = httpx.Client(base_url=village.scene.stack.origin, trust_env=False, timeout=30)
        token = village.scene.memory["tokens"]["coordinator"]
        told = {}
        with http:
            for language in ("en", "ru"):
                headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
                answer = http.post(BASE, content=FAULTY, headers={**MARKDOWN, **headers})
                assert answer.status_code == 422
                told[language] = said(answer)
                checked = http.post(f"{BASE}/compilation", content=FAULTY, headers=headers).json()
                assert not checked["accepted"]
                cells = [f["cell"] for f in checked["findings"] if f["severity"] == "error"]
                assert cells == [pointer for pointer, _, _ in told[language]]
                assert all(f["hint"] for f in checked["findings"])
        assert [where for where, _, _ in told["en"]] == ["survey!E2", "survey!A3", "survey!D3"]
        assert [each[:2] for each in told["en"]] == [each[:2] for each in told["ru"]]
        for english, russian in zip(told["en"], told["ru"], strict=True):
            assert english[2] != russian[2]
        names = [i["name"] for i in village.api().every("/v1/instruments", assessment=ASSESSMENT)]
        assert "faulty" not in names

    def test_a_draft_is_previewed_published_pulled_and_retired(self, village: Village) -> None:
        form = walks("9", most=120).replace(b"walks", b"life")
        made, api = village.upload(form, publish=False), village.api()
        preview = api.get(f"/v1/instruments/{made}/preview", seed=3)
        assert (preview["state"], preview["questions"]) == ("draft", 1)
        assert [step["name"] for step in preview["trial"]["steps"]] == ["age"]
        assert made not in village.sync()[2], "a draft is nobody's"
        api.call("POST", f"/v1/instruments/{made}/publication", params=ACCEPTED)
        assert made in village.sync()[2]
        api.post(f"/v1/instruments/{made}/retirement")
        late = {"instrument": "life", "version": "9", "answers": {"age": 30}}
        _, outcomes, on_tablet = village.sync(late)
        assert outcomes == {"stored": 1}, "made before the retirement, and sent after it"
        assert made not in on_tablet


class TestVersions:
    def test_what_a_change_means_is_told_and_reaches_the_indicators(
        self, village: Village
    ) -> None:
        later, api = village.upload(LATER), village.api()
        found = api.get(f"/v1/instruments/{later}/comparison")
        assert (found["from_id"], found["to_id"]) == (village.survey, later)
        changed = {(c["variable"], c["aspect"], c["effect"]) for c in found["changes"]}
        assert ("safe_night", "wording", "partial") in changed
        assert village.sync()[2] >= {village.survey, later}, "both live"
        households = [h for h in village.scene.sample if h.disposition == "1.1"]
        drafts = [
            survey_answers(
                "2026.2.0" if at % 2 else "2026.1.0", h, night="safe" if at % 3 else "unsafe"
            )
            for at, h in enumerate(households)
        ]
        assert village.sync(*drafts)[1] == {"stored": len(households)}
        release = village.api("statistician").post("/v1/releases", {"assessment": ASSESSMENT})
        told = village.api("statistician").get(f"/v1/releases/{release['id']}/indicators")
        (seen,) = [indicator for indicator in told if indicator["code"] == "PER-01"]
        assert seen["comparability"] == "partial"
        assert {(c["variable"], c["language"]) for c in seen["changes"]} >= {("safe_night", "en")}

    def test_quarantined_by_one_version_let_out_by_the_next_with_its_history(
        self, village: Village
    ) -> None:
        village.upload(walks("1", most=60))
        old = {"instrument": "walks", "version": "1", "answers": {"age": 70}}
        (one,), outcomes, _ = village.sync(old)
        assert outcomes == {"quarantined": 1}
        village.upload(walks("2", most=120))
        assert village.sync({**old, "version": "2"})[1] == {"stored": 1}, "by its own version"
        desk, path = village.api("supervisor"), f"/v1/submissions/{one}"
        assert desk.post(f"{path}/revalidation", {})["state"] == "quarantined"
        let_out = desk.post(f"{path}/revalidation", {"against": "2"})
        assert (let_out["state"], let_out["judged_by"]) == ("stored", "2")
        verdicts = desk.get(path)["verdicts"]
        assert [(v["version"], v["verdict"]) for v in verdicts] == [
            ("1", "quarantined"), ("1", "quarantined"), ("2", "accepted"),
        ]  # fmt: skip
        assert verdicts[0]["problems"][0]["pointer"] == "/answers/age"
        with pytest.raises(Refused) as refused:
            desk.post(f"{path}/revalidation", {})
        assert refused.value.status == 409


class TestPacks:
    def load(self, village: Village, city: str, *options: str) -> subprocess.CompletedProcess[str]:
        """The one command of docs/instruments.md, as a coordinator types it."""
        command = [
            str(Path(sys.executable).with_name("usga-assessment")), "load-pack", city,
            "--assessment", CITIES[city], "--url", village.scene.stack.origin, "--publish",
        ]  # fmt: skip
        token = _assessment_of(village, CITIES[city])
        return subprocess.run(
            [*command, *options], env={**os.environ, "USGA_TOKEN": token},
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip

    def test_a_small_form_of_a_city(self, village: Village) -> None:
        done = self.load(village, "mx-iztapalapa", "--only", "adm_agg")
        assert done.returncode == 0, done.stderr
        assert re.search(r"^adm_agg \S+-mx-iztapalapa: published", done.stdout, re.MULTILINE)

    @pytest.mark.slow
    @pytest.mark.parametrize("city", CITIES)
    def test_all_forms_of_a_city(self, village: Village, city: str) -> None:
        done = self.load(village, city)
        assert done.returncode == 0, done.stderr
        kept = village.api("admin").every("/v1/instruments", assessment=CITIES[city])
        states = {k["name"]: k["state"] for k in kept}
        assert set(states) == {"hvs", "kii", "fgd", "saw", "gsc", "adm", "adm_agg", "rap"}
        assert set(states.values()) == {"published"}
        assert self.load(village, city).stdout.count("published") == len(states), "again: the same"


def _assessment_of(village: Village, code: str) -> str:
    """Make the assessment where it is not there yet; the token of a coordinator of it."""
    api = village.api("admin")
    with contextlib.suppress(Refused):
        api.post(
            "/v1/assessments",
            {"code": code, "title": {"en": "A test"}, "city": "Testville", "country": code[:2]},
        )
    out, env = io.StringIO(), village.scene.stack.environment("assessment")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        for name, value in env.items():
            patch.setenv(name, value)
        arguments = ["--role", "coordinator", "--assessment", code, "--name", "loader"]
        assert usga_assessment(["create-token", *arguments]) == 0
    return out.getvalue().strip()
