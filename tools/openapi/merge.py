"""One OpenAPI 3.1 document for the whole platform, from the three applications."""

import importlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI

API = Path(__file__).parents[2] / "docs" / "api"
SERVICES = ("assessment", "indicators", "reports")
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
_DESCRIPTION = (
    "One API for urban safety governance assessments: collection (surveys, sync, review), "
    "indicators (releases, observations) and reports. Errors are problem documents (RFC 9457). "
    "Published data need no credential."
)

Document = dict[str, Any]


class MergeFailed(RuntimeError):
    """Two services describe the same thing differently."""


def application(service: str, folder: Path, **settings: str) -> FastAPI:
    """One service's application on an empty folder: described or asked, never started."""
    module = importlib.import_module(f"usga_{service}.app")
    settings_type = importlib.import_module(f"usga_{service}.settings").Settings
    given: dict[str, Any] = {
        "service_token": "0" * 32,
        "database_url": f"sqlite+aiosqlite:///{folder}/none.db",
        "data_dir": folder / "data",
        "key_dir": folder / "keys",
        **settings,
    }
    known = {name: value for name, value in given.items() if name in settings_type.model_fields}
    made: FastAPI = module.create_app(settings_type(_env_file=None, **known))
    return made


def describe(service: str) -> Document:
    """The description that one service's application gives of itself."""
    with tempfile.TemporaryDirectory() as folder:
        return application(service, Path(folder)).openapi()


def describe_hub() -> Document:
    """What a hub answers to tablets: the assessment service with an upstream."""
    with tempfile.TemporaryDirectory() as folder:
        centre = "https://usga.example"
        return application("assessment", Path(folder), upstream=centre).openapi()


def public(document: Document) -> Document:
    """The part that the gateway forwards: /internal stays between the services."""
    paths = {p: item for p, item in document["paths"].items() if not p.startswith("/internal")}
    return {**document, "paths": paths}


def merge(documents: Mapping[str, Document]) -> Document:
    """Join descriptions; a schema that two services name alike must be alike.

    Operation ids get the service's name where two services chose the same one.
    Raises MergeFailed for a path or a schema that two services describe differently.
    """
    merged: Document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Urban Safety Governance Assessments",
            "version": next(iter(documents.values()))["info"]["version"],
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "The origin that served this document."}],
        "tags": [],
        "paths": {},
        "components": {},
    }
    seen: set[str] = set()
    tags: dict[str, str] = {}
    for service, document in documents.items():
        for path, item in public(document)["paths"].items():
            if path in merged["paths"]:
                raise MergeFailed(f"two services describe {path}")
            merged["paths"][path] = item
            for operation in _operations(item):
                operation["tags"] = operation.get("tags") or [service]
                operation["x-usga-service"] = service
                tags |= dict.fromkeys(operation["tags"], service)
                identifier = operation.get("operationId", "")
                if identifier in seen:
                    operation["operationId"] = f"{service}_{identifier}"
                seen.add(operation["operationId"])
        for kind, parts in document.get("components", {}).items():
            _join(merged["components"].setdefault(kind, {}), parts, f"{service}: {kind}")
    merged["tags"] = [
        {"name": tag, "description": f"Answered by the {service} service."}
        for tag, service in sorted(tags.items())
    ]
    _drop_unused_schemas(merged)
    return merged


def _operations(item: Document) -> Iterator[Document]:
    return (operation for method, operation in item.items() if method in _METHODS)


def _join(into: Document, parts: Document, where: str) -> None:
    for name, part in parts.items():
        if into.setdefault(name, part) != part:
            raise MergeFailed(f"{where} {name} differs from another service's")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner.rpartition("/")[2]
            elif key == "mapping" and isinstance(inner, dict):
                yield from (str(target).rpartition("/")[2] for target in inner.values())
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _drop_unused_schemas(document: Document) -> None:
    """Remove what only internal routes used."""
    schemas = document["components"].get("schemas", {})
    needed: set[str] = set()
    waiting = set(_references(document["paths"]))
    while waiting:
        needed |= waiting
        waiting = {r for name in waiting for r in _references(schemas.get(name, {}))} - needed
    document["components"]["schemas"] = {n: s for n, s in schemas.items() if n in needed}


def dump(document: Document) -> str:
    """Stable text, so that a change of the API is a readable diff."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def files() -> dict[Path, str]:
    """Every committed description: path to content."""
    documents = {service: describe(service) for service in SERVICES}
    made = {API / f"{name}.openapi.json": dump(document) for name, document in documents.items()}
    made[API / "openapi.json"] = dump(merge(json.loads(json.dumps(documents))))
    made[API / "hub.openapi.json"] = dump(describe_hub())
    return made
