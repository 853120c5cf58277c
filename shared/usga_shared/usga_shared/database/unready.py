"""What a command says when its database is not there, or has no tables yet."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

UNREADY = (DBAPIError, ConnectionError)
"""What a database that is not ready raises; other faults raise the first one, too."""

_NO_TABLES = ("no such table", "UndefinedTableError", "InvalidCatalogNameError")
_NO_SERVER = ("Connect call failed", "Connection refused")


def unready_line(error: BaseException, *, url: str, service: str) -> str | None:
    """Which database was meant and what to do; None when it is another fault.

    No password is repeated.
    """
    text = str(error)
    shown = make_url(url).render_as_string(hide_password=True)
    setting = f"USGA_{service.upper()}_DATABASE_URL"
    which = f"{shown} ({setting}, or its default)"
    if any(mark in text for mark in _NO_TABLES):
        return (
            f"the database {which} has no tables of this service: is another one meant? "
            f"`make migrate SERVICE={service}` brings this one up."
        )
    if isinstance(error, ConnectionError) or any(mark in text for mark in _NO_SERVER):
        return f"the database {which} cannot be reached: does it run, is the address right?"
    return None
