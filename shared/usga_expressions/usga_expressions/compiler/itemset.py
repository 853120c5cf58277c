"""Choices that are answers of a repeat: `select_one ${name}`, by the paths pyxform writes."""

import re
from dataclasses import replace

from usga_expressions.compiler.code import Code
from usga_expressions.compiler.focus import Work
from usga_expressions.compiler.paths import Cursor, code_of, descend
from usga_expressions.form import Definition, Form, Kind

_REFERENCE = re.compile(r"\$\{\s*([^}\s]+)\s*\}")


def resolve(form: Form, select: Definition) -> bool:
    """Find the nodes that `${name}` or `/data/...` of a select offers; False when it names none.

    A question names the nodes that hold it; a repeat or a group is meant itself, and the names of
    its value and label are those of the select.
    """
    found = _named(form, select)
    if found is None:
        return False
    if found.kind is Kind.QUESTION:
        select.rows = found.parent
        select.value = select.shown = found
    else:
        select.rows = found
        select.value = _below(found, select.key)
        select.shown = _below(found, select.label) or select.value
    return select.value is not None


def _named(form: Form, select: Definition) -> Definition | None:
    name = select.choices or ""
    reference = _REFERENCE.fullmatch(name)
    if reference is not None:
        return form.find(reference[1], select)
    return _below(form.root, name.split("/", 2)[-1])


def _below(above: Definition, path: str) -> Definition | None:
    at: Definition | None = above
    for name in path.split("/"):
        at = at.named.get(name) if at is not None else None
    return at


def base_of(select: Definition, target: Definition) -> Definition | None:
    """The node that the path from a select to `${name}` turns round at; None: it is absolute.

    So that all instances are offered, pyxform goes one step above the innermost repeat that both
    share; but not where that repeat stands in another one and holds the select itself.
    """
    around = _ancestors(select)
    shared = [each for each in _ancestors(target) if each in around]
    repeat = next((each for each in shared if each.kind is Kind.REPEAT), None)
    if repeat is None:
        return None
    if repeat is target.repeat and (repeat.repeat is None or select.repeat is not repeat):
        return repeat.parent
    return shared[0]


def _ancestors(definition: Definition) -> list[Definition]:
    found, at = [], definition.parent
    while at is not None:
        found.append(at)
        at = at.parent
    return found


def row_holds(select: Definition, target: Definition) -> bool:
    """Whether `${name}` in the filter of a select is read from the row that is tested."""
    rows, value = select.rows, select.value
    if rows is None or value is None or rows not in _ancestors(target):
        return False
    return base_of(select, target) is base_of(select, value)


def nodes(work: Work, select: Definition, target: Definition) -> Cursor:
    """The nodes of a question as a select sees them, from where the expression stands."""
    return _from(work, base_of(select, target) or work.form.root, target)


def _rows(work: Work, select: Definition) -> Cursor:
    assert select.rows is not None
    assert select.value is not None
    return _from(work, base_of(select, select.value) or work.form.root, select.rows)


def _from(work: Work, base: Definition, target: Definition) -> Cursor:
    root = work.form.root
    own, wanted = work.at.chain, (*base.chain, *([base] if base.kind is Kind.REPEAT else []))
    common = 0
    while common < min(len(own), len(wanted)) and own[common] is wanted[common]:
        common += 1
    start = wanted[common - 1] if common else root
    cursor = Cursor(start, work.scope(len(own) - common), single=True)
    way = [target]
    while way[0] is not start and way[0].parent is not None:
        way.insert(0, way[0].parent)
    for each in way[1:] if way[0] is start else way:
        if each.kind is Kind.REPEAT:
            cursor = descend(work, cursor, each)
        else:
            cursor = replace(cursor, definition=each)
    return cursor


def rows_code(work: Work, select: Definition) -> Code:
    """Code of the nodes that a select offers; what they hold is read across instances."""
    cursor = _rows(work, select)
    work.crossing += 1
    for read in (select.value, select.shown):
        if read is not None:
            work.use(read)
            work.stored.add(read)
    code = code_of(work, cursor)
    work.crossing -= 1
    return code


def texts_code(work: Work, select: Definition, read: Definition) -> str:
    """Source of the list of the texts of one question in the nodes that a select offers."""
    work.crossing += 1
    work.use(read)
    work.stored.add(read)
    rows = _rows(work, select)
    work.crossing -= 1
    source = f"[{rows.source}]" if rows.single else rows.source
    each = work.name("u")
    return f"[{each}.t[{read.slot}] for {each} in {source}]"
