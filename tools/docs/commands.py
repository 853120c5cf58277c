"""docs/commands.md: every command and sub-command, from the parsers themselves."""

import argparse
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from unittest.mock import patch

# argparse has no public way to list what a parser accepts.
# ruff: noqa: SLF001

TARGET = Path(__file__).parents[2] / "docs" / "commands.md"
_HEAD = """# Commands

Made by `make docs` from the programs' own parsers; do not edit.

The programs come with the services (`usga-tablet` with the reference tablet). Every one explains
itself with `--help`. Those of a service read its settings (`docs/settings.md`); what needs a
database says so. `. var/keys/environment` (`var/postgres/keys/environment` with DB=postgres) sets
them for the platform that `make run` started. A service itself is started with `uvicorn --factory
usga_<service>.app:create_app`, its database brought up with `python -m
usga_shared.database.migrate <service>` (the database of its setting); `make` lists the rest.
"""


class _Found(Exception):
    """Carries a parser out of its program; no error."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def programs() -> dict[str, argparse.ArgumentParser]:
    """The parser of each program that the distributions install."""
    installed = entry_points(group="console_scripts")
    return {
        entry.name: _parser(entry.load())
        for entry in sorted(installed, key=lambda entry: entry.name)
        if entry.name.startswith("usga-")
    }


def _parser(main: Callable[[list[str]], int]) -> argparse.ArgumentParser:
    def stop(parser: argparse.ArgumentParser, *_: object) -> None:
        raise _Found(parser)

    with patch.object(argparse.ArgumentParser, "parse_args", stop):
        try:
            main([])
        except _Found as found:
            return found.parser
    raise TypeError(f"{main} parses no arguments")


def subcommands(parser: argparse.ArgumentParser) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """One line of help and the parser of each sub-command, by name."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return {name: (helps.get(name, ""), sub) for name, sub in action.choices.items()}
    return {}


def arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A row for each argument of a sub-command."""
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        words = (action.help or "").replace("|", "\\|")
        if action.choices:
            words += f" ({', '.join(map(str, action.choices))})"
        required = action.required and action.nargs not in {"*", "?"}
        needed = "yes" if required else f"`{action.default}`" if action.default else ""
        yield f"| `{name}` | {needed} | {' '.join(words.split())} |"


def text() -> str:
    """The whole document."""
    lines = [_HEAD]
    for program, parser in programs().items():
        lines.append(f"\n## {program}\n")
        lines.append(" ".join((parser.description or "").partition("\n\n")[0].split()))
        lines += _table(parser)
        for name, (summary, sub) in subcommands(parser).items():
            lines.append(f"\n### {program} {name}\n")
            said = [summary, *([sub.description] if sub.description else [])]
            lines.append(" ".join(f"{_sentence(words)}" for words in said if words))
            lines += _table(sub)
    return "\n".join(lines) + "\n"


def _table(parser: argparse.ArgumentParser) -> list[str]:
    rows = list(arguments(parser))
    head = "\n| argument | required or default | meaning |\n|---|---|---|"
    return [head, *rows] if rows else []


def _sentence(words: str) -> str:
    plain = " ".join(words.split())
    return f"{plain[:1].upper()}{plain[1:]}{'' if plain.endswith('.') else '.'}"
