"""A database's tables as an oracle reads them: anew whenever something was committed."""

import sqlite3
from pathlib import Path


class Tables:
    """The file of one database; another life of its process has another file."""

    def __init__(self) -> None:
        self._open: tuple[Path, sqlite3.Connection] | None = None
        self._version = -1

    def news(self, path: Path) -> sqlite3.Connection | None:
        """The database, if anything was committed to it since this was asked last."""
        if self._open is None or self._open[0] != path:
            self.close()
            self._open = (path, sqlite3.connect(f"file:{path}?mode=ro", uri=True))
            self._version = -1
        db = self._open[1]
        version = db.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return None
        self._version = version
        return db

    @property
    def db(self) -> sqlite3.Connection | None:
        """The database that is open now."""
        return None if self._open is None else self._open[1]

    def close(self) -> None:
        """Close the file."""
        if self._open is not None:
            self._open[1].close()
            self._open = None
