"""Instruments through HTTP: upload, read, publish, retire."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from usga_assessment.app import create_app
from usga_assessment.settings import Settings
from usga_shared.auth.actors import Actor, ActorKind, Role

from tests.support.apps import asgi_client

SKELETON = Path(
    "services/assessment/usga_assessment/instruments/skeleton/skeleton.md"
).read_bytes()
REFUSED = Path("tests/golden/xlsforms/unhcr_demo.xlsx").read_bytes()
HERE, ELSEWHERE = "KE-TEST-2026", "MX-OTHER-2026"
UPLOAD = f"/v1/assessments/{HERE}/instruments"
ACCEPT = {"accept": "C-03-no-notice"}
"""The skeleton has no notice for the respondent: a person must accept that to publish it."""


class KnownActors:
    """An authenticator whose credentials are the names of roles."""

    actors: ClassVar = {
        "coordinator": Actor(ActorKind.PERSON, "c", {HERE: frozenset({Role.COORDINATOR})}),
        "analyst": Actor(ActorKind.PERSON, "a", {HERE: frozenset({Role.ANALYST})}),
        "partner": Actor(ActorKind.PERSON, "p", {HERE: frozenset({Role.PARTNER})}),
        "device": Actor(ActorKind.DEVICE, "d", {HERE: frozenset({Role.ENUMERATOR})}),
        "admin": Actor(ActorKind.PERSON, "x", {"*": frozenset({Role.ADMIN})}),
        "stranger": Actor(ActorKind.PERSON, "s", {ELSEWHERE: frozenset({Role.COORDINATOR})}),
    }

    async def authenticate(self, token: str) -> Actor | None:
        return self.actors.get(token)


def bearer(role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {role}"}


@pytest.fixture
async def client(assessment_db_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        database_url=assessment_db_url, service_token="t" * 40,
        data_dir=tmp_path / "data", key_dir=tmp_path / "keys",
    )  # fmt: skip
    app = create_app(settings)
    app.state.authenticator = KnownActors()
    async with asgi_client(app, headers=bearer("coordinator")) as opened:
        body = {"code": HERE, "title": {"en": "A test"}, "city": "Testville", "country": "KE"}
        made = await opened.post("/v1/assessments", json=body)
        assert made.status_code == 201, made.text
        yield opened


async def uploaded(client: httpx.AsyncClient) -> dict[str, object]:
    answer = await client.post(UPLOAD, content=SKELETON)
    assert answer.status_code == 201, answer.text
    view: dict[str, object] = answer.json()
    return view


class TestUpload:
    async def test_a_form_becomes_a_draft(self, client: httpx.AsyncClient) -> None:
        view = await uploaded(client)
        assert (view["name"], view["version"], view["state"]) == ("skeleton", "2026.1.0", "draft")
        assert view["questions"] == 8
        assert view["languages"] == ["en", "sw"]

    async def test_the_same_form_again_is_the_same_version(
        self, client: httpx.AsyncClient
    ) -> None:
        first = await uploaded(client)
        again = await client.post(UPLOAD, content=SKELETON)
        assert again.status_code == 200
        assert again.json() == first

    async def test_another_form_under_the_same_version_is_refused(
        self, client: httpx.AsyncClient
    ) -> None:
        await uploaded(client)
        answer = await client.post(UPLOAD, content=SKELETON.replace(b"Very safe", b"Quite safe"))
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/instrument-version-exists")

    async def test_every_error_comes_with_its_cell(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(UPLOAD, content=REFUSED)
        assert answer.status_code == 422
        problem = answer.json()
        assert problem["type"].endswith("/form-refused")
        cells = [error["pointer"] for error in problem["errors"]]
        assert cells == ["choices!B7", "choices!B8", "choices!B9", "choices!B13", "choices!C24"]
        listed = await client.get("/v1/instruments")
        assert listed.json()["items"] == []

    @pytest.mark.parametrize(
        "data", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 broken", b"<xml/>"]
    )
    async def test_what_is_no_form_is_refused(
        self, client: httpx.AsyncClient, data: bytes
    ) -> None:
        answer = await client.post(UPLOAD, content=data)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/form-unreadable")

    async def test_a_file_past_the_cap_is_not_read(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(UPLOAD, content=b"|" * (8 * 2**20 + 1))
        assert answer.status_code == 413

    @pytest.mark.parametrize(
        ("role", "status"), [("analyst", 403), ("stranger", 404), ("nobody", 401)]
    )
    async def test_only_a_coordinator_uploads(
        self, client: httpx.AsyncClient, role: str, status: int
    ) -> None:
        answer = await client.post(UPLOAD, content=SKELETON, headers=bearer(role))
        assert answer.status_code == status

    async def test_a_form_for_no_assessment_is_not_found(self, client: httpx.AsyncClient) -> None:
        nowhere = "/v1/assessments/KE-NOWHERE-2026/instruments"
        answer = await client.post(nowhere, content=SKELETON, headers=bearer("admin"))
        assert answer.status_code == 404


LATER = SKELETON.replace(b"2026.1.0", b"2026.2.0").replace(b"Very safe", b"Quite safe")


async def added(client: httpx.AsyncClient, form: bytes, *, publish: bool = True) -> str:
    made = (await client.post(UPLOAD, content=form)).json()
    if publish:
        await client.post(f"/v1/instruments/{made['id']}/publication", params=ACCEPT)
    return str(made["id"])


class TestCompilation:
    async def test_a_form_is_checked_and_not_kept(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(f"{UPLOAD}/compilation", content=SKELETON)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["accepted"], found["instrument"]["name"]) == (True, "skeleton")
        assert (await client.get("/v1/instruments")).json()["items"] == []

    @pytest.mark.parametrize(
        ("data", "readable"), [(REFUSED, True), (b"PK broken", False), (b"", False)]
    )
    async def test_what_is_refused_says_all_in_the_callers_language(
        self, client: httpx.AsyncClient, data: bytes, readable: bool
    ) -> None:
        said = []
        for language in ("en", "ru"):
            answer = await client.post(
                f"{UPLOAD}/compilation", content=data, headers={"Accept-Language": language}
            )
            found = answer.json()
            assert (found["accepted"], found["readable"]) == (False, readable)
            said.append([finding["message"] for finding in found["findings"]])
        assert said[0] != said[1]
        assert len(said[0]) == len(said[1]) > 0

    @pytest.mark.parametrize(("role", "status"), [("analyst", 403), ("stranger", 404)])
    async def test_only_whoever_may_upload(
        self, client: httpx.AsyncClient, role: str, status: int
    ) -> None:
        answer = await client.post(f"{UPLOAD}/compilation", content=SKELETON, headers=bearer(role))
        assert answer.status_code == status

    async def test_a_file_past_the_cap_is_not_read(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(f"{UPLOAD}/compilation", content=b"|" * (8 * 2**20 + 1))
        assert answer.status_code == 413


class TestPreview:
    async def test_sections_languages_and_a_trial_interview(
        self, client: httpx.AsyncClient
    ) -> None:
        view = await uploaded(client)
        path = f"/v1/instruments/{view['id']}/preview"
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert sum(section["questions"] for section in found["sections"]) == view["questions"]
        assert {language["language"]: language["share"] for language in found["languages"]} == {
            "en": 1.0, "sw": 1.0,
        }  # fmt: skip
        trial = found["trial"]
        assert trial["complete"]
        assert trial["steps"][0]["pointer"].startswith("/answers/")
        asked = [step["name"] for step in trial["steps"] if step["answer"] is not None]
        assert set(asked) <= set(trial["answers"])
        assert (await client.get(path)).json() == found
        others = {(await client.get(path, params={"seed": n})).text for n in range(6)}
        assert len(others) > 1

    @pytest.mark.parametrize("seed", ["-1", "x", "99999999999"])
    async def test_a_seed_is_a_number(self, client: httpx.AsyncClient, seed: str) -> None:
        view = await uploaded(client)
        answer = await client.get(f"/v1/instruments/{view['id']}/preview", params={"seed": seed})
        assert answer.status_code == 422

    @pytest.mark.parametrize("what", ["preview", "comparison"])
    @pytest.mark.parametrize(("role", "status"), [("stranger", 404), ("partner", 403)])
    async def test_only_those_who_read_instruments(
        self, client: httpx.AsyncClient, role: str, status: int, what: str
    ) -> None:
        id_ = await added(client, SKELETON)
        answer = await client.get(f"/v1/instruments/{id_}/{what}", headers=bearer(role))
        assert answer.status_code == status


class TestComparison:
    async def test_what_changed_since_the_version_before(self, client: httpx.AsyncClient) -> None:
        old, new = await added(client, SKELETON), await added(client, LATER)
        answer = await client.get(f"/v1/instruments/{new}/comparison")
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["from_id"], found["to_id"], found["effect"]) == (old, new, "partial")
        assert found["count"] == 1
        assert found["changes"] == [
            {
                "variable": "safe_night", "aspect": "code-relabelled", "effect": "partial",
                "language": "en", "code": "vsafe", "before": "Very safe",
                "after": "Quite safe",
            }
        ]  # fmt: skip

    async def test_any_two_can_be_compared_also_a_draft(self, client: httpx.AsyncClient) -> None:
        old = await added(client, SKELETON)
        draft = await added(client, LATER, publish=False)
        since_old = await client.get(f"/v1/instruments/{draft}/comparison")
        back = await client.get(f"/v1/instruments/{old}/comparison", params={"since": draft})
        assert since_old.json()["from_id"] == old
        assert back.json()["changes"][0]["before"] == "Quite safe"

    async def test_the_first_version_has_nothing_before_it(
        self, client: httpx.AsyncClient
    ) -> None:
        id_ = await added(client, SKELETON)
        await added(client, LATER, publish=False)
        answer = await client.get(f"/v1/instruments/{id_}/comparison")
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("/no-earlier-version")

    async def test_two_different_forms_are_not_compared(self, client: httpx.AsyncClient) -> None:
        mine = await added(client, SKELETON)
        other = await added(client, SKELETON.replace(b"skeleton", b"another"))
        answer = await client.get(f"/v1/instruments/{mine}/comparison", params={"since": other})
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/another-form")
        assert (answer.json()["form"], answer.json()["since_form"]) == ("skeleton", "another")

    @pytest.mark.parametrize(
        ("since", "status"), [("x", 422), ("00000000-0000-0000-0000-000000000001", 404)]
    )
    async def test_what_is_no_version(
        self, client: httpx.AsyncClient, since: str, status: int
    ) -> None:
        id_ = await added(client, SKELETON)
        answer = await client.get(f"/v1/instruments/{id_}/comparison", params={"since": since})
        assert answer.status_code == status


class TestReading:
    async def test_the_document_is_its_digest(self, client: httpx.AsyncClient) -> None:
        view = await uploaded(client)
        answer = await client.get(f"/v1/instruments/{view['id']}/document")
        assert answer.headers["etag"] == f'"{view["digest"]}"'
        assert hashlib.sha256(answer.content).hexdigest() == view["digest"]
        again = await client.get(
            f"/v1/instruments/{view['id']}/document",
            headers={"If-None-Match": answer.headers["etag"]},
        )
        assert again.status_code == 304

    async def test_the_codebook_states_the_universe(self, client: httpx.AsyncClient) -> None:
        view = await uploaded(client)
        book = (await client.get(f"/v1/instruments/{view['id']}/codebook")).json()
        by_name = {variable["name"]: variable for variable in book}
        assert by_name["safe_night"]["universe"] == "${consent}='yes'"
        assert [code["code"] for code in by_name["sex"]["codes"]] == ["female", "male"]
        reasons = {m["reason"] for m in by_name["pv_phys_5y"]["missing"]}
        assert {"gate_failed", "not_asked", "dk", "ref"} <= reasons
        assert (by_name["pv_phys_5y"]["sensitivity"], by_name["pv_phys_5y"]["field_class"]) == (
            3,
            "s3",
        )

    async def test_what_is_not_mine_is_not_there(self, client: httpx.AsyncClient) -> None:
        view = await uploaded(client)
        for path in (f"/v1/instruments/{view['id']}", f"/v1/instruments/{view['id']}/document"):
            assert (await client.get(path, headers=bearer("stranger"))).status_code == 404
        listed = await client.get("/v1/instruments", headers=bearer("stranger"))
        assert listed.json()["items"] == []

    async def test_a_tablet_reads_the_form_and_a_partner_does_not(
        self, client: httpx.AsyncClient
    ) -> None:
        path = f"/v1/instruments/{(await uploaded(client))['id']}/document"
        assert (await client.get(path, headers=bearer("device"))).status_code == 200
        assert (await client.get(path, headers=bearer("partner"))).status_code == 403

    async def test_the_list_is_paged(self, client: httpx.AsyncClient) -> None:
        for number in range(3):
            content = SKELETON.replace(b"2026.1.0", b"2026.1.%d" % number)
            assert (await client.post(UPLOAD, content=content)).status_code == 201
        first = (
            await client.get("/v1/instruments", params={"limit": 2, "assessment": HERE})
        ).json()
        rest = (
            await client.get("/v1/instruments", params={"limit": 2, "cursor": first["next"]})
        ).json()
        versions = [item["version"] for item in first["items"] + rest["items"]]
        assert versions == ["2026.1.0", "2026.1.1", "2026.1.2"]
        assert rest["next"] is None


class TestStates:
    async def test_draft_published_retired(self, client: httpx.AsyncClient) -> None:
        view = await uploaded(client)
        published = await client.post(f"/v1/instruments/{view['id']}/publication", params=ACCEPT)
        assert published.json()["state"] == "published"
        again = await client.post(f"/v1/instruments/{view['id']}/publication", params=ACCEPT)
        assert again.json() == published.json()
        retired = await client.post(f"/v1/instruments/{view['id']}/retirement")
        assert retired.json()["state"] == "retired"
        back = await client.post(f"/v1/instruments/{view['id']}/publication", params=ACCEPT)
        assert back.status_code == 409
        assert back.json()["state"] == "retired"

    async def test_rules_of_ethics_stand_against_it_until_a_person_accepts_them(
        self, client: httpx.AsyncClient
    ) -> None:
        view = await uploaded(client)
        path = f"/v1/instruments/{view['id']}/publication"
        for given in ({}, {"accept": "E-02-required"}, {"accept": ""}):
            answer = await client.post(path, params=given)
            assert answer.status_code == 409, answer.text
            assert answer.json()["type"].endswith("/publication-refused")
            assert [e["code"] for e in answer.json()["errors"]] == ["C-03-no-notice"]
        spanish = await client.post(path, headers={"Accept-Language": "es"})
        assert spanish.json()["errors"][0]["message"] != answer.json()["errors"][0]["message"]
        assert (await client.post(path, params=ACCEPT)).json()["state"] == "published"

    async def test_only_a_coordinator_publishes(self, client: httpx.AsyncClient) -> None:
        view = await uploaded(client)
        answer = await client.post(
            f"/v1/instruments/{view['id']}/publication", headers=bearer("analyst")
        )
        assert answer.status_code == 403
