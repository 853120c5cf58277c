"""The committed description is what the applications say, valid, and without internal routes."""

import json
import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from tools.openapi import merge
from tools.openapi.merge import API, MergeFailed


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return {path.name: content for path, content in merge.files().items()}


@pytest.fixture(scope="module")
def merged(made: dict[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(made["openapi.json"])
    return document


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]


def test_the_committed_files_are_current(made: dict[str, str]) -> None:
    stale = [name for name, text in made.items() if not (API / name).is_file()]
    stale += [n for n, text in made.items() if n not in stale and (API / n).read_text() != text]
    assert not stale, f"run `make openapi`: {stale}"


def test_the_merged_document_is_valid_openapi(merged: dict[str, Any]) -> None:
    validate(merged)


def test_every_reference_leads_somewhere(made: dict[str, str]) -> None:
    dangling = [
        (name, target)
        for name, text in made.items()
        for document in (json.loads(text),)
        for target in set(re.findall(r'"\$ref": "([^"]+)"', text))
        if not leads_somewhere(document, target)
    ]
    assert not dangling


def leads_somewhere(document: Any, target: str) -> bool:
    root, *steps = target.split("/")
    for step in steps:
        document = document.get(step) if isinstance(document, dict) else None
    return root == "#" and document is not None


def test_nothing_internal_is_described_to_the_public(merged: dict[str, Any]) -> None:
    hidden = ("/internal", "/health", "/metrics")
    assert not [path for path in merged["paths"] if path.startswith(hidden)]
    assert "X-USGA-Service" not in json.dumps(merged)


def test_every_operation_has_an_id_of_its_own_a_summary_and_a_description(
    merged: dict[str, Any],
) -> None:
    found = operations(merged)
    ids = [operation["operationId"] for _, operation in found]
    assert len(ids) == len(set(ids))
    bare = [n for n, o in found if not o.get("summary") or not o.get("description")]
    assert not bare, f"no summary or description: {bare}"


def test_every_operation_says_how_it_refuses(merged: dict[str, Any]) -> None:
    silent = [
        name
        for name, operation in operations(merged)
        if "application/problem+json"
        not in operation["responses"].get("default", {}).get("content", {})
    ]
    assert not silent


def describe(path: str, schema: dict[str, Any], operation_id: str = "read") -> dict[str, Any]:
    body = {"schema": {"$ref": "#/components/schemas/Thing"}}
    answer = {"200": {"description": "ok", "content": {"application/json": body}}}
    return {
        "info": {"title": "t", "version": "1"},
        "paths": {path: {"get": {"operationId": operation_id, "responses": answer}}},
        "components": {"schemas": {"Thing": schema, "Unused": {"type": "null"}}},
    }


class TestMerge:
    def test_a_name_with_two_meanings_is_refused(self) -> None:
        one, two = describe("/v1/a", {"type": "string"}), describe("/v1/b", {"type": "integer"})
        with pytest.raises(MergeFailed, match="Thing"):
            merge.merge({"assessment": one, "reports": two})

    def test_a_path_of_two_services_is_refused(self) -> None:
        one, two = describe("/v1/a", {"type": "string"}), describe("/v1/a", {"type": "string"})
        with pytest.raises(MergeFailed, match="/v1/a"):
            merge.merge({"assessment": one, "reports": two})

    def test_equal_operation_ids_are_told_apart_and_unused_schemas_dropped(self) -> None:
        one, two = describe("/v1/a", {"type": "string"}), describe("/v1/b", {"type": "string"})
        document = merge.merge({"assessment": one, "reports": two})
        assert document["paths"]["/v1/b"]["get"]["operationId"] == "reports_read"
        assert set(document["components"]["schemas"]) == {"Thing"}
        assert document["paths"]["/v1/b"]["get"]["tags"] == ["reports"]

    def test_internal_routes_stay_out(self) -> None:
        document = merge.merge({"assessment": describe("/internal/v1/a", {"type": "string"})})
        assert document["paths"] == {}
        assert document["components"]["schemas"] == {}
