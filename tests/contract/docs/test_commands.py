"""Every program, sub-command and option is in docs/commands.md (S-13)."""

import tomllib
from pathlib import Path

from tools.docs import commands


def test_the_document_is_current() -> None:
    assert commands.TARGET.read_text() == commands.text(), "run `make docs`"


def test_every_program_of_the_distributions_is_found() -> None:
    declared: set[str] = set()
    for source in (*Path("services").glob("*/pyproject.toml"), *Path("shared").glob("*/*.toml")):
        declared |= set(tomllib.loads(source.read_text())["project"].get("scripts", {}))
    assert set(commands.programs()) == declared


def test_every_sub_command_has_a_section_and_says_what_it_does() -> None:
    text = commands.TARGET.read_text()
    for program, parser in commands.programs().items():
        found = commands.subcommands(parser)
        assert found
        for name, (summary, _) in found.items():
            assert f"\n### {program} {name}\n" in text
            assert summary, f"{program} {name} has no help"
