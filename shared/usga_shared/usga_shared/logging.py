"""One JSON object a line: an event name and fields; never an answer, name, place or token."""

import errno
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson

_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
#: What the standard library would find out for each record: its caller, thread, process and task.
_NOT_IN_THE_LINE = (
    "_srcfile", "logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks",
)  # fmt: skip


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON line; exceptions give type and places, never their text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update((k, v) for k, v in record.__dict__.items() if k not in _PLAIN)
        if record.exc_info and record.exc_info[1] is not None:
            line.update(describe_exception(record.exc_info[1]))
        return orjson.dumps(line, default=str).decode()


def describe_exception(error: BaseException) -> dict[str, Any]:
    """Type and stack of an exception without its message, which may hold an answer.

    An error of the system is told by its name (EROFS), without the path.
    """
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    number = error.errno if isinstance(error, OSError) else None
    name = f"[{errno.errorcode.get(number, number)}]" if number is not None else ""
    return {
        "error": f"{type(error).__module__}.{type(error).__qualname__}{name}",
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def configure(level: str) -> None:
    """Send everything to standard output as JSON; the servers' own loggers included."""
    for unused in _NOT_IN_THE_LINE:  # logging's own way to make records cheaper
        setattr(logging, unused, None)
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # the canonical line replaces it
    logging.getLogger("httpx").setLevel("WARNING")  # its lines carry whole URLs
