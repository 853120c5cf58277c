"""Code of paths: every path of a form is resolved when it is compiled, none at run time."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from usga_expressions.compiler.code import Code, ValueKind
from usga_expressions.compiler.focus import Focus, Work
from usga_expressions.findings import error, warning
from usga_expressions.form import SELECT_MANY, Definition, Kind
from usga_expressions.syntax import Expression, Reference, Step

#: The scope variables of inlined code: s0 is the form, s1 an instance of an outer repeat ...
LOCAL = re.compile(r"s(\d+)")
#: Each condition in a condition multiplies the work by the number of instances or rows.
MAX_CONDITIONS = 4
Test = Callable[[Expression, Focus], str]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Nodes of one definition: in one scope (`single`), or in each scope of a list."""

    definition: Definition
    source: str
    single: bool
    empty: bool = False  # of a path that leads nowhere
    other: bool = False  # in other instances of the repeat than the expression's


def root_cursor(work: Work) -> Cursor:
    """The root of the form, seen from the expression's place."""
    return Cursor(work.form.root, work.scope(len(work.at.chain)), single=True)


def refer(work: Work, reference: Reference) -> Cursor | None:
    """Resolve `${name}` as pyxform does: relative inside a common repeat, else absolute."""
    target = work.form.find(reference.name, work.at)
    if target is None:
        work.findings.append(
            error(
                "unknown-name",
                f"there is no question named {reference.name}",
                reference.position,
                hint=_nearest(work, reference.name),
            )
        )
        return None
    here, there = work.at.chain, target.chain
    common = 0
    while common < min(len(here), len(there)) and here[common] is there[common]:
        common += 1
    cursor = Cursor(target, work.scope(len(here) - common), single=True)
    for repeat in there[common:]:
        cursor = descend(work, cursor, repeat)
    if target.kind is Kind.REPEAT:
        cursor = descend(work, cursor, target)
    return cursor if cursor.definition is target else replace(cursor, definition=target)


def descend(work: Work, cursor: Cursor, repeat: Definition) -> Cursor:
    """From scopes to all instances of a repeat inside them."""
    if cursor.single:
        return Cursor(repeat, f"{cursor.source}.c[{repeat.slot}]", single=False)
    outer, inner = work.name("u"), work.name("u")
    source = f"[{inner} for {outer} in {cursor.source} for {inner} in {outer}.c[{repeat.slot}]]"
    return Cursor(repeat, source, single=False)


def nowhere(work: Work, cursor: Cursor, step: Step) -> Cursor:
    """No nodes: a path that leads nowhere is lawful, if hardly meant."""
    work.findings.append(
        warning(
            "unknown-name",
            f"{cursor.definition.path} holds no {step.name}",
            step.position,
            hint=_nearest(work, step.name),
        )
    )
    return Cursor(cursor.definition, "[]", single=False, empty=True)


def parent(work: Work, cursor: Cursor, step: Step) -> Cursor | None:
    """The nodes that hold those of a cursor; None, with a finding, above the form."""
    above = cursor.definition.parent
    if above is None:
        work.findings.append(error("path-above-root", "the path leaves the form", step.position))
        return None
    if cursor.definition.kind is not Kind.REPEAT:
        return replace(cursor, definition=above)
    if cursor.single:
        return Cursor(above, _above(cursor.source), single=True)
    return Cursor(above, f"parents({cursor.source})", single=False)


def _above(scope: str) -> str:
    local = LOCAL.fullmatch(scope)
    return f"s{int(local[1]) - 1}" if local else f"{scope}.p"


