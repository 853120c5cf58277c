"""What the tablet's command line refuses: one line and a status, never a traceback."""

from pathlib import Path

import httpx
import pytest
from usga_tablet.cli import main
from usga_tablet.filebox import FileBox
from usga_tablet.link import reason
from usga_tablet.outbox import Outbox

LONG = "e30." + "A" * 400 + "." + "A" * 86


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    return capsys


def the_line(said: pytest.CaptureFixture[str]) -> str:
    (line,) = said.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("keys", [b"%PDF-1.7\n\xe2\xe3", b"[]", b'{"keys": 1}', b'{"keys": [1]}'])
def test_keys_that_are_none_end_with_two(
    keys: bytes, tmp_path: Path, said: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(keys)
    assert main(["verify", LONG, "--keys", str(path)]) == 2
    assert "it is no JWK set" in the_line(said)
    assert main(["verify", LONG, "--keys", str(tmp_path / "none")]) == 2
    assert "no such file" in the_line(said)


def test_a_mistyped_file_of_a_receipt_is_told_as_such(
    tmp_path: Path, said: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('{"keys": []}', "utf-8")
    assert main(["verify", "nosuch.jws", "--keys", str(keys)]) == 2
    line = the_line(said)
    assert "nosuch.jws" in line
    assert "no such file" in line
    assert main(["verify", LONG, "--keys", str(keys)]) == 1, "a receipt itself is no file"
    assert "signature" in the_line(said)


def test_a_data_folder_that_cannot_be_is_said(
    tmp_path: Path, said: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for folder in ("/proc/nope", str(tmp_path / "file")):
        assert main(["--data-dir", folder, "status"]) == 2
        assert folder in the_line(said)
    (tmp_path / "outbox.db").write_bytes(b"no database at all" * 99)
    assert main(["--data-dir", str(tmp_path), "status"]) == 2
    assert "not a database" in the_line(said)


def test_habits_that_cannot_be_read_are_said(
    tmp_path: Path, said: pytest.CaptureFixture[str]
) -> None:
    given = ["--data-dir", str(tmp_path / "tablet"), "collect", "--habits"]
    assert main([*given, "/nope"]) == 2
    assert "/nope cannot be used: no such file" in the_line(said)
    path = tmp_path / "habits.toml"
    for text in ("no toml", "numbers = 1", "numbers = {a = [1]}"):
        path.write_text(text, "utf-8")
        assert main([*given, str(path)]) == 2
        assert "cannot be used" in the_line(said)


@pytest.mark.parametrize("count", ["-5", "0"])
def test_nobody_collects_less_than_one(
    count: str, tmp_path: Path, said: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--data-dir", str(tmp_path), "collect", "--count", count])
    assert "at least 1" in said.readouterr().err


def test_only_its_owner_reads_what_a_tablet_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "tablet"
    old = folder / "outbox.db"
    folder.mkdir()
    old.touch(mode=0o644)
    Outbox(old).close()
    assert old.stat().st_mode & 0o777 == 0o600, "an older one is closed too"
    new = tmp_path / "new" / "outbox.db"
    outbox, box = Outbox(new), FileBox(tmp_path / "new" / "files")
    outbox.remember("token", "t")
    made = [new.parent, *new.parent.rglob("*")]
    modes = {path.name: path.stat().st_mode & 0o077 for path in made}
    outbox.close()
    box.close()
    assert {"outbox.db-wal", "files.db"} <= modes.keys()
    assert set(modes.values()) == {0}


def test_a_wrong_field_is_named() -> None:
    error = {"pointer": "/code", "code": "string_too_short", "message": "At least 12 characters."}
    refused = httpx.Response(
        422,
        json={
            "type": "/problems/invalid-request",
            "title": "Wrong",
            "detail": "See `errors`.",
            "errors": [error],
        },
        headers={"Content-Type": "application/problem+json"},
    )
    assert reason(refused) == "Wrong: See `errors`.; code: At least 12 characters."
