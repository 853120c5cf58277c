"""Variables of an assessment, read from the documents of its instrument versions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from usga_expressions.parser import parse
from usga_expressions.syntax import references
from usga_shared.wire.implied import implied_by

from usga_indicators.domain.codebook.skips import Skip

#: Types whose answers are numbers.
NUMERIC = frozenset({"integer", "decimal", "range"})
#: Types whose answers are blank-separated choice names.
MULTIPLE = frozenset({"select_multiple", "select_multiple_from_file", "rank"})
#: Types that hold no answer.
_SILENT = frozenset({"note", "acknowledge", "start", "end", "audit", "image", "audio", "video"})
S3 = 3


@dataclass(frozen=True, slots=True)
class Variable:
    """One question as a variable; `versions` are the instrument versions that ask it."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    repeat: str | None = None
    sensitivity: int = 1
    field_class: str = "open"
    relevant: frozenset[str] = frozenset()  # names that decide whether it is asked
    versions: frozenset[str] = frozenset()
    module: str = ""
    made_of: frozenset[str] = frozenset()  # names that it is calculated from

    @property
    def is_numeric(self) -> bool:
        return self.type in NUMERIC

    @property
    def is_multiple(self) -> bool:
        return self.type in MULTIPLE

    @property
    def is_s3(self) -> bool:
        """Whether it is kept in the encrypted extract alone."""
        return self.sensitivity >= S3 or self.field_class == "s3"


@dataclass(frozen=True, slots=True)
class Codebook:
    """The variables of one instrument over its versions, by name."""

    instrument: str
    variables: Mapping[str, Variable]
    versions: tuple[str, ...] = ()
    skips: Mapping[str, Skip] = field(default_factory=dict)
    """Values that the form says are implied by earlier answers (`bind::usga:implied`)."""

    def __contains__(self, name: object) -> bool:
        return name in self.variables

    def __getitem__(self, name: str) -> Variable:
        return self.variables[name]

    def behind(self, name: str) -> frozenset[str]:
        """A name with all that it is calculated from, however far back."""
        found, waiting = {name}, [name]
        while waiting:
            variable = self.variables.get(waiting.pop())
            more = (variable.made_of if variable else frozenset()) - found
            found |= more
            waiting += more
        return frozenset(found)

    def repeats(self) -> frozenset[str]:
        """Names of the repeats that hold variables."""
        return frozenset(v.repeat for v in self.variables.values() if v.repeat)


def codebook_of(documents: Iterable[Mapping[str, Any]]) -> Codebook:
    """Join the versions of one instrument; the first document is the newest and decides."""
    name, versions = "", []
    found: dict[str, Variable] = {}
    skips: dict[str, Skip] = {}
    for document in documents:
        for node in _questions(document.get("nodes") or ()):
            rule = implied_by(node)
            if rule is not None:
                skip = Skip(rule.screener, frozenset(rule.when), rule.value)
                skips.setdefault(node["name"], skip)
        name = name or str(document["name"])
        versions.append(str(document["version"]))
        lists = document.get("choice_lists") or {}
        for variable in _variables(document.get("nodes") or (), lists, None, frozenset()):
            before = found.get(variable.name, variable)
            found[variable.name] = _seen(before, versions[-1])
    return Codebook(name, found, tuple(versions), skips)


def _questions(nodes: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for node in nodes:
        if node["kind"] == "question":
            yield node
        yield from _questions(node.get("children") or ())


def _seen(variable: Variable, version: str) -> Variable:
    return replace(variable, versions=variable.versions | {version})


def _variables(
    nodes: Iterable[Mapping[str, Any]],
    lists: Mapping[str, Any],
    repeat: str | None,
    above: frozenset[str],
) -> Iterable[Variable]:
    for node in nodes:
        relevant = above | _names(node.get("relevant"))
        if node["kind"] == "question":
            if node.get("type") not in _SILENT:
                yield _variable(node, lists, repeat, relevant)
            continue
        inside = node["name"] if node["kind"] == "repeat" else repeat
        yield from _variables(node.get("children") or (), lists, inside, relevant)


def _variable(
    node: Mapping[str, Any],
    lists: Mapping[str, Any],
    repeat: str | None,
    relevant: frozenset[str],
) -> Variable:
    choices = lists.get(node.get("list") or "") or ()
    return Variable(
        name=node["name"],
        type=node["type"],
        choices=tuple(str(c["name"]) for c in choices),
        repeat=repeat,
        sensitivity=int(node.get("sensitivity", 1)),
        field_class=str(node.get("field_class", "open")),
        relevant=relevant,
        module=str(node.get("module") or ""),
        made_of=_names(node.get("calculation")),
    )


@lru_cache(maxsize=4096)
def _names(expression: str | None) -> frozenset[str]:
    tree = parse(expression).expression if expression else None
    return frozenset(references(tree)) if tree is not None else frozenset()
