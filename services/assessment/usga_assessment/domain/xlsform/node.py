"""The parts of an instrument document while they are built, and their JSON shape."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from usga_shared.wire.vocabulary import FieldClass

FORMAT = "usga-instrument/1"
Texts = dict[str, str]


@dataclass(slots=True)
class Node:
    """A question, a group or a repeat, and the row of the survey sheet that it came from."""

    kind: str
    name: str
    type: str
    row: int
    label: Texts = field(default_factory=dict)
    hint: Texts = field(default_factory=dict)
    constraint_message: Texts = field(default_factory=dict)
    list_name: str | None = None
    relevant: str | None = None
    constraint: str | None = None
    required: str | None = None
    calculation: str | None = None
    default: str | None = None
    choice_filter: str | None = None
    repeat_count: str | None = None
    trigger: str | None = None  # the questions whose answers make a tablet calculate
    read_only: bool = False
    appearance: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    module: str | None = None
    sensitivity: int = 1
    field_class: FieldClass = FieldClass.OPEN
    declared: bool = False  # whether a usga column states its sensitivity or class
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Node]" = field(default_factory=list)
    client_only: dict[str, str] = field(default_factory=dict)  # expressions for tablets alone
    xml_name: str | None = None  # its name in the XForm, where the instrument needs another

    def expressions(self) -> Iterator[tuple[str, str]]:
        """The cells of this node that hold expressions, by column."""
        for column in (
            "relevant", "constraint", "required", "calculation", "choice_filter", "repeat_count",
        ):  # fmt: skip
            value = getattr(self, column)
            if value:
                yield column, value

    def as_json(self) -> dict[str, Any]:
        """The node as it stands in the document."""
        apart: dict[str, Any] = {} if self.xml_name is None else {"xml_name": self.xml_name}
        if self.client_only:
            apart["client_only"] = self.client_only
        if self.trigger is not None:
            apart["trigger"] = self.trigger
        return {
            **apart,
            "kind": self.kind, "name": self.name, "type": self.type, "list": self.list_name,
            "label": self.label, "hint": self.hint or None, "relevant": self.relevant,
            "constraint": self.constraint, "constraint_message": self.constraint_message or None,
            "required": self.required, "calculation": self.calculation, "default": self.default,
            "choice_filter": self.choice_filter, "repeat_count": self.repeat_count,
            "read_only": self.read_only, "appearance": self.appearance,
            "parameters": self.parameters, "module": self.module,
            "sensitivity": self.sensitivity, "field_class": self.field_class.value,
            "attributes": self.attributes,
            "children": [child.as_json() for child in self.children],
        }  # fmt: skip


def walk(
    nodes: list[Node], ancestors: tuple[Node, ...] = ()
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Every node with its ancestors, outermost first, in document order."""
    for node in nodes:
        yield node, ancestors
        yield from walk(node.children, (*ancestors, node))


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a list; `extra` holds the columns that choice filters use."""

    name: str
    label: Texts
    extra: dict[str, str]
    row: int
    sheet: str = "choices"  # or that of external choices

    def as_json(self) -> dict[str, Any]:
        """The choice as it stands in the document."""
        return {"name": self.name, "label": self.label, "extra": self.extra}


@dataclass(frozen=True, slots=True)
class FormSettings:
    """The settings sheet."""

    name: str
    version: str
    title: Texts
    public_title: Texts
    public_intro: Texts
    default_language: str
    languages: tuple[str, ...]
    allow_choice_duplicates: bool = False
