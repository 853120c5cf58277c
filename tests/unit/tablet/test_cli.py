"""The command line of the tablet: what a person types, and what it says back."""

from datetime import datetime
from pathlib import Path

import orjson
import pytest
from usga_expressions.compact import Layout
from usga_tablet.cli import main
from usga_tablet.outbox import Outbox

from tests.support.household import NOW, document, instrument, lists
from tests.support.sync_server import SyncServer

NOBODY = "http://127.0.0.1:9"


def test_enrolling_where_nobody_answers_says_so_and_remembers_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--data-dir", str(tmp_path)]
    assert main([*given, "enrol", NOBODY, "CODE-1234"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("no answer from http://127.0.0.1:9")
    assert len(said.splitlines()) == 1
    assert main([*given, "sync"]) == 1
    assert "not enrolled" in capsys.readouterr().err


def test_collecting_without_an_instrument_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data-dir", str(tmp_path), "collect"]) == 1
    assert "sync first" in capsys.readouterr().err


def test_collected_interviews_are_interviews(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.remember("assessment", "KE-TEST-2026")
    outbox.keep_pulled("instrument", "i1", {"document": document()})
    for name, table in lists().items():
        outbox.keep_pulled("list", name, {"rows": [dict(row) for row in table.rows]})
    outbox.close()
    assert main(["--data-dir", str(tmp_path), "collect", "--count", "12"]) == 0
    outbox = Outbox(tmp_path / "outbox.db")
    made = [orjson.loads(f.line) for f in outbox.queued(most=50, most_bytes=10**7)]
    outbox.close()
    assert len(made) == 12
    layout = Layout.of(document())
    for each in made:
        assert isinstance(each["answers"], list), "the form is known: answers stand by position"
        started = datetime.fromisoformat(each["started_at"])
        each["answers"] = layout.expand(each["answers"], started)
    assert {m["answers"].get("consent") for m in made} == {"yes"}
    assert all("safe_night" in m["answers"] for m in made)
    assert all(instrument().check(m["answers"], now=NOW, lists=lists()).valid for m in made)


class TestVerify:
    """Offline: the receipt, the published keys, nothing else."""

    @pytest.fixture
    def server(self) -> SyncServer:
        return SyncServer()

    @pytest.fixture
    def keys(self, server: SyncServer, tmp_path: Path) -> str:
        path = tmp_path / "keys.json"
        path.write_bytes(orjson.dumps(server.jwks()))
        return str(path)

    def receipt(self, server: SyncServer) -> str:
        return server.sign(
            {"iss": "https://usga.example", "iat": 1_780_300_800, "epoch": "e1",
             "assessment": "KE-TEST-2026", "device": server.device, "install": None,
             "batch": {"count": 2, "digest": "0" * 64}, "state": "stored",
             "exceptions": [{"id": "i-2", "state": "quarantined", "code": "E-01"}],
             "sequence": {"install": "i", "contiguous": 1, "max": 4, "gaps": [[2, 3]], "forks": []}}
        )  # fmt: skip

    def test_a_good_receipt_is_told(
        self, server: SyncServer, keys: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = ["--data-dir", str(tmp_path / "nowhere"), "verify", "--keys", keys]
        assert main([*given, self.receipt(server)]) == 0
        said = capsys.readouterr().out
        assert "i-2: quarantined E-01" in said
        assert "gaps: 2-3" in said
        path = tmp_path / "receipt.txt"
        path.write_text(self.receipt(server) + "\n", "utf-8")
        assert main([*given, str(path)]) == 0
        assert not (tmp_path / "nowhere").exists(), "verifying makes no tablet"

    def test_a_changed_one_is_not_believed(
        self, server: SyncServer, keys: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        head, body, signature = self.receipt(server).split(".")
        changed = ("A" if body[20] != "A" else "B").join([body[:20], body[21:]])
        assert main(["verify", "--keys", keys, f"{head}.{changed}.{signature}"]) == 1
        assert main(["verify", "--keys", keys, self.receipt(SyncServer())]) == 1
        assert "no receipt to believe" in capsys.readouterr().err

    def test_the_keys_of_the_tablet_serve(self, server: SyncServer, tmp_path: Path) -> None:
        given = ["--data-dir", str(tmp_path), "verify", self.receipt(server)]
        assert main(given) == 2
        outbox = Outbox(tmp_path / "outbox.db")
        outbox.remember("receipt_keys", orjson.dumps(server.jwks()).decode())
        outbox.close()
        assert main(given) == 0
