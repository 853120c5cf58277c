"""Code of date(), date-time() and decimal-date-time(): a number given stays the number."""

from typing import TYPE_CHECKING

from usga_expressions.compiler.code import Code, ValueKind, number_of, scalar_of, text_of
from usga_expressions.syntax import Call, Expression, Path, Reference

if TYPE_CHECKING:
    from usga_expressions.compiler.emit import Emitter

_D, _N = ValueKind.DATE, ValueKind.NUMBER


def date(emitter: "Emitter", call: Call) -> Code:
    """Emit a conversion to a date."""
    return _converted("date_of", emitter, call.arguments[0])


def date_time(emitter: "Emitter", call: Call) -> Code:
    """Emit a conversion to a moment."""
    return _converted("date_time_of", emitter, call.arguments[0])


def _converted(function: str, emitter: "Emitter", argument: Expression) -> Code:
    code = emitter.emit(argument)
    if code.kind is _N:
        return Code(f"{function}(f, {code.source})", _D, number=code.source)
    if code.kind is ValueKind.NODE and isinstance(argument, Reference | Path):
        definition = emitter.definition(argument)
        if definition is not None and definition.numeric:
            return Code(f"{function}(f, {code.number})", _D)
        if definition is not None and definition.type == "calculate":
            return Code(f"{function}(f, days_or_text({code.source}))", _D)
    return Code(f"{function}(f, {scalar_of(code)})", _D)


def decimal_date_time(emitter: "Emitter", call: Call) -> Code:
    """Code of decimal-date-time(): days since 1970-01-01 in UTC."""
    code = emitter.emit(call.arguments[0])
    if code.kind is _N or (code.kind is _D and code.number):
        return Code(number_of(code), _N)
    return Code(f"decimal_date_time(f, {text_of(code)})", _N)
