"""`usga-assessment create-token` and `create-admin`."""

from pathlib import Path
from typing import Any

import pytest
from usga_assessment.app import create_app
from usga_assessment.cli import main
from usga_assessment.settings import Settings

from tests.service.assessment.field.conftest import HERE, SERVICE_TOKEN
from tests.support.apps import asgi_client
from tests.support.databases import run


@pytest.fixture
def settings(assessment_db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that the command line reads from the environment, as an operator sets them."""
    monkeypatch.setenv("USGA_ASSESSMENT_DATABASE_URL", assessment_db_url)
    monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", SERVICE_TOKEN)
    monkeypatch.setenv("USGA_ASSESSMENT_KEY_DIR", str(tmp_path / "keys"))
    return Settings()


def me(settings: Settings, token: str, *, status: int = 200) -> dict[str, Any]:
    told: dict[str, Any] = {}

    async def ask() -> None:
        async with asgi_client(create_app(settings)) as client:
            answer = await client.get("/v1/auth/me", headers={"X-API-Key": token})
            assert answer.status_code == status, answer.text
            told.update(answer.json())

    run(ask)
    return told


def roles_of(settings: Settings, token: str) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = me(settings, token)["roles"]
    return roles


def make(settings: Settings, token: str) -> None:
    async def ask() -> None:
        body = {"code": HERE, "title": {"en": "A test"}, "city": "Testville", "country": HERE[:2],
                "synthetic": True, "languages": ["en"]}  # fmt: skip
        async with asgi_client(create_app(settings)) as client:
            headers = {"X-API-Key": token}
            answer = await client.post("/v1/assessments", json=body, headers=headers)
            assert answer.status_code == 201, answer.text

    run(ask)


class TestCreateToken:
    def test_prints_a_token_that_works(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        options = ["--role", "coordinator", "--assessment", HERE, "--name", "test"]
        assert main(["create-token", *options]) == 0
        token = capsys.readouterr().out.strip()
        assert roles_of(settings, token) == {HERE: ["coordinator"]}

    def test_makes_no_admin_and_no_tablet(self, settings: Settings) -> None:
        for role in ("admin", "enumerator", "public"):
            with pytest.raises(SystemExit):
                main(["create-token", "--role", role, "--assessment", HERE, "--name", "x"])

    def test_refuses_what_is_no_code_of_an_assessment(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        options = ["--role", "coordinator", "--assessment", "*", "--name", "x"]
        with pytest.raises(SystemExit):
            main(["create-token", *options])
        assert capsys.readouterr().out == ""

    def test_says_when_there_is_no_such_assessment_yet(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        options = ["--role", "coordinator", "--assessment", "KE-NOWHERE-2026", "--name", "x"]
        assert main(["create-token", *options]) == 0
        assert "no assessment KE-NOWHERE-2026 yet" in capsys.readouterr().err

    def test_refuses_a_misspelt_assessment_where_there_are_others(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["create-admin", "--name", "x"]) == 0
        make(settings, capsys.readouterr().out.strip())
        capsys.readouterr()  # the requests that it logged
        misspelt = HERE[:-1] + ("1" if HERE[-1] != "1" else "2")
        options = ["--role", "supervisor", "--assessment", misspelt, "--name", "x"]
        assert main(["create-token", *options]) == 1
        told = capsys.readouterr()
        assert told.out == ""
        assert f"did you mean {HERE}?" in told.err
        assert main(["create-token", *options, "--force"]) == 0
        assert roles_of(settings, capsys.readouterr().out.strip()) == {misspelt: ["supervisor"]}

    def test_names_the_variable_that_is_missing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for token, said in ((None, "it is not set"), ("short-secret", "at least 32 characters")):
            monkeypatch.delenv("USGA_ASSESSMENT_SERVICE_TOKEN", raising=False)
            if token is not None:
                monkeypatch.setenv("USGA_ASSESSMENT_SERVICE_TOKEN", token)
            assert main(["create-admin", "--name", "x"]) == 2
            told = capsys.readouterr().err
            assert "USGA_ASSESSMENT_SERVICE_TOKEN: " in told
            assert said in told
            assert "short-secret" not in told


class TestCreateAdmin:
    def test_holds_everywhere(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["create-admin", "--name", "test"]) == 0
        assert roles_of(settings, capsys.readouterr().out.strip()) == {"*": ["admin"]}


class TestRevokeToken:
    def test_ends_a_token_and_lists_it_as_ended(
        self, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        main(["create-admin", "--name", "first"])
        token = capsys.readouterr().out.strip()
        id_ = me(settings, token)["id"]
        assert main(["list-tokens"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == f"{id_}  active  admin in *  first"
        assert main(["revoke-token", id_]) == 0
        me(settings, token, status=401)
        main(["list-tokens"])
        assert f"{id_}  ended" in capsys.readouterr().out
        assert main(["revoke-token", id_]) == 1
