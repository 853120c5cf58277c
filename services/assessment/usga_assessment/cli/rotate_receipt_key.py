"""`rotate-receipt-key`: sign with a new key from now on; old receipts keep verifying."""

import argparse

from usga_assessment.cli.commands import say
from usga_assessment.settings import Settings
from usga_assessment.storage.keys import Keyring


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "rotate-receipt-key",
        help="make a new key for receipts; the old ones stay published",
        description="Makes the key that signs receipts from now on. A running service takes it "
        "with its next receipt; earlier keys stay published, so that old receipts verify. "
        "Tablets ask for the new key by themselves.",
    )
    command.set_defaults(run=_run)


def _run(_arguments: argparse.Namespace) -> int:
    keyring = Keyring(Settings().key_dir)
    before = len(keyring.receipt_keys())
    made = keyring.rotate_receipt_key()
    say(f"receipts are signed with {made.kid} from now on; {before} older keys stay published")
    return 0
