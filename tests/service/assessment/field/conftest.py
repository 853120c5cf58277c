"""The application with real credentials, and everything that a coordinator does with it."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from usga_assessment.app import create_app
from usga_assessment.operations.issue_credential import issue_credential
from usga_assessment.settings import Settings
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.credentials import Credentials
from usga_shared.auth.actors import PLATFORM, ActorKind, Role
from usga_shared.clock import FixedClock

from tests.support.apps import asgi_client

HERE, ELSEWHERE = "KE-TEST-2026", "MX-OTHER-2026"
NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SERVICE_TOKEN = "service-token-of-the-tests-0123456789"
SKELETON = Path(
    "services/assessment/usga_assessment/instruments/skeleton/skeleton.md"
).read_bytes()

SQUARE = [[[36.85, -1.27], [36.86, -1.27], [36.86, -1.26], [36.85, -1.26], [36.85, -1.27]]]


def area(code: str = "T-1", **changes: Any) -> dict[str, Any]:
    properties = {"code": code, "title": {"en": "One"}, "kind": "settlement"}
    return {
        "type": "Feature",
        "properties": properties | changes.pop("properties", {}),
        "geometry": {"type": "Polygon", "coordinates": SQUARE},
    } | changes


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features or (area(),))}


RECORDS: dict[str, dict[str, Any]] = {
    "mandate": {
        "instrument": "Exchange of letters",
        "signed_on": "2026-01-15",
        "host_institution": "County",
    },
    "controller": {"name": "County", "country": "KE", "contact": "data office, county hall"},
    "themes": {"modules": ["C", "E"], "decided_on": "2026-01-20"},
    "ethics": {
        "approval_id": "E-1",
        "board": "Board",
        "approved_on": "2026-01-25",
        "expires_on": "2027-01-25",
    },
    "dpia": {"reference": "D-1", "version": "1", "completed_on": "2026-01-28"},
    "referral_directory": {
        "version": "1",
        "checked_on": "2026-01-29",
        "languages": ["en", "sw"],
        "services": [{"name": "One-stop centre", "kind": "health", "contact": "1195"}],
    },
    "pilot": {"interviews": 30, "ended_on": "2026-02-10"},
    "processing": {
        "weights": "base weights",
        "quality_report": "Q-1",
        "completed_on": "2026-05-20",
    },
    "release": {"release": "r1", "snapshot_sha256": "ab" * 32},
    "validation": {"method": "workshop", "held_on": "2026-05-25", "women": 12, "men": 11},
    "referral_coverage": {"interviews": 100, "missing": 2},
    "action_plan": {"reference": "AP-1", "adopted_on": "2026-05-30"},
    "retention": {"certificate": "R-1", "completed_on": "2026-05-31"},
}

SAMPLE = "case_id,stratum,psu,pi1,pi2,n_eligible,fpc_psu,area\n" + "".join(
    f"c{n},s{n % 2},s{n % 2}-p{n % 4},0.2,0.1,,40,T-1\n" for n in range(8)
)


@dataclass
class Field:
    """The application and its callers; tokens are made when first asked for."""

    app: FastAPI
    client: httpx.AsyncClient
    clock: FixedClock
    _tokens: dict[tuple[Role, str], str] = field(default_factory=dict)
    _names: Any = field(default_factory=itertools.count)

    async def token(self, role: Role, assessment: str = HERE) -> str:
        scope = PLATFORM if role is Role.ADMIN else assessment
        if (role, scope) not in self._tokens:
            if role is Role.ENUMERATOR:
                token = (await self.enrol(assessment))["token"]
            else:
                token = await self._issue(role, scope)
            self._tokens[role, scope] = token
        return self._tokens[role, scope]

    async def _issue(self, role: Role, scope: str) -> str:
        kind = ActorKind.API_KEY if role is Role.PARTNER else ActorKind.PERSON
        async with self.app.state.database.write() as session:
            token, _ = await issue_credential(
                Credentials(session),
                kind=kind,
                name=role.value,
                grants={scope: frozenset({role})},
                by="test",
                now=self.clock.now(),
                expires_at=self.clock.now() + timedelta(days=90),
            )
        return token

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Role | None = Role.COORDINATOR,
        of: str = HERE,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if by is not None:
            sent.setdefault("Authorization", f"Bearer {await self.token(by, of)}")
        if body is not None:
            options["json"] = body
        return await self.client.request(method, path, headers=sent, **options)

    async def create(self, code: str = HERE, **changes: Any) -> dict[str, Any]:
        body = {
            "code": code,
            "title": {"en": "A test"},
            "city": "Testville",
            "country": code[:2],
            "synthetic": True,
            "languages": ["en", "sw"],
        } | changes
        answer = await self.call("POST", "/v1/assessments", body, of=code)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def enrol(self, assessment: str = HERE, **changes: Any) -> dict[str, Any]:
        invited = await self.call(
            "POST",
            "/v1/devices/enrolments",
            {"assessment": assessment, "label": f"tablet {next(self._names)}"} | changes,
            of=assessment,
        )
        assert invited.status_code == 201, invited.text
        enrolled = await self.client.post(
            "/v1/devices", json={"code": invited.json()["code"], "install": str(uuid4())}
        )
        assert enrolled.status_code == 201, enrolled.text
        device: dict[str, Any] = enrolled.json()
        return device

    async def record(self, *kinds: str, of: str = HERE) -> None:
        for kind in kinds:
            path = f"/v1/assessments/{of}/records/{kind}"
            answer = await self.call("PUT", path, RECORDS[kind] | {"synthetic": True}, of=of)
            assert answer.status_code in (200, 201), answer.text

    async def put_areas(self, of: str = HERE) -> None:
        answer = await self.call("PUT", f"/v1/assessments/{of}/areas", collection(), of=of)
        assert answer.status_code == 204, answer.text

    async def load_sample(self, text: str = SAMPLE, **params: Any) -> httpx.Response:
        return await self.call(
            "POST",
            f"/v1/assessments/{HERE}/sample",
            headers={"Content-Type": "text/csv"},
            content=text.encode(),
            params=params,
        )

    async def publish_form(self, form: bytes = SKELETON) -> None:
        made = await self.call("POST", f"/v1/assessments/{HERE}/instruments", content=form)
        assert made.status_code == 201, made.text
        path = f"/v1/instruments/{made.json()['id']}/publication?accept=C-03-no-notice"
        published = await self.call("POST", path)
        assert published.status_code == 200, published.text

    async def move(self, to: str, **options: Any) -> httpx.Response:
        return await self.call(
            "POST", f"/v1/assessments/{HERE}/transitions", {"to": to}, **options
        )

    async def go(self, *states: str) -> None:
        for state in states:
            answer = await self.move(state)
            assert answer.status_code == 200, answer.text

    async def interviewed(self, *cases: str) -> None:
        """What an accepted interview does to its case."""
        async with self.app.state.database.write() as session:
            for case in cases:
                await Cases(session).record_outcome(HERE, case, "1.1", at=self.clock.now())

    async def prepare_fieldwork(self, form: bytes = SKELETON) -> None:
        """Everything up to the door of `collecting`."""
        await self.put_areas()
        await self.record("mandate", "controller", "themes", "ethics", "dpia")
        await self.publish_form(form)
        await self.go("scoped", "approved", "piloting")
        await self.record("pilot", "referral_directory")
        assert (await self.load_sample()).status_code == 201
        await self.enrol()


_documents: list[dict[str, Any]] = []


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once: every application of this process has the same."""
    if not _documents:
        _documents.append(app.openapi())
    return _documents[0]


@pytest.fixture
async def field_(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[Field]:
    """The application on an empty database."""
    clock = FixedClock(NOW)
    settings = Settings(
        database_url=assessment_db_url,
        service_token=SERVICE_TOKEN,
        data_dir=tmp_path / "data",
        key_dir=tmp_path / "keys",
    )
    app = create_app(settings, clock=clock)
    app.openapi_schema = _described(app)
    async with asgi_client(app) as client:
        yield Field(app, client, clock)


@pytest.fixture
async def here(field_: Field) -> Field:
    """The application with the assessment KE-TEST-2026, a draft."""
    await field_.create()
    return field_
