"""`compile-form FILE [--json]`: check a form; exit 0 clean, 1 errors, 2 unreadable."""

import argparse
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import orjson
from usga_shared.i18n import LANGUAGES

from usga_assessment.cli.commands import say
from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.codebook import codebook, sections
from usga_assessment.domain.xlsform.compiler import CompiledForm, compile_form, digest_of
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.wording import ENGLISH, all_in_language, expected_word, verdict

CLEAN, ERRORS, UNREADABLE = 0, 1, 2


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("compile-form", help="check an XLSForm, with findings by cell")
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("-o", "--output", type=Path, help="write the instrument document here")
    parser.add_argument("--xform", type=Path, help="write the XForm for other clients here")
    parser.add_argument("--codebook", type=Path, help="write variables and sections here (JSON)")
    parser.add_argument("--lang", choices=LANGUAGES, default=ENGLISH, help="language of findings")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compile the file and print what there is to say."""
    try:
        with arguments.file.open("rb") as stream:
            data = stream.read(limits.MAX_FILE_BYTES + 1)
    except OSError as error:
        say(f"{arguments.file}: {error.strerror}", error=True)
        return UNREADABLE
    form = compile_form(data)
    form = replace(form, findings=all_in_language(form.findings, arguments.lang))
    try:
        _tell(form, arguments)
    except BrokenPipeError:  # `| head` has read enough; the exit status still says the verdict
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    try:
        _write(form, arguments)
    except OSError as problem:
        say(f"{problem.filename}: {problem.strerror}", error=True)
        return UNREADABLE
    if not form.readable:
        return UNREADABLE
    return ERRORS if form.refused else CLEAN


def _tell(form: CompiledForm, arguments: argparse.Namespace) -> None:
    if arguments.json:
        say(orjson.dumps(summary(form), option=orjson.OPT_INDENT_2).decode())
    else:
        for finding in form.findings:
            say(line(finding, arguments.lang))
        say(_verdict(form, arguments.lang))
    sys.stdout.flush()


def _write(form: CompiledForm, arguments: argparse.Namespace) -> None:
    """Write what was asked for of a form that is accepted; of a refused one nothing exists."""
    if form.document is None:
        return
    if arguments.output is not None:
        arguments.output.write_bytes(orjson.dumps(form.document, option=orjson.OPT_SORT_KEYS))
    if arguments.xform is not None:
        arguments.xform.write_text(form.xform or "", encoding="utf-8")
    if arguments.codebook is not None:
        book = {
            "sections": [asdict(section) for section in sections(form.document)],
            "variables": [asdict(variable) for variable in codebook(form.document)],
        }
        arguments.codebook.write_bytes(orjson.dumps(book, option=orjson.OPT_INDENT_2))


def line(finding: Finding, language: str = ENGLISH) -> str:
    """A finding as one line: place, severity, rule, message, expectation, hint."""
    more = [f"{expected_word(language)} {finding.expected}"] if finding.expected else []
    more += [finding.hint] if finding.hint else []
    tail = f" ({'; '.join(more)})" if more else ""
    where = finding.cell or "form"
    return f"{where}: {finding.severity}: {finding.code}: {finding.message}{tail}"


def summary(form: CompiledForm) -> dict[str, Any]:
    """The outcome as JSON."""
    document = form.document
    facts: dict[str, Any] = {}
    if document is not None:
        facts = {
            "name": document["name"],
            "version": document["version"],
            "languages": document["languages"],
            "questions": document["size"]["questions"],
            "digest": digest_of(document),
        }
    return {
        "accepted": not form.refused,
        "readable": form.readable,
        "instrument": facts or None,
        "findings": [finding.as_json() for finding in form.findings],
    }


def _verdict(form: CompiledForm, language: str) -> str:
    if form.document is None:
        return verdict(language, None)
    named = f"{form.document['name']} {form.document['version']}"
    size, digest = form.document["size"]["questions"], digest_of(form.document)
    return verdict(language, {"form": named, "size": size, "digest": digest})
