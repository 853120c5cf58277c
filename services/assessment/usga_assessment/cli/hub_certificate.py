"""`hub-certificate`: what a hub's server of TLS is given, made where it is not there yet."""

import argparse

from usga_assessment.cli.commands import say
from usga_assessment.settings import Settings
from usga_assessment.storage.hub.certificate import serving_files


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "hub-certificate",
        help="make a hub's certificate; prints the files for its server",
        description="Makes a self-made certificate of the hub's own key, which the centre vouches "
        "for; prints its file and that of the key, for uvicorn's --ssl-certfile and "
        "--ssl-keyfile. Tablets know the hub by the key; `make hub` does this by itself.",
    )
    command.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    files = serving_files(Settings().key_dir)
    say(f"{files.certificate}\n{files.key}")
    return 0
