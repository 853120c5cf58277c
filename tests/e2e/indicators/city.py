"""A small invented city for tests of indicators: everything through the gateway, by role."""

import asyncio
import contextlib
import io
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from usga_assessment.cli import main as usga_assessment
from usga_expressions.compact import Layout
from usga_expressions.instrument import Instrument
from usga_tablet.drafts import make_draft
from usga_tablet.habits import Habits
from usga_tablet.outbox import Outbox
from usga_tablet.planting import edit
from usga_tablet.respondent import Respondent, Situation
from usga_tablet.sync import Tablet

from tools.demo import ASSESSMENT, collection, setting_up
from tools.demo.api import Api, Refused
from tools.demo.fieldwork import HABITS, preload
from tools.demo.sample import Household, Size
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

SIZE = Size(villages=4, psus=3, interviews=(16,), tablets=4)
ELSEWHERE = "KE-ELSEWHERE-2026"
FIRST, LIVE, ROUND = 8, 10, 14
"""Of each PSU so many households answer at first, while somebody watches, and before results."""
Change = Callable[[dict[str, Any]], None]


@dataclass
class City:
    """A platform with an assessment that collects, its tablets, and who works on it."""

    scene: Scene
    partner: str = ""
    """API key of a partner system of this assessment."""
    partner_id: str = ""
    stranger: str = ""
    """A statistician of another city."""
    sent: dict[str, tuple[UUID, dict[str, Any], int]] = field(default_factory=dict)
    """By case: the interview that stands, its draft, the tablet."""

    def api(self, role: str | None = None) -> Api:
        """A caller of a role; nobody in particular without one."""
        if role == "stranger":
            return Api(self.scene.api().http, self.stranger)
        return self.scene.api(role)

    def as_partner(self, method: str, path: str, **params: Any) -> httpx.Response:
        """What the partner's program gets, refused or not."""
        headers = {"X-API-Key": self.partner}
        return self.scene.api().http.request(method, path, headers=headers, params=params)

    def status(self, role: str | None, method: str, path: str, **options: Any) -> int:
        """The status that a caller meets."""
        try:
            return self.api(role).call(method, path, **options).status_code
        except Refused as refused:
            return refused.status

    def refused(self, role: str | None, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The problem document that a caller meets; an answer is a failure of the test."""
        with pytest.raises(Refused) as refused:
            self.api(role).call(method, path, **options)
        return {**refused.value.document, "status": refused.value.status}

    # --- fieldwork

    def answering(self, low: int, high: int) -> list[Household]:
        """Of each PSU the households that answer, from the `low`-th to before the `high`-th."""
        found: dict[str, list[Household]] = {}
        for household in self.scene.sample:
            if household.disposition == "1.1":
                found.setdefault(household.psu, []).append(household)
        return [each for listed in found.values() for each in listed[low:high]]

    def interview(
        self, households: Iterable[Household], change: Change | None = None
    ) -> dict[str, int]:
        """Interview and sync, each by the tablet that has the household; the outcomes."""
        shares: dict[int, list[Household]] = {}
        for household in households:
            shares.setdefault(self.tablet_of(household), []).append(household)
        outcomes: dict[str, int] = {}
        for number, share in shares.items():
            for outcome, count in asyncio.run(self._work(number, share, change)).items():
                outcomes[outcome] = outcomes.get(outcome, 0) + count
        return outcomes

    def tablet_of(self, household: Household) -> int:
        """Which tablet has a household."""
        numbers = range(1, self.scene.tablets + 1)
        return next(n for n in numbers if household in collection._share(self.scene, n))

    async def _work(
        self, number: int, households: list[Household], change: Change | None
    ) -> Mapping[str, int]:
        outbox = Outbox(self.scene.folder / f"tablet-{number:02d}/outbox.db")
        try:
            async with httpx.AsyncClient(base_url=self.scene.stack.origin, trust_env=False) as h:
                tablet = Tablet(outbox, h, rng=random.Random(number))
                await tablet.sync()
                form = form_on(outbox, "hvs")
                for household in households:
                    draft = self._draft(outbox, number, household, form)
                    if change is not None:
                        change(draft)
                    made = outbox.finalise(draft, Layout.of(form[0]))
                    self.sent[household.case] = (made.id, draft, number)
                return dict((await tablet.sync()).outcomes)
        finally:
            outbox.close()

    def _draft(
        self, outbox: Outbox, number: int, household: Household, form: "Form"
    ) -> dict[str, Any]:
        place = self.scene.sample.index(household)
        village = next(v for v in self.scene.villages if v.area == household.area)
        first = datetime.fromisoformat(self.scene.memory["first_day"]).replace(tzinfo=UTC)
        day, turn = divmod(place // self.scene.tablets, 6)
        document, instrument, lists = form
        return make_draft(
            assessment=ASSESSMENT,
            document=document,
            instrument=instrument,
            respondent=Respondent(Habits.read(HABITS), seed=self.scene.seed, number=place),
            situation=Situation(
                cluster=household.psu,
                started=first + timedelta(days=day, hours=9, minutes=70 * turn),
                minutes=35 + (place * 7) % 25,
                place=village.centre,
                device=f"synthetic-{number:02d}",
                fixed=preload(household),
                repeats={"visit": 1, "roster": household.n_eligible},
            ),
            case=household.case,
            language="en",
            lists=lists,
        )

    def push(self, drafts: Iterable[dict[str, Any]], number: int = 1) -> list[UUID]:
        """Finalise and sync what is no interview of a household; all of it is stored."""
        return asyncio.run(self._push(list(drafts), number))

    async def _push(self, drafts: list[dict[str, Any]], number: int) -> list[UUID]:
        outbox = Outbox(self.scene.folder / f"tablet-{number:02d}/outbox.db")
        try:
            async with httpx.AsyncClient(base_url=self.scene.stack.origin, trust_env=False) as h:
                tablet = Tablet(outbox, h, rng=random.Random(number))
                await tablet.sync()
                layouts: dict[str, Layout] = {}
                made = []
                for draft in drafts:
                    name = draft["instrument"]
                    if name not in layouts:
                        layouts[name] = Layout.of(form_on(outbox, name)[0])
                    made.append(outbox.finalise(draft, layouts[name]).id)
                outcomes = dict((await tablet.sync()).outcomes)
                assert sum(outcomes.values()) == outcomes.get("stored", 0) == len(drafts)
                return made
        finally:
            outbox.close()

    def revise(self, case: str, **answers: Any) -> None:
        """Edit the interview of a household: a new revision in the place of the old one."""
        before, draft, number = self.sent[case]
        changed = edit(draft, before, answers)
        (made,) = self.push([changed], number)
        self.sent[case] = (made, changed, number)

    def withdraw(self, case: str) -> None:
        """The respondent's code destroys the interview."""
        _, draft, _ = self.sent.pop(case)
        code = draft["answers"]["withdraw_code"]
        self.api("supervisor").post(
            "/v1/submissions/withdrawals", {"assessment": ASSESSMENT, "code": code}
        )


Form = tuple[dict[str, Any], Instrument, dict[str, Any]]


def form_on(outbox: Outbox, name: str) -> Form:
    """A form on a tablet, with the lists that it reads."""
    found = [each["document"] for each in outbox.pulled("instrument").values()]
    document = [each for each in found if each["name"] == name][-1]
    lists = {key: value["rows"] for key, value in outbox.pulled("list").items()}
    return document, Instrument.load(document), lists


def found_city(scene: Scene) -> City:
    """Everything before the first interview, as the demonstration does it."""
    setting_up.make_tokens(scene)
    setting_up.make_assessment(scene)
    api = scene.api("coordinator")
    for name, rows in (("institutions", _institutions()), ("cells", _cells(scene))):
        api.put(f"/v1/assessments/{ASSESSMENT}/lists/{name}", {"rows": rows})
    setting_up.publish_instrument(scene)
    setting_up.load_sample(scene)
    setting_up.invite_tablets(scene)
    setting_up.pilot(scene)
    collection.enrol(scene)
    collection.open_fieldwork(scene)
    city = City(scene)
    ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    key = {"name": "synthetic county", "assessments": [ASSESSMENT], "expires_at": ends}
    made = api.post("/v1/auth/api-keys", key)
    city.partner, city.partner_id = made["key"], made["id"]
    city.stranger = _stranger(scene)
    return city


def _institutions() -> list[dict[str, str]]:
    return [{"name": f"i{n}", "label": f"Synthetic institution {n}"} for n in range(1, 5)]


def _cells(scene: Scene) -> list[dict[str, str]]:
    return [{"name": village.area, "label": village.title["en"]} for village in scene.villages]


def _stranger(scene: Scene) -> str:
    """A statistician who has no part in the city."""
    there = {"code": ELSEWHERE, "title": {"en": "Elsewhere"}, "city": "Elsewhere", "country": "KE"}
    scene.api("admin").post("/v1/assessments", there)
    return token_of(scene.stack, "statistician", ELSEWHERE)


def token_of(stack: Stack, role: str, assessment: str) -> str:
    """A personal access token from the command line."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
        for name, value in stack.environment("assessment").items():
            patch.setenv(name, value)
        arguments = ["--role", role, "--assessment", assessment, "--name", "synthetic"]
        assert usga_assessment(["create-token", *arguments]) == 0
    return out.getvalue().strip()
