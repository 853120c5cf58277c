"""The command line of the indicators service: `usga-indicators COMMAND ...`."""

from usga_indicators.cli.main import main

__all__ = ["main"]
