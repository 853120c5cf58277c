"""The examples for integrators are run as they stand, and print what the page says."""

import asyncio
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import DatabaseMaker
from tests.contract.docs.platform_in_process import platform
from tests.support.collecting import HERE

PAGE = Path("docs/integrators.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== block"


def blocks() -> list[tuple[str, str]]:
    return [(kind, body) for kind, body in BLOCK.findall(PAGE.read_text()) if kind != "console"]


def script(folder: Path) -> str:
    """One shell script of all `sh` blocks; `python` blocks become the files that they name."""
    lines = ["set -euo pipefail"]
    for number, (kind, body) in enumerate(blocks()):
        match kind:
            case "python":
                name = re.match(r"# (\w+\.py):", body)
                assert name, "a python block begins with the name of its file"
                (folder / name[1]).write_text(body)
            case "sh":
                lines += [f"echo '{MARK} {number}'", body, "echo"]
    return "\n".join(lines)


def lines_of_the_root_page(origin: str) -> str:
    """The `curl` lines of README.md; each must answer 2xx with something."""
    found = re.findall(r"^curl -s (.+)$", Path("README.md").read_text(), re.MULTILINE)
    assert len(found) >= 3
    here = (line.replace("http://127.0.0.1:8080", origin) for line in found)
    asked = (line.replace("KE-MATHARE-2026", HERE) for line in here)
    return "\n".join(f"curl -fsS {line} | grep -q ." for line in asked)


def expected() -> dict[int, str]:
    """What a `text` block says of the `sh` block before it."""
    found, last = {}, -1
    for number, (kind, body) in enumerate(blocks()):
        if kind == "sh":
            last = number
        elif kind == "text":
            assert last not in found, "one text block for each sh block"
            found[last] = body
    return found


def outputs(printed: str) -> dict[int, str]:
    parts = re.split(rf"^{MARK} (\d+)$", printed, flags=re.MULTILINE)
    return {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def matches(wanted: str, printed: str) -> bool:
    """Line by line; `…` stands for anything in a line."""
    pattern = re.escape(wanted.strip()).replace("…", ".*")
    return re.fullmatch(pattern, printed.strip()) is not None


def test_the_comparison_can_fail() -> None:
    assert matches("a … c\n", "a b c")
    assert not matches("a … c\n", "a b d")
    assert not matches("a\n", "a\nb")


def test_every_kind_of_block_is_known() -> None:
    kinds = {kind for kind, _ in blocks()}
    assert kinds == {"sh", "python", "text"}
    assert len(expected()) >= 8


def test_what_the_demonstration_prints_names_no_version_of_a_form() -> None:
    """Nothing runs these blocks: a version in them would be an old one with the next form."""
    unrun = [body for kind, body in BLOCK.findall(PAGE.read_text()) if kind == "console"]
    assert unrun
    assert not [body for body in unrun if re.search(r"\d{4}\.\d+\.\d+", body)]


@pytest.mark.xdist_group("gateway")
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_page_for_integrators(make_database: DatabaseMaker, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with platform(make_database, tmp_path) as running:
        root = lines_of_the_root_page(running.origin)
        (work / "page.sh").write_text(f"{script(work)}\n{root}\n")
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        people = {role.upper(): token for role, token in running.tokens.items()}
        process = await asyncio.create_subprocess_exec(
            "bash",
            "page.sh",
            cwd=work,
            env={"PATH": programs, "USGA": running.origin, "ASSESSMENT": HERE, **people},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await asyncio.wait_for(process.communicate(), timeout=180)
    text = printed.decode()
    assert process.returncode == 0, text
    shown = outputs(text)
    for number, wanted in expected().items():
        assert matches(wanted, shown[number]), f"printed:\n{shown[number]}\nthe page:\n{wanted}"
