"""What each plain function takes and gives.

`takes`: t text, n number, b boolean, v any value; small letters after `?` may be left out; `*`
repeats the last. `call` is a name in the namespace of generated code; `environment` says that it
is called with the environment first; `volatile` that it may give another value next time.
"""

from dataclasses import dataclass

from usga_expressions.compiler.code import ValueKind

_T, _N, _B, _D = ValueKind.TEXT, ValueKind.NUMBER, ValueKind.BOOLEAN, ValueKind.DATE


@dataclass(frozen=True, slots=True)
class Plain:
    """A function of scalar arguments."""

    takes: str
    gives: ValueKind
    call: str
    environment: bool = False
    volatile: bool = False

    @property
    def least(self) -> int:
        """The number of arguments that must be there."""
        return len(self.takes.partition("?")[0])

    @property
    def letters(self) -> str:
        """One letter for each argument that may be there."""
        return self.takes.replace("?", "")


PLAIN: dict[str, Plain] = {
    "substr": Plain("tn?n", _T, "substr"),
    "substring": Plain("tn?n", _T, "substring"),
    "substring-before": Plain("tt", _T, "before"),
    "substring-after": Plain("tt", _T, "after"),
    "translate": Plain("ttt", _T, "translate"),
    "contains": Plain("tt", _B, "contains"),
    "starts-with": Plain("tt", _B, "starts_with"),
    "ends-with": Plain("tt", _B, "ends_with"),
    "boolean-from-string": Plain("t", _B, "boolean_from_string"),
    "base64-decode": Plain("t", _T, "base64_decode"),
    "jr:itext": Plain("t", _T, "itext", environment=True),
    "selected-at": Plain("tn", _T, "selected_at"),
    "int": Plain("n", _N, "integer"),
    "round": Plain("n?n", _N, "rounded"),
    "ceiling": Plain("n", _N, "ceiling"),
    "floor": Plain("n", _N, "floor"),
    "abs": Plain("n", _N, "absolute"),
    "pow": Plain("nn", _N, "power"),
    "log": Plain("n", _N, "logarithm"),
    "log10": Plain("n", _N, "decimal_logarithm"),
    "exp": Plain("n", _N, "exponential"),
    "exp10": Plain("n", _N, "decimal_exponential"),
    "sqrt": Plain("n", _N, "square_root"),
    "sin": Plain("n", _N, "sine"),
    "cos": Plain("n", _N, "cosine"),
    "tan": Plain("n", _N, "tangent"),
    "asin": Plain("n", _N, "arcsine"),
    "acos": Plain("n", _N, "arccosine"),
    "atan": Plain("n", _N, "arctangent"),
    "atan2": Plain("nn", _N, "atan2"),
    "today": Plain("", _D, "today", environment=True, volatile=True),
    "now": Plain("", _D, "now", environment=True, volatile=True),
    "decimal-time": Plain("t", _N, "decimal_time", environment=True),
    "format-date": Plain("tt", _T, "format_date", environment=True),
    "format-date-time": Plain("tt", _T, "format_date", environment=True),
    "random": Plain("", _N, "random_number", environment=True, volatile=True),
    "geofence": Plain("tt", _B, "geofence"),
}
