"""`usga-reports render BUNDLE.json -o FILE.pdf|.html`: a report without a service."""

import argparse
import hashlib
import sys
from pathlib import Path

from pydantic import ValidationError
from usga_shared.wire.release import ReleaseBundle

from usga_reports.domain.locale import UnknownLanguage, shipped_languages
from usga_reports.domain.render.pdf import UnrenderableText
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat
from usga_reports.domain.template.lint import UnsoundReport
from usga_reports.domain.template.registry import TEMPLATES


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "render",
        help="render a release bundle",
        description="Render a bundle as the service would, byte for byte. Exit status: 0 done, "
        "1 the report cannot be rendered, 2 a file cannot be read or written.",
    )
    parser.add_argument("bundle", type=Path, help="JSON of GET /internal/v1/releases/ID/bundle")
    parser.add_argument("-o", "--output", type=Path, required=True, help="FILE.pdf or FILE.html")
    parser.add_argument("--template", default="city-report", choices=sorted(TEMPLATES))
    parser.add_argument("--language", default="en")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Render and say the digest."""
    try:
        kind = ReportFormat(arguments.output.suffix.removeprefix(".").lower())
    except ValueError:
        return _fail("the output must end in .pdf or .html", 2)
    try:
        bundle = ReleaseBundle.model_validate_json(arguments.bundle.read_bytes())
    except OSError as error:
        return _fail(f"cannot read {arguments.bundle}: {error.strerror}", 2)
    except ValidationError as error:
        return _fail(f"{arguments.bundle} is no release bundle: {_faults(error)}", 2)
    return _render(bundle, arguments, kind)


def _render(bundle: ReleaseBundle, arguments: argparse.Namespace, kind: ReportFormat) -> int:
    try:
        content = render_report(
            freeze(bundle),
            template=arguments.template,
            language=arguments.language,
            kind=kind,
        )
        arguments.output.write_bytes(content)
    except UnknownLanguage:
        there = ", ".join(shipped_languages())
        return _fail(f"no report in {arguments.language!r}; the languages are: {there}", 1)
    except (UnrenderableText, UnsoundReport) as error:
        return _fail(str(error), 1)
    except OSError as error:
        return _fail(f"cannot write {arguments.output}: {error.strerror}", 2)
    print(f"{hashlib.sha256(content).hexdigest()}  {arguments.output}")  # noqa: T201 - its answer
    return 0


def _faults(error: ValidationError) -> str:
    """The first faults, each with its place; never a value."""
    faults = error.errors(include_url=False, include_input=False)
    said = [f"/{'/'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in faults[:3]]
    more = len(faults) - len(said)
    return "; ".join([*said, f"and {more} more"] if more else said)


def _fail(message: str, status: int) -> int:
    print(f"usga-reports: {message}", file=sys.stderr)  # noqa: T201 - its answer
    return status
