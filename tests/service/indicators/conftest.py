"""The indicators service on each database, with assessment played by a transport."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from usga_indicators.app import create_app
from usga_indicators.settings import Settings
from usga_shared.clock import FixedClock
from usga_shared.wire.extract import AssessmentContext, OutcomeRates, StratumContext

from tests.support.apps import asgi_client
from tests.support.indicators import ASSESSMENT, extract_items, outline
from tests.support.neighbours import introspect, not_there

SERVICE_TOKEN = "s" * 32
STATISTICIAN = "usgap_" + "a" * 43
COORDINATOR = "usgap_" + "b" * 43
PARTNER = "usgak_" + "c" * 43
STRANGER = "usgap_" + "d" * 43
SUPERVISOR = "usgap_" + "e" * 43
ANALYST = "usgap_" + "f" * 43
TABLET = "usgad_" + "g" * 43
GRANTS: dict[str, dict[str, list[str]]] = {
    STATISTICIAN: {ASSESSMENT: ["statistician"]},
    COORDINATOR: {ASSESSMENT: ["coordinator"]},
    PARTNER: {ASSESSMENT: ["partner"]},
    SUPERVISOR: {ASSESSMENT: ["supervisor"]},
    ANALYST: {ASSESSMENT: ["analyst"]},
    TABLET: {ASSESSMENT: ["enumerator"]},
    STRANGER: {"UZ-ELSEWHERE-2026": ["statistician"]},
}
RATES = OutcomeRates.model_validate(
    {
        **dict.fromkeys(("i", "p", "r", "nc", "o", "uh", "uo", "ne"), 0),
        **dict.fromkeys(("e", "rr1", "rr2", "rr3", "rr4", "rr5", "rr6"), None),
        **dict.fromkeys(("coop1", "ref1", "con1"), None),
    }
)
#: One definition of each kind keeps the tests quick.
FEW = frozenset(
    [
        "FLO-01",
        "GOV-01",
        "PER-01",
        "PER-02",
        "PER-03",
        "PER-04",
        "PER-11",
        "POL-01",
        "SVC-01",
        "VIC-07",
        "VIC-09",
        "VIC-12",
        "VIO-01",
        "VIO-06",
    ]
)

#: Enough where it does not matter what is computed: a share of each class, of the many and few.
BRIEF = frozenset(["PER-01", "VIC-07", "VIO-01"])


def as_(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _unknown_cursor() -> httpx.Response:
    problem = {"type": "https://usga.example/problems/invalid-cursor", "status": 400}
    media = {"Content-Type": "application/problem+json"}
    return httpx.Response(400, content=orjson.dumps(problem), headers=media)


@dataclass
class Assessment:
    """The assessment service: a feed in commit order, credentials, a context."""

    feed: list[dict[str, Any]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=lambda: [outline()])
    probability_sample: bool = True
    psus_sampled: int = 6
    is_down: bool = False
    state: str = "published"
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    paradata: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    psus_population: float | None = None
    epoch: str = ""
    """Another one says that the server was restored: cursors of its earlier life are refused."""

    def push(self, items: list[dict[str, Any]]) -> None:
        self.feed += items

    def withdraw(self, unit: str) -> None:
        """The interview leaves, and so does its content from the feed."""
        gone = {"unit": unit, "revision": "w", "status": "removed", "removed_because": "withdrawn"}
        self.feed = [gone if i["unit"] == unit else i for i in self.feed]
        self.feed.append(gone)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("down", request=request)
        assert request.headers["X-USGA-Service"] == SERVICE_TOKEN
        path = request.url.path
        if path == "/internal/v1/credentials/introspection":
            return introspect(request, GRANTS)
        of_assessment = f"/internal/v1/assessments/{ASSESSMENT}"
        if path == of_assessment:
            return httpx.Response(200, content=self.context().model_dump_json())
        for name, held in (("instruments", self.documents), ("outcomes", self.outcomes)):
            if path == f"{of_assessment}/{name}":
                return httpx.Response(200, content=orjson.dumps(held))
        if path == f"/internal/v1/assessments/{ASSESSMENT}/extract":
            return self._extract(orjson.loads(request.content))
        if path == f"/internal/v1/assessments/{ASSESSMENT}/paradata":
            return self._paradata(orjson.loads(request.content))
        return not_there()

    def _paradata(self, body: dict[str, Any]) -> httpx.Response:
        start = self._place(body["cursor"])
        if start is None:
            return _unknown_cursor()
        end = min(start + body["limit"], len(self.paradata))
        page = {
            "items": self.paradata[start:end],
            "next": f"{self.epoch}{end}",
            "more": end < len(self.paradata),
        }
        return httpx.Response(200, content=orjson.dumps(page))

    def _extract(self, body: dict[str, Any]) -> httpx.Response:
        self.asked.append(body)
        start = self._place(body["cursor"])
        if start is None:
            return _unknown_cursor()
        end = min(start + body["limit"], len(self.feed))
        plain, s3 = set(body["variables"]), set(body["s3_variables"])
        items = [
            {
                **item,
                "answers": {k: v for k, v in item.get("answers", {}).items() if k in plain},
                "s3": {k: v for k, v in item.get("s3", {}).items() if k in s3},
            }
            for item in self.feed[start:end]
            if item.get("instrument", body["instrument"]) == body["instrument"]
        ]
        page = {"items": items, "next": f"{self.epoch}{end}", "more": end < len(self.feed)}
        return httpx.Response(200, content=orjson.dumps(page))

    def _place(self, cursor: str | None) -> int | None:
        if not cursor:
            return 0
        place = cursor.removeprefix(self.epoch)
        return int(place) if cursor.startswith(self.epoch) and place.isdigit() else None

    def context(self) -> AssessmentContext:
        strata = [f"s{n:02d}" for n in range(1, 5)]
        return AssessmentContext(
            code=ASSESSMENT,
            title={"en": "Testville"},
            city="Testville",
            country="KE",
            state=self.state,
            synthetic=True,
            probability_sample=self.probability_sample,
            languages=["en", "sw"],
            fieldwork_from="2026-05-02",
            fieldwork_to="2026-06-20",
            records=self.records,
            rates=RATES,
            strata=[
                StratumContext(
                    stratum=s,
                    area=f"area-{s}",
                    psus_sampled=self.psus_sampled,
                    psus_population=self.psus_population,
                    cases=200,
                    interviews=150,
                    rates=RATES,
                )
                for s in strata
            ],
        )


@dataclass
class World:
    """A running service with what stands around it."""

    client: httpx.AsyncClient
    assessment: Assessment
    app: FastAPI
    data_dir: Path
    key_dir: Path

    async def release(self, *, to: str = "draft", token: str = STATISTICIAN) -> dict[str, Any]:
        """A computed release, moved on to a state."""
        made = await self.client.post(
            "/v1/releases", json={"assessment": ASSESSMENT}, headers=as_(token)
        )
        assert made.status_code == 201, made.text
        view: dict[str, Any] = made.json()
        for state in ("frozen", "published"):
            if view["state"] != to:
                moved = await self.client.post(
                    f"/v1/releases/{view['id']}/transitions",
                    json={"to": state},
                    headers=as_(token),
                )
                assert moved.status_code == 200, moved.text
                view = moved.json()
        return view

    async def cells(self, release: str, token: str = "", **filters: str) -> list[dict[str, Any]]:
        answer = await self.client.get(
            "/v1/observations",
            params={"release": release, **filters},
            headers=as_(token) if token else {},
        )
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@contextlib.asynccontextmanager
async def running(
    database_url: str,
    folder: Path,
    assessment: Assessment,
    *,
    chosen: frozenset[str] | None = FEW,
    **settings: Any,
) -> AsyncIterator[World]:
    """The service over a database and a folder; `chosen` definitions, None for all."""
    data_dir, key_dir = folder / "data", folder / "keys"
    app = create_app(
        Settings(
            database_url=database_url,
            service_token=SERVICE_TOKEN,
            data_dir=data_dir,
            key_dir=key_dir,
            **{"feed_seconds": 0, **settings},
        ),
        clock=FixedClock(datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
        upstream=httpx.MockTransport(assessment),
    )
    if chosen is not None:
        app.state.catalogue = tuple(d for d in app.state.catalogue if d.code in chosen)
    async with asgi_client(app) as client:
        yield World(client, assessment, app, data_dir, key_dir)


@pytest.fixture
def chosen() -> frozenset[str]:
    """The definitions of `world`; a file that needs others, or fewer, says so itself."""
    return FEW


@pytest.fixture
async def world(
    indicators_db_url: str, tmp_path: Path, chosen: frozenset[str]
) -> AsyncIterator[World]:
    """600 synthetic interviews wait in the feed."""
    feed = Assessment(feed=extract_items(600))
    async with running(
        indicators_db_url, tmp_path, feed, chosen=chosen, feed_page_size=250
    ) as made:
        yield made
