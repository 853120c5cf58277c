"""Ibis expressions of the functions that indicators need."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from usga_expressions.columns.more import MORE
from usga_expressions.columns.piece import Piece, as_number, as_text, as_truth, known
from usga_expressions.compiler.code import ValueKind

_T, _N, _B = ValueKind.TEXT, ValueKind.NUMBER, ValueKind.BOOLEAN
#: Doubles from here on are whole; rounding leaves them as they are.
_WHOLE = 2.0**52
Build = Callable[[Sequence[Piece]], Piece | None]


def _number(make: Callable[[Any], Any]) -> Build:
    def build(arguments: Sequence[Piece]) -> Piece:
        number = as_number(arguments[0])
        return Piece(_N, lambda table: make(number.build(table)))

    return build


def _rounding(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(number: Any) -> Any:
        import ibis  # noqa: PLC0415 - an optional extra

        small = number.abs() < _WHOLE
        inside = small.ifelse(number, ibis.literal(0.0))
        return small.ifelse(make(inside).cast("float64"), number)

    return apply


def _floor(number: Any) -> Any:
    return number.floor()


_integer = _rounding(lambda x: (x < 0).ifelse(x.ceil(), x.floor()))


def _round(arguments: Sequence[Piece]) -> Piece | None:
    number = as_number(arguments[0])
    digits = as_number(arguments[1]).constant if len(arguments) > 1 else 0.0
    if not isinstance(digits, float) or math.isnan(digits):
        return None
    factor = 10.0 ** abs(int(digits))
    half = _rounding(lambda x: (x + 0.5).floor())

    def build(table: Any) -> Any:
        value = number.build(table)
        return half(value / factor) * factor if digits < 0 else half(value * factor) / factor

    return Piece(_N, build)


def _extreme(name: str) -> Build:
    def build(arguments: Sequence[Piece]) -> Piece:
        numbers = [as_number(argument) for argument in arguments]

        def make(table: Any) -> Any:
            import ibis  # noqa: PLC0415

            values = [number.build(table) for number in numbers]
            complete = ibis.and_(*(value.notnull() for value in values))
            chosen = ibis.greatest(*values) if name == "max" else ibis.least(*values)
            return complete.ifelse(chosen, ibis.null("float64"))

        return Piece(_N, make)

    return build


def _not(arguments: Sequence[Piece]) -> Piece:
    truth = as_truth(arguments[0])
    return Piece(_B, lambda table: ~truth.build(table))


def _if(arguments: Sequence[Piece]) -> Piece | None:
    test, then, other = as_truth(arguments[0]), arguments[1], arguments[2]
    kinds = {_T if piece.kind is ValueKind.NODE else piece.kind for piece in (then, other)}
    numeric = any(piece.numeric for piece in (then, other))
    if kinds in ({_B}, {_N}):
        one, two, kind = then, other, kinds.pop()
    elif numeric and all(_is_number(piece) for piece in (then, other)):
        one, two = as_number(then), as_number(other)
        kind = _N if _N in kinds else _T
    else:
        texts = as_text(then), as_text(other)
        if texts[0] is None or texts[1] is None:
            return None
        one, two, kind = texts[0], texts[1], _T
    return Piece(
        kind,
        lambda table: test.build(table).ifelse(one.build(table), two.build(table)),
        numeric=numeric and kind is _T,
    )


def _is_number(piece: Piece) -> bool:
    """Whether nothing is lost when a value is kept as a number: '' is none."""
    return piece.kind is _N or piece.numeric or piece.constant == ""


def _coalesce(arguments: Sequence[Piece]) -> Piece | None:
    if all(_is_number(piece) for piece in arguments):
        numbers = [as_number(piece) for piece in arguments]

        def pick(table: Any) -> Any:
            import ibis  # noqa: PLC0415

            return ibis.coalesce(*(number.build(table) for number in numbers))

        return Piece(_T, pick, numeric=True)
    texts = [as_text(piece) for piece in arguments]
    if any(text is None for text in texts):
        return None

    def first(table: Any) -> Any:
        import ibis  # noqa: PLC0415

        *some, last = (text.build(table) for text in texts if text is not None)
        return ibis.coalesce(*(value.nullif("") for value in some), last)

    return Piece(_T, first)


def _selected(arguments: Sequence[Piece]) -> Piece | None:
    hay, item = arguments
    if isinstance(hay.constant, str):
        words = sorted(set(hay.constant.split()) or {""})
        text = as_text(item)
        return text and Piece(_B, lambda table: text.build(table).strip().isin(words))
    listed = as_text(hay)
    if listed is None or not isinstance(item.constant, str):
        return None
    word = item.constant.strip()
    if word == "":
        return Piece(_B, lambda table: listed.build(table).strip() == "")
    if len(word.split()) != 1:
        return known(value=False)

    def build(table: Any) -> Any:
        import ibis  # noqa: PLC0415

        return (ibis.literal(" ") + listed.build(table) + " ").contains(f" {word} ")

    return Piece(_B, build)


def _count_selected(arguments: Sequence[Piece]) -> Piece | None:
    text = as_text(arguments[0])
    if text is None:
        return None

    def build(table: Any) -> Any:
        joined = text.build(table).strip().re_replace(" +", " ")
        blanks = joined.length() - joined.replace(" ", "").length()
        return (joined == "").ifelse(0, blanks + 1).cast("float64")

    return Piece(_N, build)


def _text(kind: ValueKind, make: Callable[..., Any]) -> Build:
    def build(arguments: Sequence[Piece]) -> Piece | None:
        texts = [as_text(argument) for argument in arguments]
        if any(text is None for text in texts):
            return None
        return Piece(kind, lambda table: make(*(text.build(table) for text in texts if text)))

    return build


def _concat(first: Any, *others: Any) -> Any:
    for other in others:
        first = first + other
    return first


#: name -> (fewest arguments, most arguments, builder)
FUNCTIONS: dict[str, tuple[int, int, Build]] = {
    "true": (0, 0, lambda _a: known(value=True)),
    "false": (0, 0, lambda _a: known(value=False)),
    "not": (1, 1, _not),
    "boolean": (1, 1, lambda a: as_truth(a[0])),
    "number": (1, 1, lambda a: as_number(a[0])),
    "string": (1, 1, lambda a: as_text(a[0])),
    "if": (3, 3, _if),
    "coalesce": (2, 2, _coalesce),
    "selected": (2, 2, _selected),
    "count-selected": (1, 1, _count_selected),
    "int": (1, 1, _number(_integer)),
    "floor": (1, 1, _number(_rounding(_floor))),
    "ceiling": (1, 1, _number(_rounding(lambda x: x.ceil()))),
    "abs": (1, 1, _number(lambda x: x.abs())),
    "round": (1, 2, _round),
    "min": (1, 99, _extreme("min")),
    "max": (1, 99, _extreme("max")),
    "string-length": (1, 1, _text(_N, lambda x: x.length().cast("float64"))),
    "contains": (2, 2, _text(_B, lambda x, part: x.contains(part))),
    "starts-with": (2, 2, _text(_B, lambda x, part: x.startswith(part))),
    "ends-with": (2, 2, _text(_B, lambda x, part: x.endswith(part))),
    "concat": (1, 99, _text(_T, _concat)),
    **MORE,
}
