"""JSON Schemas for bodies that a route reads by itself and only describes to FastAPI."""

from typing import Any

from pydantic import BaseModel

_PREFIX = "#/$defs/"


def inlined_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model with its parts in place; the model must not contain itself.

    A reference in an OpenAPI document is read from the document's root, where pydantic's `$defs`
    are not: generators of clients stumble over it.
    """
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(each) for each in value]
        if not isinstance(value, dict):
            return value
        target = value.get("$ref")
        if isinstance(target, str) and target.startswith(_PREFIX):
            beside = {name: put(each) for name, each in value.items() if name != "$ref"}
            return put(parts[target.removeprefix(_PREFIX)]) | beside
        return {name: put(each) for name, each in value.items()}

    inlined: dict[str, Any] = put(schema)
    return inlined
