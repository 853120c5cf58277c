"""docs/settings.md: every setting of every service, from the classes that read them."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

TARGET = Path(__file__).parents[2] / "docs" / "settings.md"
SERVICES = ("assessment", "indicators", "reports")
_HEAD = """# Settings

Made by `make docs` from the services' settings classes; do not edit.

A service reads environment variables, and a file `.env` in its working directory. The gateway's
values are in `deploy/gateway/README.md`; examples of all of them in `deploy/env/`. Everything that
is not *required* works when absent.
"""


def settings_of(service: str) -> type[BaseSettings]:
    """The settings class of a service."""
    found: type[BaseSettings] = importlib.import_module(f"usga_{service}.settings").Settings
    return found


def variable(service: str, name: str) -> str:
    """The environment variable of one field."""
    return f"{settings_of(service).model_config['env_prefix']}{name}".upper()


def _kind(field: FieldInfo) -> str:
    annotation = field.annotation
    names = [
        getattr(part, "__name__", str(part)) for part in get_args(annotation) or (annotation,)
    ]
    known = {"str": "text", "SecretStr": "secret", "int": "whole number", "float": "number"}
    known |= {"bool": "true or false", "Path": "path", "NoneType": "absent"}
    return " or ".join(known.get(name, name) for name in names)


def _limits(field: FieldInfo) -> str:
    words: list[str] = []
    for rule in field.metadata:
        match rule:
            case Ge(ge=value):
                words.append(f"at least {value:,}")
            case Gt(gt=value):
                words.append(f"more than {value}")
            case Le(le=value):
                words.append(f"at most {value:,}")
            case Lt(lt=value):
                words.append(f"less than {value}")
            case MinLen(min_length=value):
                words.append(f"{value} characters or more")
            case MaxLen(max_length=value):
                words.append(f"{value} characters at most")
            case _:
                pattern = getattr(rule, "pattern", None)
                words += [f"matches `{pattern}`"] if pattern else []
    return ", ".join(words)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or isinstance(value, SecretStr):
        return "none"
    return f"`{value}`" if str(value) else "empty"


def _rows(service: str) -> Iterator[str]:
    for name, field in settings_of(service).model_fields.items():
        cells = (f"`{variable(service, name)}`", _kind(field), _default(field), _limits(field))
        described = (field.description or "").replace("|", "\\|").replace("\n", " ")
        escaped = (cell.replace("|", "\\|") for cell in cells)
        yield f"| {' | '.join(escaped)} | {described} |"


def text() -> str:
    """The whole document."""
    parts = [_HEAD]
    for service in SERVICES:
        parts.append(f"\n## {service}\n")
        parts.append("| variable | kind | default | limits | meaning |\n|---|---|---|---|---|")
        parts += _rows(service)
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
    print(f"wrote {TARGET}")
