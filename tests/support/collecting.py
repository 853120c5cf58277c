"""An assessment that collects, in this process: its form, its actors, interviews to push."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import insert, text
from usga_assessment.app import create_app
from usga_assessment.domain.sync.receipt import verify
from usga_assessment.domain.xlsform.compiler import canonical
from usga_assessment.settings import Settings
from usga_assessment.storage.tables.field import AssessmentRow, CaseRow, DeviceRow
from usga_assessment.storage.tables.instrument import InstrumentRow
from usga_shared.auth.actors import Actor, ActorKind, Role
from usga_shared.clock import FixedClock
from usga_shared.database.engine import Database
from usga_shared.ids import uuid7
from usga_shared.wire.sync import ReceiptPayload

from tests.support.apps import asgi_client
from tests.support.forms import compiled

HERE, ELSEWHERE = "KE-TEST-2026", "MX-OTHER-2026"
NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SERVICE_TOKEN = "service-token-of-the-tests-0123456789"
FORMS = Path("services/assessment/usga_assessment/instruments")
DEVICE, DEVICE_B = str(UUID(int=0xD1)), str(UUID(int=0xD2))

ANSWERS: dict[str, Any] = {
    "stratum": "s01",
    "psu": "s01-p01",
    "consent": "yes",
    "consent_sens": "yes",
    "sex": "female",
    "safe_night": "unsafe",
    "priv_ok": "yes",
    "pv_phys_5y": "no",
}


class TickingClock(FixedClock):
    """A millisecond passes whenever somebody looks."""

    def now(self) -> datetime:
        self.advance(timedelta(milliseconds=1))
        return super().now()


def _person(role: Role, assessment: str = HERE) -> Actor:
    return Actor(ActorKind.PERSON, f"{role.value}-1", {assessment: frozenset({role})})


def _device(id_: str, assessment: str = HERE) -> Actor:
    return Actor(ActorKind.DEVICE, id_, {assessment: frozenset({Role.ENUMERATOR})})


class KnownActors:
    """An authenticator whose credentials are names."""

    actors = {role.value: _person(role) for role in Role} | {
        "admin": Actor(ActorKind.PERSON, "admin-1", {"*": frozenset({Role.ADMIN})}),
        "device": _device(DEVICE),
        "device-b": _device(DEVICE_B),
        "device-elsewhere": _device(str(UUID(int=0xE1)), ELSEWHERE),
        "supervisor-elsewhere": _person(Role.SUPERVISOR, ELSEWHERE),
        "statistician-here-supervisor-elsewhere": Actor(
            ActorKind.PERSON, "both-1",
            {HERE: frozenset({Role.STATISTICIAN}), ELSEWHERE: frozenset({Role.SUPERVISOR})},
        ),
    }  # fmt: skip

    async def authenticate(self, token: str) -> Actor | None:
        return self.actors.get(token)

    async def aclose(self) -> None:
        return None


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


@dataclass
class Interview:
    """An envelope and its bytes, as a tablet would keep them."""

    document: dict[str, Any]
    line: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.line = orjson.dumps(self.document)

    @property
    def id(self) -> UUID:
        return UUID(self.document["id"])

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.line).hexdigest()

    def edited(self, **changes: Any) -> "Interview":
        """A later revision of this interview."""
        answers = {**self.document["answers"], **changes.pop("answers", {})}
        later = {
            **self.document, "id": str(uuid4()), "revises": self.document["id"],
            "seq": self.document["seq"] + 1, "salt": secrets.token_hex(16), **changes,
            "answers": answers,
        }  # fmt: skip
        return Interview(later)

    def replaced(self, **members: Any) -> "Interview":
        """The same interview with other members, as if it had been finalised so."""
        return Interview({**self.document, **members})

    def with_other_content(self) -> "Interview":
        """Another content under the same id."""
        return Interview({**self.document, "salt": secrets.token_hex(16)})


INSTALL = UUID(int=0x1)


def interview(
    seq: int = 1, *, answers: dict[str, Any] | None = None, install: UUID = INSTALL, **changes: Any
) -> Interview:
    """A valid interview of the skeleton form; a test states only what it is about."""
    document: dict[str, Any] = {
        "id": str(uuid4()),
        "assessment": HERE,
        "instrument": "skeleton",
        "version": "2026.1.0",
        "purpose": "production",
        "install": str(install),
        "seq": seq,
        "salt": secrets.token_hex(16),
        "revises": None,
        "case": None,
        "started_at": "2026-06-01T08:00:00+03:00",
        "ended_at": "2026-06-01T08:25:00+03:00",
        "language": "en",
        "answers": {**ANSWERS, **(answers or {})},
        "paradata": {},
        "attachments": [],
    }
    document.update(changes)
    return Interview(document)


@dataclass
class Answer:
    """A push's answer, its receipt verified."""

    response: httpx.Response
    receipt: ReceiptPayload
    pushed: Sequence[Interview]

    def state(self, of: Interview) -> str:
        return self._exceptions().get(of.id, (self.receipt.state.value, None, None))[0]

    def code(self, of: Interview) -> str | None:
        return self._exceptions().get(of.id, ("", None, None))[1]

    def head(self, of: Interview) -> UUID | None:
        return self._exceptions().get(of.id, ("", None, None))[2]

    def redacted(self, of: Interview) -> list[str]:
        return next((r.pointers for r in self.receipt.redacted if r.id == of.id), [])

    def _exceptions(self) -> dict[UUID, tuple[str, str | None, UUID | None]]:
        return {e.id: (e.state.value, e.code, e.head) for e in self.receipt.exceptions if e.id}


