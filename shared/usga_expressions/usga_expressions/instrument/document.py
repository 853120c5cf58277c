"""Reading an instrument document (`usga-instrument/1`) into a form and its questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from usga_expressions.environment import Table
from usga_expressions.form import Definition, Form, Kind

FORMAT = "usga-instrument/1"
#: Groups and repeats inside each other; deeper documents are refused before anything is compiled.
MAX_NESTING = 32
NUMERIC = frozenset({"integer", "int", "decimal", "range"})


class InvalidInstrument(ValueError):
    """The document is no instrument: wrong format or shape."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the document says of one definition, still as text."""

    definition: Definition
    relevant: str | None
    constraint: str | None
    required: str | None
    calculation: str | None
    default: str | None
    choice_filter: str | None
    repeat_count: str | None
    trigger: str | None
    read_only: bool
    parameters: Mapping[str, Any]
    node: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A document, read: the form, what is said of each definition, and the choice lists."""

    form: Form
    sources: tuple[Source, ...]
    tables: Mapping[str, Table]
    external: frozenset[str]
    language: str
    speaks_several: bool = False
    """Whether tablets may show it in more than one language."""


def read(document: Mapping[str, Any]) -> Document:
    """Read a document; raises InvalidInstrument when it is none."""
    if document.get("format") != FORMAT:
        raise InvalidInstrument(f"the document is not in the format {FORMAT}")
    form = Form()
    nodes = document.get("nodes")
    if not isinstance(nodes, list):
        raise InvalidInstrument("the document has no list of nodes")
    sources = tuple(_read_nodes(form, nodes, None, 0))
    tables = {
        name: Table(rows, itext=name if _translated(rows) else "")
        for name, rows in _lists(document.get("choice_lists"))
    }
    external = frozenset(
        str(name).rsplit(".", 1)[0] for name in document.get("external_lists") or ()
    )
    return Document(
        form,
        sources,
        tables,
        external,
        str(document.get("default_language") or ""),
        len(document.get("languages") or ()) > 1,
    )


def _lists(found: object) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    if found is not None and not isinstance(found, Mapping):
        raise InvalidInstrument("the choice lists have no names")
    for name, rows in (found or {}).items():
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            raise InvalidInstrument(f"the choice list {name} is no list of choices")
        yield str(name), rows


def _translated(rows: Sequence[Mapping[str, Any]]) -> bool:
    labels = (row.get("label") for row in rows)
    return any(isinstance(label, Mapping) and set(label) - {"default"} for label in labels)


def _read_nodes(
    form: Form, nodes: Sequence[Any], parent: Definition | None, depth: int
) -> Iterator[Source]:
    if depth > MAX_NESTING:
        raise InvalidInstrument(f"more than {MAX_NESTING} groups inside each other")
    for node in nodes:
        if not isinstance(node, Mapping) or not isinstance(node.get("name"), str):
            raise InvalidInstrument("a node has no name")
        try:
            kind = Kind(node.get("kind", "question"))
        except ValueError as problem:
            raise InvalidInstrument("a node is neither group nor repeat nor question") from problem
        type_ = str(node.get("type") or "")
        definition = form.add(
            kind,
            node["name"],
            parent=parent,
            type_=type_,
            numeric=type_ in NUMERIC,
            choices=_list_name(node),
        )
        parameters, children = node.get("parameters") or {}, node.get("children") or ()
        if not isinstance(parameters, Mapping) or not isinstance(children, (list, tuple)):
            raise InvalidInstrument(f"the node {node['name']} has another shape")
        definition.key = str(parameters.get("value") or "name")
        definition.label = str(parameters.get("label") or "label")
        yield _source(definition, node)
        yield from _read_nodes(form, children, definition, depth + 1)


def _list_name(node: Mapping[str, Any]) -> str | None:
    name = node.get("list")
    return None if not name else str(name).rsplit(".", 1)[0]


def _source(definition: Definition, node: Mapping[str, Any]) -> Source:
    def text(key: str) -> str | None:
        value = node.get(key)
        return None if value is None or str(value).strip() == "" else str(value)

    return Source(
        definition,
        text("relevant"),
        text("constraint"),
        text("required"),
        text("calculation"),
        text("default"),
        text("choice_filter"),
        text("repeat_count"),
        text("trigger"),
        bool(node.get("read_only")),
        node.get("parameters") or {},
        node,
    )
