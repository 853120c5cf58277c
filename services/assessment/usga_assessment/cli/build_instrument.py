"""`build-instrument NAME -o FILE`: write an instrument of the catalogue as .xlsx or .csv."""

import argparse
from pathlib import Path

from usga_assessment.cli.commands import say
from usga_assessment.domain.catalogue.form import as_csv, as_xlsx
from usga_assessment.domain.catalogue.homes import GENERATED
from usga_assessment.domain.catalogue.instruments import generate
from usga_assessment.domain.catalogue.variants import FULL, VariantRefused
from usga_assessment.domain.catalogue.wording import LANGUAGES


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("build-instrument", help="write an instrument as .xlsx or .csv")
    parser.add_argument("name", choices=sorted(GENERATED))
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.xlsx|FILE.csv")
    parser.add_argument(
        "--language",
        action="append",
        choices=sorted(LANGUAGES),
        help="beside English, even when not complete; default: every complete one; repeatable",
    )
    parser.add_argument("--variant", default=FULL, help="full, or one that the instrument names")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Build the form and write it; the file's ending chooses the form."""
    try:
        sheets = generate(arguments.name, arguments.language, variant=arguments.variant)
    except VariantRefused as refused:
        for finding in refused.findings:
            say(finding, error=True)
        return 1
    output: Path = arguments.output
    if output.suffix == ".csv":
        output.write_text(as_csv(sheets), encoding="utf-8")
    elif output.suffix == ".xlsx":
        output.write_bytes(as_xlsx(sheets))
    else:
        say(f"{output}: the file must end in .xlsx or .csv", error=True)
        return 2
    say(f"{output}: {len(sheets.survey)} rows, {len(sheets.choices)} choices")
    return 0
