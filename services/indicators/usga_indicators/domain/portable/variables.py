"""Variables as an engine sees them: a value, and the reason where there is none.

The rules are those of `codebook.frame`: reserved codes, versions that lack a question, questions
left open, closed gates, and answers that a screener implies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from usga_indicators.domain.codebook import Codebook
from usga_indicators.domain.codebook.codebook import Variable
from usga_indicators.domain.codebook.column import Kind
from usga_indicators.domain.codebook.skips import SkipRules
from usga_indicators.domain.definition.names import with_screeners

_RESERVED = {"dk": Kind.DK, "ref": Kind.REF, "na": Kind.NA}
_RESERVED_NUMBERS = {-98.0: Kind.DK, -99.0: Kind.REF}


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """A variable in a table: `value` is null exactly where `kind` is a reason."""

    value: ir.Value
    kind: ir.IntegerValue
    is_numeric: bool


class Variables:
    """Columns of values and kinds for some variables, screeners before what they skip.

    A table is made for each step from a screener to what it skips: not one for each variable,
    because plans of many steps take engines minutes to read.
    """

    def __init__(
        self,
        table: ir.Table,
        codebook: Codebook,
        rules: SkipRules,
        *,
        names: Sequence[str],
        kept: Sequence[str],
        unanswered: Sequence[str],
    ) -> None:
        self._codebook, self._rules, self._unanswered = codebook, rules, unanswered
        wanted = with_screeners((*names, *sorted(rules.names())), rules)
        self._names = [name for name in wanted if name in table.columns and name in codebook]
        self.table = table.select(
            *dict.fromkeys((*kept, *unanswered, *self._names)),
            **{f"r {name}": self._raw_kind(table, codebook[name]) for name in self._names},
        )
        steps: dict[int, list[str]] = {}
        for name in self._names:
            steps.setdefault(self._depth(name), []).append(name)
        for _, step in sorted(steps.items()):
            explained = [self._explained(name) for name in step]
            self.table = self.table.mutate(
                **{column: value for each in explained for column, value in each.items()}
            )

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def given(self, name: str) -> Given:
        """The columns of a variable in `table`."""
        return Given(
            self.table[f"v {name}"], self.table[f"k {name}"], self._codebook[name].is_numeric
        )

    def _depth(self, name: str) -> int:
        skip = self._rules.skips.get(name)
        if skip is None or skip.screener not in self._names:
            return 0
        return 1 + self._depth(skip.screener)

    def _explained(self, name: str) -> dict[str, ir.Value]:
        variable, table = self._codebook[name], self.table
        kind, value = self._reason(table[f"r {name}"], variable), table[name]
        skip = self._rules.skips.get(name)
        if skip is not None and skip.screener in self:
            screener, why = table[f"v {skip.screener}"], table[f"k {skip.screener}"]
            open_ = kind.isin([int(Kind.NOT_ASKED), int(Kind.GATE_FAILED)])
            no = screener.isin(sorted(skip.no)).fill_null(False)  # noqa: FBT003 -- a value
            implied = open_ & no
            kind = ibis.cases(
                (implied, int(Kind.IMPLIED)),
                (open_ & (why >= int(Kind.DK)), why),
                else_=kind,
            )
            value = ibis.cases((implied, skip.value), (kind < int(Kind.DK), value))
        else:
            value = ibis.cases((kind < int(Kind.DK), value))
        return {f"k {name}": kind.cast("int32"), f"v {name}": value}

    def _raw_kind(self, table: ir.Table, variable: Variable) -> ir.Value:
        value = table[variable.name]
        if variable.is_numeric:
            cases = [(value == code, int(kind)) for code, kind in _RESERVED_NUMBERS.items()]
        elif variable.is_multiple:
            first = _padded(value).re_extract(" (dk|ref|na) ", 1)
            cases = [(first == code, int(kind)) for code, kind in _RESERVED.items()]
        else:
            cases = [(value == code, int(kind)) for code, kind in _RESERVED.items()]
        return ibis.cases(
            (value.isnull(), int(Kind.NOT_ASKED)), *cases, else_=int(Kind.ASKED)
        ).cast("int32")

    def _reason(self, kind: ir.Value, variable: Variable) -> ir.Value:
        """A better reason than `NOT_ASKED` where there is one."""
        table = self.table
        better: list[tuple[ir.Value, int]] = []
        if variable.versions != frozenset(self._codebook.versions):
            lacks = table["#version"].notin(sorted(variable.versions))
            better.append((lacks, int(Kind.NOT_IN_VERSION)))
        for column in self._unanswered:
            left_open = _padded(table[column]).contains(f" {variable.name} ")
            better.append((left_open, int(Kind.NO_ANSWER)))
        if variable.is_s3:
            better += [(closed, int(Kind.GATE_FAILED)) for closed in self._closed(variable)]
        absent = kind == int(Kind.NOT_ASKED)
        return (
            ibis.cases(*((absent & when, why) for when, why in better), else_=kind)
            if (better)
            else kind
        )

    def _closed(self, variable: Variable) -> list[ir.Value]:
        """Whether a gate of the variable was not answered yes, or shut by somebody."""
        found = [
            ~self._is(gate, "yes")
            for gate in sorted(variable.relevant & self._rules.gates)
            if gate in self
        ]
        again = self._rules.interruption
        if again is not None and again.question in variable.relevant and again.question in self:
            reopened = (
                self._is(again.check, "yes") if again.check in self else ibis.literal(value=False)
            )
            over = self._is(again.question, again.over)
            found.append(self._is(again.question, again.now) | (over & ~reopened))
        return found

    def _is(self, name: str, value: str) -> ir.BooleanValue:
        return (self.table[name] == value).fill_null(False)  # noqa: FBT003 -- a value


def _padded(text: ir.Value) -> ir.StringValue:
    return ibis.literal(" ").concat(text, ibis.literal(" "))
