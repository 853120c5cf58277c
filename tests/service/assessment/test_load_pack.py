"""`load-pack` through the API: a city's instruments and lists in one command."""

from pathlib import Path

import httpx
import pytest
from usga_assessment.cli import main
from usga_assessment.cli.load_pack import Loader, Order
from usga_assessment.domain.catalogue.packs import read_pack

from tests.service.assessment.test_instruments import HERE, bearer, client

__all__ = ["client"]
PACK = read_pack("ke-mathare")


def order(*instruments: str, **more: object) -> Order:
    return Order(PACK, HERE, list(instruments), **more)  # type: ignore[arg-type]


async def test_a_pack_is_loaded_and_published(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await Loader(client, order("saw", "adm_agg", publish=True)).load() == 0
    kept = (await client.get("/v1/instruments", params={"assessment": HERE})).json()["items"]
    assert {(k["name"], k["state"]) for k in kept} == {
        ("saw", "published"),
        ("adm_agg", "published"),
    }
    assert all(k["version"].endswith("-ke-mathare") for k in kept)
    cells = (await client.get(f"/v1/assessments/{HERE}/lists/cells")).json()["rows"]
    assert [row["label"] for row in cells][:2] == ["Hospital", "Mabatini"]
    said = capsys.readouterr().out
    assert "saw 2026.3.0-ke-mathare: published" in said
    assert "to be set by the assessment: income_local, amount_local" in said


async def test_loading_again_changes_nothing(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"rows": [{"name": "a", "label": "Our own"}]}
    await client.put(f"/v1/assessments/{HERE}/lists/cells", json=own)
    assert await Loader(client, order("saw")).load() == 0
    assert await Loader(client, order("saw")).load() == 0
    kept = (await client.get("/v1/instruments", params={"assessment": HERE})).json()["items"]
    assert len(kept) == 1
    cells = (await client.get(f"/v1/assessments/{HERE}/lists/cells")).json()["rows"]
    assert cells == own["rows"]
    assert "list cells: kept as it is" in capsys.readouterr().out


async def test_what_is_refused_is_told_and_the_rest_goes_on(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    variants = {"saw": "tiny"}
    assert await Loader(client, order("saw", "adm_agg", variants=variants)).load() == 1
    said = capsys.readouterr()
    assert "saw: saw has no variant 'tiny', only full" in said.err
    assert "adm_agg 2026.2.0-ke-mathare: draft" in said.out


async def test_a_caller_who_may_not_is_told_so(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.headers.update(bearer("analyst"))
    assert await Loader(client, order("adm_agg")).load() == 1
    assert "adm_agg:" in capsys.readouterr().err


def test_without_a_token_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USGA_TOKEN", raising=False)
    assert main(["load-pack", "ke-mathare", "--assessment", HERE]) == 2
    assert "USGA_TOKEN" in capsys.readouterr().err


def test_no_answer_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("x" * 20)
    asked = ["load-pack", "ke-mathare", "--assessment", HERE, "--token-file", str(token)]
    assert main([*asked, "--url", "http://127.0.0.1:9"]) == 1
    assert "no answer from http://127.0.0.1:9" in capsys.readouterr().err


def test_an_instrument_that_the_pack_lacks_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USGA_TOKEN", "x" * 20)
    asked = ["load-pack", "ke-mathare", "--assessment", HERE, "--only", "inv"]
    assert main(asked) == 2
    assert "not in the pack: inv" in capsys.readouterr().err


async def test_an_assessment_that_is_not_there_is_told_once(
    client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = Order(PACK, "KE-NOWHERE-2026", ["saw", "adm_agg"])
    assert await Loader(client, nowhere).load() == 1
    said = capsys.readouterr()
    assert said.err.count("KE-NOWHERE-2026") == 1
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_a_variant_that_cannot_be_is_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USGA_TOKEN", "x" * 20)
    asked = ["load-pack", "ke-mathare", "--assessment", HERE, "--url", "http://127.0.0.1:9"]
    assert main([*asked, "--variant", "saw=tiny"]) == 2
    assert "saw has no variant 'tiny'" in capsys.readouterr().err