def child(work: Work, cursor: Cursor, step: Step, test: Test) -> Cursor:
    """The nodes of one name inside those of a cursor."""
    inner = cursor.definition.named.get(step.name)
    if inner is None:
        return nowhere(work, cursor, step)
    if inner.kind is not Kind.REPEAT:
        return filtered(work, replace(cursor, definition=inner), step, test)
    if cursor.single or not step.predicates:
        return filtered(work, descend(work, cursor, inner), step, test)
    outer, each = work.name("u"), work.name("u")  # a predicate counts within each parent
    own = filtered(work, Cursor(inner, f"{outer}.c[{inner.slot}]", single=False), step, test)
    source = f"[{each} for {outer} in {cursor.source} for {each} in {own.source}]"
    return Cursor(inner, source, single=False)


def filtered(work: Work, cursor: Cursor, step: Step, test: Test) -> Cursor:
    """The nodes of a cursor for which the predicates of a step hold."""
    for predicate in step.predicates:
        source = f"[{cursor.source}]" if cursor.single else cursor.source
        kept = narrow(work, source, predicate, Focus(cursor.definition), test)
        cursor = replace(cursor, source=kept, single=False)
    return cursor


def narrow(work: Work, source: str, predicate: Expression, focus: Focus, test: Test) -> str:
    """Source of the items of a list for which a predicate holds."""
    if work.conditions == MAX_CONDITIONS:
        message = f"more than {MAX_CONDITIONS} conditions inside each other"
        work.findings.append(error("too-complex", message, predicate.position))
        return "[]"
    item, at, size = work.name("u"), work.name("k"), work.name("z")
    inner = replace(focus, position=at, size=size)
    inner = replace(inner, row=item) if focus.definition is None else replace(inner, scope=item)
    before, work.sized = work.sized, False
    work.crossing += 1
    work.conditions += 1
    condition = test(predicate, inner)
    work.conditions -= 1
    work.crossing -= 1
    sized, work.sized = work.sized, before
    if sized:
        return f"keep({source}, lambda {item}, {at}, {size}: {condition})"
    return f"[{item} for {item} in {source} if {condition}]"


def code_of(work: Work, cursor: Cursor) -> Code:
    """Code of the nodes under a cursor; reading them is remembered."""
    definition, source = cursor.definition, cursor.source
    if cursor.empty:
        return Code("[]", ValueKind.NODES, texts="[]", numbers="[]")
    work.crossing += cursor.other
    work.use(definition)
    work.crossing -= cursor.other
    holds = definition.kind is Kind.QUESTION
    if cursor.single:
        if not holds:
            return Code(f"[{source}]", ValueKind.NODES, texts="['']", numbers="[NAN]")
        text = text_source(work, definition, source)
        number = number_source(work, definition, source)
        return Code(text, ValueKind.NODE, number=number, words=_words(definition, source))
    each = work.name("u")
    if not holds:
        return Code(
            source,
            ValueKind.NODES,
            texts=f"['' for {each} in {source}]",
            numbers=f"[NAN for {each} in {source}]",
        )
    return Code(
        source,
        ValueKind.NODES,
        texts=f"[{text_source(work, definition, each)} for {each} in {source}]",
        numbers=f"[{number_source(work, definition, each)} for {each} in {source}]",
    )


def _words(definition: Definition, scope: str) -> str:
    local = LOCAL.fullmatch(scope)
    if local is None or definition.type not in SELECT_MANY:
        return ""
    return f"w{local[1]}_{definition.slot}"


def text_source(work: Work, definition: Definition, scope: str) -> str:
    """Source of a question's value as text."""
    local = LOCAL.fullmatch(scope)
    if local:
        return f"t{local[1]}_{definition.slot}"
    work.stored.add(definition)
    return f"{scope}.t[{definition.slot}]"


def number_source(work: Work, definition: Definition, scope: str) -> str:
    """Source of a question's value as a number."""
    if not definition.numeric:
        return f"number(f, {text_source(work, definition, scope)})"
    local = LOCAL.fullmatch(scope)
    if local:
        return f"x{local[1]}_{definition.slot}"
    work.stored.add(definition)
    return f"{scope}.x[{definition.slot}]"


def _nearest(work: Work, name: str) -> str | None:
    close = work.form.nearest(name)
    return f"did you mean {close}?" if close else None
