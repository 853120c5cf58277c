"""Where the catalogue's sources are: data files of the package."""

from importlib.resources import files
from importlib.resources.abc import Traversable

PACKAGE = "usga_assessment"
GENERATED = ("hvs", "kii", "fgd", "saw", "gsc", "adm", "adm_agg", "rap")
"""The instruments that are generated from source, in the order of the catalogue."""
OVERLAYS = ("overlays/ke", "overlays/mx", "overlays/uz")
"""What countries change."""
PACKS = ("ke-mathare", "mx-iztapalapa", "uz-chilanzar")
"""What cities load."""


def home(name: str) -> Traversable:
    """The folder of an instrument or overlay; of what all share, when `name` is empty."""
    root = files(PACKAGE) / "instruments"
    return root.joinpath(*name.split("/")) if name else root


def file_text(folder: Traversable, name: str) -> str:
    """The text of a file; empty when there is none."""
    path = folder / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""
