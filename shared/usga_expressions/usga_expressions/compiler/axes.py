"""Steps of a path by their axes; a name must tell the one definition that is meant."""

from collections.abc import Iterator
from dataclasses import replace

from usga_expressions.compiler.focus import Work
from usga_expressions.compiler.paths import (
    Cursor,
    Test,
    child,
    descend,
    filtered,
    nowhere,
    parent,
)
from usga_expressions.findings import error
from usga_expressions.form import Definition, Kind
from usga_expressions.syntax import Axis, Step

_UP = (Axis.ANCESTOR, Axis.ANCESTOR_OR_SELF)
_BESIDE = (Axis.PRECEDING_SIBLING, Axis.FOLLOWING_SIBLING)


def advance(work: Work, cursor: Cursor, step: Step, test: Test) -> Cursor | None:
    """Follow one step of a path; a step to nothing gives no nodes, and a warning."""
    if cursor.empty:
        return cursor
    moved: Cursor | None
    match step.axis:
        case Axis.CHILD:
            return child(work, cursor, step, test)
        case Axis.SELF:
            moved = cursor
        case Axis.PARENT:
            moved = parent(work, cursor, step)
        case _:
            return _wander(work, cursor, step, test)
    if moved is None or step.name in ("", moved.definition.name):
        return None if moved is None else filtered(work, moved, step, test)
    return nowhere(work, cursor, step)


def _wander(work: Work, cursor: Cursor, step: Step, test: Test) -> Cursor | None:
    if step.axis in _BESIDE:
        return _beside(work, cursor, step, test)
    found = list(_above(cursor, step) if step.axis in _UP else _below(cursor, step))
    if len(found) != 1:
        return _unclear(work, step) if found else nowhere(work, cursor, step)
    if step.axis in _UP:
        moved: Cursor | None = cursor
        while moved is not None and moved.definition is not found[0]:
            moved = parent(work, moved, step)
        return None if moved is None else filtered(work, moved, step, test)
    if step.axis is Axis.DEEP:
        assert found[0].parent is not None
        return child(work, _down(work, cursor, found[0].parent), step, test)
    if step.predicates and not cursor.single:
        return _unclear(work, step)
    return filtered(work, _down(work, cursor, found[0]), step, test)


def _unclear(work: Work, step: Step) -> Cursor | None:
    message = f"{step.axis}{'' if step.axis is Axis.DEEP else '::'}{step.name} is not clear here"
    work.findings.append(
        error("unsupported-path", message, step.position, hint="write the whole path")
    )
    return None


def _above(cursor: Cursor, step: Step) -> Iterator[Definition]:
    at: Definition | None = cursor.definition
    if step.axis is Axis.ANCESTOR and at is not None:
        at = at.parent
    while at is not None:
        if at.name == step.name:
            yield at
        at = at.parent


def _below(cursor: Cursor, step: Step) -> Iterator[Definition]:
    if step.axis is Axis.DESCENDANT_OR_SELF and cursor.definition.name == step.name:
        yield cursor.definition
    waiting = list(cursor.definition.children)
    while waiting:
        at = waiting.pop()
        if at.name == step.name:
            yield at
        waiting += at.children


def _down(work: Work, cursor: Cursor, target: Definition) -> Cursor:
    way: list[Definition] = []
    at = target
    while at is not cursor.definition and at.parent is not None:
        way.append(at)
        at = at.parent
    for each in reversed(way):
        if each.kind is Kind.REPEAT:
            cursor = descend(work, cursor, each)
        else:
            cursor = replace(cursor, definition=each)
    return cursor


def _beside(work: Work, cursor: Cursor, step: Step, test: Test) -> Cursor | None:
    """Follow preceding-sibling and following-sibling, from one node."""
    own, above = cursor.definition, cursor.definition.parent
    target = above.named.get(step.name) if above is not None else None
    if above is None or target is None:
        return nowhere(work, cursor, step)
    if not cursor.single:
        return _unclear(work, step)
    backwards = step.axis is Axis.PRECEDING_SIBLING
    holder = parent(work, cursor, step)
    assert holder is not None
    plain = replace(step, predicates=())
    found = child(work, holder, plain, test)
    if target is own:
        if own.kind is not Kind.REPEAT:
            return nowhere(work, cursor, step)
        each, sign = work.name("u"), "<" if backwards else ">"
        source = f"[{each} for {each} in {found.source} if {each}.i {sign} {cursor.source}.i]"
        found = Cursor(own, source, single=False, other=True)
    elif (above.children.index(target) < above.children.index(own)) is not backwards:
        return nowhere(work, cursor, step)
    if not step.predicates or not backwards or found.single:
        return filtered(work, found, step, test)
    nearest = filtered(work, replace(found, source=f"{found.source}[::-1]"), step, test)
    return replace(nearest, source=f"{nearest.source}[::-1]")
