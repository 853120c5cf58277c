"""Pages lead where they say, name what exists, and every distribution introduces itself."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path()
MADE_ELSEWHERE = {"var", ".venv", "swagger-ui"}
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *(p for d in ("docs", "services", "shared", "deploy", "tests")
                                       for p in (ROOT / d).rglob("*.md")))
    if not MADE_ELSEWHERE & set(page.parts)
)  # fmt: skip
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
ANCHOR = re.compile(r"\[[^\]]*\]\(([^)#\s]*)#([^)\s]+)\)")
NAMED = re.compile(
    r"`((?:docs|deploy|services|shared|tests|tools|migrations|requirements)/[A-Za-z0-9_./@-]+)`"
)
API = (Path("docs/api/openapi.json"), Path("docs/api/hub.openapi.json"))
ADDRESS = re.compile(r"(?<!internal)/v1/[\w{}$./-]+")
DISTRIBUTIONS = sorted(
    path.parent for d in ("services", "shared") for path in (ROOT / d).glob("*/pyproject.toml")
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_files(page: Path) -> None:
    targets = [t for t in LINK.findall(page.read_text()) if "://" not in t]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_to_headings(page: Path) -> None:
    for target, heading in ANCHOR.findall(page.read_text()):
        text = (page.parent / target if target else page).read_text()
        assert heading in {slug(h) for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_paths_in_the_text_exist(page: Path) -> None:
    named = NAMED.findall(page.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_addresses_of_the_api_exist(page: Path) -> None:
    """An address, or the beginning of some; `{x}`, `$X` and `...` stand for any segment."""
    described = [path for api in API for path in json.loads(api.read_text())["paths"]]
    known = [path.strip("/").split("/") for path in described]
    named = {address.rstrip("/.") for address in ADDRESS.findall(page.read_text())}
    assert sorted(a for a in named if not any(begins(path, a) for path in known)) == []


def begins(path: list[str], address: str) -> bool:
    asked = address.strip("/").split("/")
    same = (a == p or p[0] == "{" or a[0] in "{$." for a, p in zip(asked, path, strict=False))
    return len(asked) <= len(path) and all(same)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", Path("Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", page.read_text(), re.MULTILINE))
    assert used - targets == set()


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=str)
def test_every_distribution_has_a_page_that_names_its_parts(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    package = next(path for path in folder.iterdir() if (path / "__init__.py").exists())
    parts = {p.name for p in package.iterdir() if p.is_dir() and any(p.glob("*.*"))}
    if folder.parts[0] == "services":
        parts |= {f"domain/{p.name}" for p in (package / "domain").iterdir() if p.is_dir()}
        parts -= {"domain"}
    hidden = {part for part in parts if part.rpartition("/")[2].startswith("__")}
    named = set(re.findall(rf"`(?:{package.name}\.)?([\w/]+)`", text))
    assert sorted(parts - hidden - named) == []
    assert len(text.splitlines()) <= 80, "short, please"


def test_the_root_page_is_one_screen_and_names_every_folder() -> None:
    text = Path("README.md").read_text()
    assert len(text.splitlines()) <= 75
    tracked = {"services", "shared", "migrations", "deploy", "docs", "tests", "tools"}
    assert [folder for folder in tracked if f"`{folder}/`" not in text] == []


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=str)
def test_versions_are_the_platforms(folder: Path) -> None:
    versions = {
        tomllib.loads((each / "pyproject.toml").read_text())["project"]["version"]
        for each in DISTRIBUTIONS
    }
    assert tomllib.loads((folder / "pyproject.toml").read_text())["project"]["version"] in versions
    assert len(versions) == 1


@pytest.mark.parametrize("name", ["usga_shared", "usga_tablet"])
def test_examples_of_shared_distributions_are_python_that_imports(name: str) -> None:
    text = Path(f"shared/{name}/README.md").read_text()
    (example,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    subprocess.run([sys.executable, "-W", "error", "-c", example], check=True, timeout=120)


def test_decisions_are_numbered_without_gaps_and_have_their_parts() -> None:
    pages = sorted(Path("docs/adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text()
        assert text.startswith(f"# ADR-{page.name[:4]}: ")
        parts = ("Status:", "**Context.**", "**Decision.**", "**Consequences.**")
        assert [part for part in (*parts, "**Alternatives.**") if part not in text] == [], page