class Collecting:
    """The application with one assessment that collects, and ways to use it."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient, database: Database) -> None:
        self.app, self.client, self.database = app, client, database

    async def push(self, *interviews: Interview, by: str = "device", **options: Any) -> Answer:
        body = b"".join(each.line + b"\n" for each in interviews)
        response = await self.push_bytes(body, by=by, **options)
        assert response.status_code == 200, response.text
        return self.read(response, interviews)

    async def push_bytes(
        self, body: bytes, *, by: str = "device", **headers: str
    ) -> httpx.Response:
        return await self.client.post(
            "/v1/sync/submissions",
            content=body,
            headers={"Content-Type": "application/x-ndjson", **bearer(by), **headers},
        )

    def read(self, response: httpx.Response, pushed: Sequence[Interview]) -> Answer:
        receipt = verify(response.json()["receipt"], self.app.state.receipt_jwks)
        return Answer(response, receipt, pushed)

    async def get(self, path: str, *, by: str = "supervisor", **params: Any) -> httpx.Response:
        return await self.client.get(path, params=params, headers=bearer(by))

    async def post(self, path: str, body: Any, *, by: str = "supervisor") -> httpx.Response:
        return await self.client.post(path, json=body, headers=bearer(by))

    async def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        async with self.database.read() as session:
            connection = await session.connection()
            found = await connection.execute(text(statement), parameters)
            return [dict(row._mapping) for row in found]


@asynccontextmanager
async def collecting(
    url: str, folder: Path, *, state: str = "collecting", **settings: Any
) -> AsyncIterator[Collecting]:
    """Run the application over a database that has the tables; seeds what is not there yet."""
    app = create_app(
        Settings(
            database_url=url, service_token=SERVICE_TOKEN, data_dir=folder / "data",
            key_dir=folder / "keys", **settings,
        ),
        clock=TickingClock(NOW),
    )  # fmt: skip
    app.state.authenticator = KnownActors()
    await seed(app.state.database, state=state)
    async with asgi_client(app) as client:
        yield Collecting(app, client, app.state.database)


async def seed(database: Database, *, state: str) -> None:
    """The assessment, the skeleton form, two devices, one case."""
    async with database.write() as session:
        connection = await session.connection()
        if (await connection.execute(text("SELECT count(*) FROM assessment"))).scalar_one():
            return
        for code in (HERE, ELSEWHERE):
            await session.exec(
                insert(AssessmentRow).values(
                    code=code, title={"en": "A test"}, city="Testville", country=code[:2],
                    variant="full", state=state, synthetic=True, probability_sample=True,
                    require_approved=False, languages=["en"], currency="KES", age_floor=18,
                    version=1, created_at=NOW, created_by="test", updated_at=NOW,
                )
            )  # fmt: skip
        for id_ in (DEVICE, DEVICE_B):
            await session.exec(
                insert(DeviceRow).values(
                    id=UUID(id_), assessment=HERE, install=INSTALL, name="", enrolled_at=NOW,
                    wipe=False, certified=True,
                )
            )  # fmt: skip
        await session.exec(
            insert(CaseRow).values(
                assessment=HERE, case_id="c-001", stratum="s01", psu="s01-p01", pi1=0.5,
                pi2=0.1, n_eligible=3, fpc_psu=40.0, area=None, device_id=UUID(DEVICE), visits=0,
            )
        )  # fmt: skip
        await add_form(session, (FORMS / "skeleton/skeleton.md").read_bytes())


async def add_cases(database: Database, count: int) -> None:
    """Sampled households `k-0`, `k-1` ...: two strata, twelve PSUs, two adults each."""
    cases = [
        {
            "assessment": HERE, "case_id": f"k-{number}", "stratum": f"s0{number % 2 + 1}",
            "psu": f"s0{number % 2 + 1}-p{number % 12}", "pi1": 0.5, "pi2": 0.1, "n_eligible": 2,
            "fpc_psu": 40.0, "area": None, "device_id": None, "visits": 0,
        }
        for number in range(count)
    ]  # fmt: skip
    async with database.write() as session:
        await (await session.connection()).execute(insert(CaseRow), cases)


async def add_form(
    session: Any, source: bytes, *, state: str = "published", at: datetime = NOW
) -> None:
    """Compile a form and keep it as a version of the assessment."""
    document = compiled(source).document
    assert document is not None
    bytes_ = canonical(document)
    await session.exec(
        insert(InstrumentRow).values(
            id=uuid7(at), assessment=HERE, name=document["name"], version=document["version"],
            digest=hashlib.sha256(bytes_).hexdigest(), state=state, document=bytes_, findings=[],
            created_at=at, published_at=at,
        )
    )  # fmt: skip


CODED = """
| settings |
| | form_title | form_id | version | namespaces |
| | Coded | coded | 1 | usga="urn:usga:xlsform:1" |
| survey |
| | type | name | label | relevant | bind::usga:sensitivity | bind::usga:field_class |
| | text | withdraw_code | Code | | 1 | identifier |
| | text | remark | Remark | | 1 | text |
| | integer | age | Age | | 0 | open |
| | text | open_text | Open | | 0 | open |
| | begin_repeat | visit | Visit | | | |
| | integer | minutes | Minutes | | 0 | open |
| | text | who | Who | | 1 | text |
| | end_repeat | | | | | |
"""


def coded_interview(seq: int = 1, **answers: Any) -> Interview:
    """An interview of the form CODED, which has a withdrawal code and sealed text."""
    made = interview(seq, instrument="coded", version="1")
    made.document["answers"] = {"withdraw_code": "7KQ4-9XPM", "age": 44, **answers}
    made.__post_init__()
    return made


async def review(here: Collecting, id_: UUID, decision: str, **options: Any) -> httpx.Response:
    """A supervisor's decision."""
    by = options.pop("by", "supervisor")
    body = {"decision": decision, "comment": "because", **options}
    return await here.post(f"/v1/submissions/{id_}/reviews", body, by=str(by))


async def withdraw(
    here: Collecting, code: str = "7kq4-9xpm", by: str = "supervisor"
) -> httpx.Response:
    """A respondent withdraws by the code on the card."""
    return await here.post(
        "/v1/submissions/withdrawals", {"assessment": HERE, "code": code}, by=by
    )
