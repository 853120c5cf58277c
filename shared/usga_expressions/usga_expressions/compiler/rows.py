"""Code of `instance('list')/root/item[...]/column`, and of columns in a choice_filter."""

from collections.abc import Callable

from usga_expressions.compiler.code import Code, ValueKind, text_of
from usga_expressions.compiler.focus import Focus, Work
from usga_expressions.compiler.paths import Test, narrow
from usga_expressions.findings import error
from usga_expressions.syntax import Axis, Binary, Call, Expression, Path, Start, Step, Text, walk

Emit = Callable[[Expression], Code]
_SHAPE = "instance('list')/root/item[...]/column"


def instance_path(
    work: Work, call: Call, steps: tuple[Step, ...], test: Test, emit: Emit
) -> Code | None:
    """Code of a look-up in a choice list or an external list."""
    name = call.arguments[0] if len(call.arguments) == 1 else None
    names = [step.name for step in steps]
    plain = all(step.axis is Axis.CHILD for step in steps)
    if not isinstance(name, Text) or not plain or names[:2] != ["root", "item"] or len(steps) > 3:  # noqa: PLR2004
        work.findings.append(
            error(
                "unsupported-instance",
                "this look-up is not supported",
                call.position,
                expected=_SHAPE,
            )
        )
        return None
    table = name.value.removesuffix(".csv")
    work.tables.add(table)
    source = _rows(work, table, steps[1].predicates, test, emit)
    if len(steps) == 2:  # noqa: PLR2004
        return Code(
            source,
            ValueKind.NODES,
            texts=f"['' for _ in {source}]",
            numbers=f"[NAN for _ in {source}]",
        )
    if steps[2].predicates:
        work.findings.append(
            error(
                "unsupported-instance",
                "a column takes no condition",
                steps[2].position,
                expected=_SHAPE,
            )
        )
        return None
    each, column = work.name("u"), steps[2].name
    texts = f"[{each}[{column!r}] for {each} in {source} if {column!r} in {each}]"
    return Code(
        texts, ValueKind.NODES, texts=texts, numbers=f"[number(f, {each}) for {each} in {texts}]"
    )


def _rows(
    work: Work, table: str, predicates: tuple[Expression, ...], test: Test, emit: Emit
) -> str:
    source = f"f.table({table!r}).rows"
    for place, predicate in enumerate(predicates):
        key = _key(predicate) if place == 0 else None
        if key is not None:
            value = emit(key[1])
            if value.kind in (ValueKind.TEXT, ValueKind.NODE):
                source = f"f.table({table!r}).find({key[0]!r}, {text_of(value)})"
                continue
        source = narrow(work, source, predicate, Focus(None), test)
    return source


def _key(predicate: Expression) -> tuple[str, Expression] | None:
    """Read `column = value` where the value does not look at the row."""
    if not isinstance(predicate, Binary) or predicate.operator != "=":
        return None
    for one, other in ((predicate.left, predicate.right), (predicate.right, predicate.left)):
        column = column_name(one)
        if column is not None and not _looks_at_row(other):
            return column, other
    return None


def column_name(path: Expression) -> str | None:
    """Return the column that a relative path of one step names."""
    if isinstance(path, Path) and path.origin is Start.HERE and len(path.steps) == 1:
        step = path.steps[0]
        if step.axis is Axis.CHILD and not step.predicates:
            return step.name
    return None


def _looks_at_row(expression: Expression) -> bool:
    for node in walk(expression):
        if isinstance(node, Path) and node.origin is Start.HERE:
            return True
        if isinstance(node, Call) and node.name in ("position", "last"):
            return True
    return False


def column_code(work: Work, row: str, column: str) -> Code:
    """Code of one cell of a row, which may be absent."""
    work.columns.add(column)
    optional = f"{row}.get({column!r})"
    texts = f"([{row}[{column!r}]] if {column!r} in {row} else [])"
    each = work.name("u")
    return Code(
        texts,
        ValueKind.NODES,
        texts=texts,
        numbers=f"[number(f, {each}) for {each} in {texts}]",
        optional=optional,
    )
