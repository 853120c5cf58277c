"""XML as a tree with line numbers: no document type, no entity, no depth or size without end."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.wording import unreadable

MAX_DEPTH = 4 * limits.MAX_NESTING
"""A group is at most two elements; below the innermost come control, item, label and output."""

NAMESPACED = " "


@dataclass(slots=True)
class Element:
    """One element; attributes of a namespace are named "{namespace}name"."""

    tag: str
    namespace: str
    attributes: dict[str, str]
    line: int
    content: list["str | Element"] = field(default_factory=list)

    @property
    def children(self) -> list["Element"]:
        """The elements inside, in order."""
        return [part for part in self.content if isinstance(part, Element)]

    @property
    def text(self) -> str:
        """The characters directly inside, without blanks around them."""
        return "".join(part for part in self.content if isinstance(part, str)).strip()

    def get(self, name: str, namespace: str | None = None) -> str | None:
        """The value of an attribute; an empty one is none."""
        key = name if namespace is None else f"{{{namespace}}}{name}"
        return self.attributes.get(key) or None

    def first(self, *tags: str) -> "Element | None":
        """The first child of one of these names."""
        return next((child for child in self.children if child.tag in tags), None)

    def all(self, *tags: str) -> list["Element"]:
        """The children of these names."""
        return [child for child in self.children if child.tag in tags]

    def descendants(self) -> Iterator["Element"]:
        """Every element below, in document order."""
        for child in self.children:
            yield child
            yield from child.descendants()


def parse_xml(data: bytes) -> Element:
    """Parse XML; raises `UnreadableForm` for what is broken, too deep, too large or has a DTD."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=NAMESPACED)
    builder.parser = parser
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the parser takes no keywords
    except (expat.ExpatError, LookupError, ValueError) as broken:
        raise unreadable("xml-broken", f"xform!{parser.CurrentLineNumber}") from broken
    if builder.root is None:
        raise unreadable("xml-broken", "xform!1")
    return builder.root


class _Builder:
    def __init__(self) -> None:
        self.parser: expat.XMLParserType | None = None
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    @property
    def _line(self) -> int:
        return self.parser.CurrentLineNumber if self.parser is not None else 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH:
            raise unreadable("xml-too-deep", f"xform!{self._line}", limit=MAX_DEPTH)
        if self._count > limits.MAX_CELLS:
            raise unreadable("too-many-cells", f"xform!{self._line}", limit=limits.MAX_CELLS)
        namespace, _, tag = name.rpartition(NAMESPACED)
        element = Element(tag, namespace, dict(map(_attribute, attributes.items())), self._line)
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        if self._open:
            self._open[-1].content.append(text)

    def doctype(self, *_: object) -> None:
        raise unreadable("document-type", f"xform!{self._line}")


def _attribute(pair: tuple[str, str]) -> tuple[str, str]:
    namespace, _, name = pair[0].rpartition(NAMESPACED)
    return (f"{{{namespace}}}{name}" if namespace else name), pair[1]
