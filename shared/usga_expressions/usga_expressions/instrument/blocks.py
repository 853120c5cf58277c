"""Loops over repeats around the generated lines, and which values must be kept in scopes."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from usga_expressions.form import Definition
from usga_expressions.instrument.lines import FAIL, Line, Lines
from usga_expressions.instrument.plan import Part, Plan

_VARIABLE = re.compile(r"\b([txrw])(\d+)_(\d+)\b")
_LITERAL = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
# What stands in an author's literal is matched as the literal: it is not code.
_NUMBER = re.compile(_LITERAL + r"|\bnumber\(f, (t0_\d+)\)", re.DOTALL)
_POSITION = re.compile(_LITERAL + r"|\bs(\d+)\.i\b", re.DOTALL)
_SCOPE = re.compile(_LITERAL + r"|(\bs\d+\b)(?!\.i\b)", re.DOTALL)
_EMPTY = {"t": "''", "x": "NAN", "r": "False", "w": "()"}
_CHECKS = ("constraint", "required", "choice_filter")
_INDENT = "    "


@dataclass(slots=True)
class _Block:
    """Lines that run once for each instance of a chain of repeats (none: once)."""

    chain: tuple[Definition, ...]
    lines: list[Line] = field(default_factory=list)
    members: set[Definition] = field(default_factory=set)
    alone: bool = False  # settles values that other instances read: nothing may join it

    @property
    def sets(self) -> set[str]:
        return {line.sets for line in self.lines if line.sets}

    @property
    def reads(self) -> set[str]:
        return {m[0] for line in self.lines for m in _VARIABLE.finditer(_right(line))}


def _right(line: Line) -> str:
    return line.source.partition(" = ")[2] if line.sets else line.source


class Blocks:
    """Puts the parts of a plan into blocks, in the order in which values settle."""

    def __init__(self, plan: Plan, lines: Lines) -> None:
        self._plan = plan
        self._root = plan.form.root
        self._lines = lines
        self._blocks: list[_Block] = []
        self._settled: set[Definition] = set()
        self._late: list[Part] = []
        for group in plan.order:
            self._add(group)
        for part in self._late:
            self._late_block(part).lines.extend(lines.late(part))
        self._numbers = self._shared_numbers()
        self._bare = self._is_bare()

    def _add(self, group: tuple[Part, ...]) -> None:
        across = set().union(*(self._stored(part) for part in group))
        block = self._block(group[0], across, alone=len(group) > 1)
        for part in group:
            self._settled.add(part.definition)
            at_once = part.calculation is None and self._ready(part)
            if not at_once and (part.constraint or part.required):
                self._late.append(part)
            block.lines.extend(self._lines.settle(part, checks=at_once))
            block.members.add(part.definition)

    def _stored(self, part: Part) -> set[Definition]:
        """What a part reads through scopes, among it all instances of a repeat."""
        compiled = (self._lines.get(part, name) for name in part.compiled)
        return {read for each in compiled if each for read in each.stored}

    def _ready(self, part: Part) -> bool:
        """Whether all that the checks of a part read is settled before it."""
        for name in _CHECKS:
            compiled = self._lines.get(part, name)
            if compiled is None:
                continue
            if not compiled.uses | compiled.across <= self._settled:
                return False
            if any(read.chain for read in compiled.stored):
                return False
        return True

    def _block(self, part: Part, reads: set[Definition], *, alone: bool = False) -> _Block:
        chain = part.definition.chain
        last = self._blocks[-1] if self._blocks else None
        joins = last is not None and last.chain == chain and not alone and not last.alone
        if last is not None and joins and not (chain and reads & last.members):
            return last
        made = _Block(chain, alone=alone)
        self._blocks.append(made)
        return made

    def _late_block(self, part: Part) -> _Block:
        """A block after all others, in which nothing settles."""
        last = self._blocks[-1]
        if last.chain == part.definition.chain and (not last.chain or not last.members):
            return last
        made = _Block(part.definition.chain)
        self._blocks.append(made)
        return made

    def render(self) -> str:
        """The source of the function `fast(f, a0)`."""
        kept = self._kept()
        needed = set().union(*(block.reads for block in self._blocks))
        known = self._lines.constant(self._lines.known(self._root))
        body = list(self._body(kept, needed))
        first = [f"if not {known}.issuperset(a0): {FAIL}", "s0 = Scope(ROOT, None, 1)"]
        if not any(re.search(r"\bs0\b", line) for line in body):
            first.pop()
        roots = sorted(
            name
            for block in self._blocks
            if not block.chain
            for name in block.sets
            if name in needed
        )
        first += [f"{name} = {_EMPTY[name[0]]}" for name in roots]
        first += [f"{_as_number(name)} = NAN" for name in sorted(self._numbers)]
        lines = ["size = 0", *first, *body, "return True"]
        return "def fast(f, a0):\n" + "\n".join(_INDENT + line for line in lines) + "\n"

    def _shared_numbers(self) -> set[str]:
        """Texts of the form itself that several places read as a number: it is read once."""
        found = Counter(
            name
            for block in self._blocks
            for line in block.lines
            for name in _NUMBER.findall(line.source)
            if name
        )
        return {name for name, count in found.items() if count > 1}

    def _number(self, found: re.Match[str]) -> str:
        return _as_number(found[1]) if found[1] in self._numbers else found[0]

    def _is_bare(self) -> bool:
        """Whether nothing is read of the scopes of repeats but positions: none need be made."""
        sources = (x.source for block in self._blocks for x in block.lines if not x.makes_scope)
        return not self._kept() and not any(any(_SCOPE.findall(source)) for source in sources)

    def _source(self, line: Line) -> str:
        source = _NUMBER.sub(self._number, line.source)
        if self._bare:
            source = _POSITION.sub(lambda found: f"i{found[1]}" if found[1] else found[0], source)
        return source

    def _kept(self) -> set[Definition]:
        """Definitions whose values must stand in scopes, not in variables alone."""
        kept = set()
        for part in self._plan.parts:
            kept |= self._stored(part)
        for block in self._blocks:
            kept |= {_owner(self._root, block, name) for name in self._loads(block)}
        return kept

    def _loads(self, block: _Block) -> list[str]:
        missing = block.reads - block.sets
        return sorted(name for name in missing if _depth(name) > 0)

    def _body(self, kept: set[Definition], needed: set[str]) -> Iterator[str]:
        for block in self._blocks:
            if block.lines:
                yield from self._loops(block)
                for name in sorted(block.sets if block.chain else ()):
                    if name in needed:
                        yield _INDENT * len(block.chain) + f"{name} = {_EMPTY[name[0]]}"
                yield from self._inside(block, kept, needed)

    def _loops(self, block: _Block) -> Iterator[str]:
        loads = self._loads(block)
        for depth, repeat in enumerate(block.chain, 1):
            outside = _INDENT * (depth - 1)
            if self._bare:
                rows = f"a{depth - 1}.get({repeat.name!r}) or ()"
                yield outside + f"for i{depth}, a{depth} in enumerate({rows}, 1):"
                continue
            yield outside + f"for s{depth} in s{depth - 1}.c[{repeat.slot}]:"
            yield _INDENT * depth + f"a{depth} = s{depth}.a"
            for name in loads:
                if _depth(name) == depth:
                    slot = name.partition("_")[2]
                    kept = f"t[{slot}].split()" if name[0] == "w" else f"{name[0]}[{slot}]"
                    yield _INDENT * depth + f"{name} = s{depth}.{kept}"

    def _inside(self, block: _Block, kept: set[Definition], needed: set[str]) -> Iterator[str]:
        for line in block.lines:
            if line.makes_scope and self._bare:
                continue
            indent = _INDENT * (len(block.chain) + line.indent)
            source = self._source(line)
            if not line.sets:
                yield indent + source
                continue
            owner = _owner(self._root, block, line.sets)
            if line.sets in needed or (owner in kept and line.sets[0] != "w"):
                yield indent + source
            if line.sets in self._numbers:
                yield indent + f"{_as_number(line.sets)} = number(f, {line.sets})"
            if owner in kept and line.sets[0] != "w":
                depth, slot = len(owner.chain), owner.slot
                yield indent + f"s{depth}.{line.sets[0]}[{slot}] = {line.sets}"


def _as_number(name: str) -> str:
    """The variable that holds the number of a text: `n0_5` of `t0_5`."""
    return f"n{name[1:]}"


def _depth(name: str) -> int:
    return int(name[1:].partition("_")[0])


def _owner(root: Definition, block: _Block, name: str) -> Definition:
    """The definition that a variable belongs to, seen from a block."""
    depth, slot = _depth(name), int(name.partition("_")[2])
    holder = block.chain[depth - 1] if depth else root
    return holder.inside[slot]
