"""Whatever stands in a body or an address, the answer is a problem, never a 500."""

import copy
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

from usga_shared.auth.actors import Role

from tests.service.assessment.field.conftest import (
    HERE,
    RECORDS,
    Field,
    collection,
)

PATH = f"/v1/assessments/{HERE}"
STRANGE: tuple[Any, ...] = (
    None, True, -1, 1e300, "", "x" * 3000, "\x7f'; --", "2026-02-30", [], [None], {},
)  # fmt: skip


def spoiled(value: Any) -> Iterator[Any]:
    """The value with each of its parts replaced by each strange thing, and with a part more."""
    yield from STRANGE
    if isinstance(value, dict):
        yield value | {"unknown": 1}
        for key in value:
            yield {name: part for name, part in value.items() if name != key}
            for part in spoiled(value[key]):
                yield value | {key: part}
    if isinstance(value, list):
        for index, part in enumerate(value[:1]):
            for other in spoiled(part):
                changed = copy.copy(value)
                changed[index] = other
                yield changed


BODIES: dict[str, Any] = {
    "POST /v1/assessments": {
        "code": "KE-OTHER-2026",
        "title": {"en": "x"},
        "city": "x",
        "country": "KE",
        "languages": ["en"],
        "fieldwork_from": "2026-01-01",
    },
    f"POST {PATH}/transitions": {"to": "archived", "note": "x"},
    f"PUT {PATH}/areas": collection(),
    f"PUT {PATH}/lists/psu": {"rows": [{"name": "a", "label": {"en": "x"}, "n": 1}]},
    f"POST {PATH}/sample": {
        "rows": [{"case_id": "a", "stratum": "s", "psu": "p", "pi1": 1, "pi2": 1, "area": "T-1"}],
        "certainty": ["s"],
    },
    f"POST {PATH}/cases/assignments": {"cases": ["c1"], "device": str(uuid4())},
    f"POST {PATH}/cases/c1/visits": {"at": "2026-06-01T08:00:00Z", "outcome": "2.24"},
    f"PUT {PATH}/cases/c1/disposition": {"code": "2.111"},
    "POST /v1/devices": {"code": "AAAA-BBBB-CCCC", "install": str(uuid4()), "name": "x"},
    "POST /v1/devices/enrolments": {
        "assessment": HERE,
        "label": "x",
        "home_psu": "p",
        "valid_hours": 3,
    },
    "POST /v1/auth/api-keys": {
        "name": "x",
        "assessments": [HERE],
        "role": "partner",
        "expires_at": "2026-06-05T00:00:00Z",
    },
    f"PUT {PATH}/records/validation": RECORDS["validation"],
    f"PUT {PATH}/records/referral_directory": RECORDS["referral_directory"],
}


async def test_no_body_breaks_the_service(here: Field) -> None:
    await here.put_areas()
    await here.load_sample()
    broken = []
    for operation, body in BODIES.items():
        method, path = operation.split()
        for bad in spoiled(body):
            answer = await here.call(method, path, bad, by=Role.ADMIN)
            if answer.status_code >= 500 or (
                answer.is_error and answer.headers["content-type"] != "application/problem+json"
            ):
                broken.append((operation, str(bad)[:200], answer.status_code))
    assert broken == []


async def test_no_address_breaks_the_service(here: Field) -> None:
    strange = ("%00", "%ff", "..%2f", "x" * 3000, "%22", "a%0ab", "-1", "%E2%80%AE")
    broken = []
    for part in strange:
        for path in (
            f"/v1/assessments/{part}",
            f"{PATH}/cases/{part}",
            f"{PATH}/lists/{part}",
            f"{PATH}/cases?stratum={part}",
            f"{PATH}/cases?device={part}",
            f"{PATH}/cases?limit={part}",
            f"{PATH}/cases?cursor={part}",
            f"/v1/devices?assessment={part}",
            f"/v1/devices?cursor={part}",
            f"/v1/auth/api-keys?cursor={part}",
            f"/v1/assessments?cursor={part}",
        ):
            answer = await here.call("GET", path, by=Role.ADMIN)
            if not 400 <= answer.status_code < 500:
                broken.append((path[:80], answer.status_code))
    assert broken == []


async def test_a_body_that_grows_too_large_is_told_so(here: Field) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65_536

    answer = await here.call(
        "POST", "/v1/assessments", content=endless(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.json()["limit"] == 2 * 2**20
