"""A typed grammar of expressions over forms/fuzz.md, and random answers for that form."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

#: Where an expression may stand: question after which it is a calculate, repeats around it.
PLACES = (None, "rm", "z")
_WARDS = "instance('wards')/root/item"
_PATTERNS = ("^[a-z]+$", "[0-9]+", "^\\d{2}$", "a|b", "^.{1,5}$", "o", "^[A-Z]\\w*\\s?")
_PARTS = ("'a'", "' '", "'-'", "'.'", "'Ridge'")
_NAMES = ("${one}", "${one0}", "'no'", "'road'", "'water'")
_LIMITS = ("''", "1")
_CODES = ("'03'", "3", "'w'")
#: Questions of the repeat and of the repeat inside it, by what they hold.
_HELD = {"number": ("w", "v"), "text": ("q", "rm")}
_HELD_INSIDE = {"number": ("z",), "text": ("k",)}
_DATES = ("${da}", "${db}", "${de}", "${dtm}", "today()", "now()", "${c_date}")
_INNER = ("z > 3", "k != 'k1'", "z = 5")
_FORMATS = ("%Y-%m-%d", "%d.%m.%y", "%e/%n/%Y", "%b %Y", "%H:%M", "week", "%y%m%d %h:%M:%S.%3")
_NUMBERS = (
    "0", "1", "2", "3", "7", "10", "100", "0.5", ".25", "2.50", "1000000", "0.1", "-1", "-2.5",
    "12345678.9", "0.001",
)  # fmt: skip
_TEXTS = (
    "''", "'a'", "'b'", "'abc'", "' x '", "'12'", "'-3.5'", "'yes'", "'water'", "'road light'",
    "'Mathare North'", "'ж🌍'", "'1,5'", "'w3'", "'2024-03-01'", "' '",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grammar:
    """Draws expressions that stand at one place."""

    chance: random.Random
    place: str | None

    def any(self, depth: int) -> str:
        """An expression of any type."""
        return self.chance.choice((self.number, self.text, self.truth, self.date))(depth)

    def _pick(self, leaves: tuple[str, ...], shapes: list[Callable[[], str]], depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.15:
            return self.chance.choice(leaves)
        return self.chance.choice(shapes)()

    def number(self, depth: int) -> str:
        """An expression that gives a number, or a question that holds one."""
        n, t, b = partial(self.number, depth - 1), partial(self.text, depth - 1), self.truth
        c = self.chance.choice
        shapes: list[Callable[[], str]] = [
            lambda: f"{n()} {c(('+', '-', '*', 'div', 'mod'))} {n()}",
            lambda: f"({n()} {c(('+', '-', '*', 'div', 'mod'))} {n()})",
            lambda: f"{c(('int', 'abs', 'round', 'number', 'floor', 'ceiling'))}({n()})",
            lambda: f"round({n()}, {c((0, 1, 2, 3, -1, -2))})",
            lambda: f"{c(('sqrt', 'log', 'log10', 'exp', 'sin', 'cos', 'atan'))}({n()})",
            lambda: f"pow({n()}, {c((0, 1, 2, -1, 0.5))})",
            lambda: f"{c(('min', 'max'))}({n()}, {n()})",
            lambda: f"{c(('min', 'max'))}({self.nodes('number', depth - 1)})",
            lambda: f"count({self.nodes(c(('number', 'text')), depth - 1)})",
            lambda: f"count-non-empty({self.nodes(c(('number', 'text')), depth - 1)})",
            lambda: f"sum({self.nodes('number', depth - 1)})",
            lambda: f"string-length({t()})",
            lambda: f"count-selected({t()})",
            lambda: f"number({t()})",
            lambda: f"number({b(depth - 1)})",
            lambda: f"if({b(depth - 1)}, {n()}, {n()})",
            lambda: f"(0 - {n()})",
            lambda: f"decimal-date-time({self.date(depth - 1)})",
            lambda: f"{self.date(depth - 1)} - {self.date(depth - 1)}",
            lambda: f"number({_WARDS}[{self.row(depth - 1)}][position() = 1]/population)",
        ]
        return self._pick((*_NUMBERS, *self._questions("number")), shapes, depth)

    def text(self, depth: int) -> str:
        """An expression that gives text, or a question that holds some."""
        n, t = partial(self.number, depth - 1), partial(self.text, depth - 1)
        c = self.chance.choice
        shapes: list[Callable[[], str]] = [
            lambda: f"concat({t()}, {c((t, n))()})",
            lambda: f"concat({t()}, '-', {t()})",
            lambda: f"substr({t()}, {c((0, 1, 2, -1, -3))}, {c((1, 3, 5, -1))})",
            lambda: f"substr({t()}, {c((0, 1, 4, -2))})",
            lambda: f"substring-before({t()}, {c(_TEXTS)})",
            lambda: f"substring-after({t()}, {c(_PARTS)})",
            lambda: f"translate({t()}, {c(_TEXTS)}, {c(_TEXTS)})",
            lambda: f"normalize-space({t()})",
            lambda: f"string({c((n, t, partial(self.truth, depth - 1)))()})",
            lambda: f"join({c(_TEXTS)}, {self.nodes(c(('number', 'text')), depth - 1)})",
            lambda: f"join(' ', {t()}, {t()})",
            lambda: f"coalesce({t()}, {c((t, n))()})",
            lambda: f"if({self.truth(depth - 1)}, {t()}, {t()})",
            lambda: f"selected-at({t()}, {c((0, 1, 2, -1, '${n1}', '1.5'))})",
            lambda: f"format-date({self.date(depth - 1)}, '{c(_FORMATS[:4])}')",
            lambda: f"format-date-time({self.date(depth - 1)}, '{c(_FORMATS)}')",
            lambda: f"digest({t()}, '{c(('MD5', 'SHA-1', 'SHA-256'))}', 'hex')",
            lambda: f"jr:choice-name({c(_NAMES)}, '${{one}}')",
            lambda: f"indexed-repeat(${{q}}, ${{r}}, {c((1, 2, 3, 4, '${n1} - 5'))})",
            lambda: f"indexed-repeat(${{k}}, ${{r}}, {c((1, 3))}, ${{s}}, {c((1, 2))})",
            lambda: f"{_WARDS}[{self.row(depth - 1)}][position() = 1]/{c(('label', 'code'))}",
            lambda: f"pulldata('wards', 'label', 'name', {t()})",
        ]
        return self._pick((*_TEXTS, *self._questions("text")), shapes, depth)

    def truth(self, depth: int) -> str:
        """An expression that gives a boolean."""
        n, t, b = partial(self.number, depth - 1), partial(self.text, depth - 1), self.truth
        c = self.chance.choice
        signs = ("=", "!=", "<", "<=", ">", ">=")
        shapes: list[Callable[[], str]] = [
            lambda: f"{n()} {c(signs)} {n()}",
            lambda: f"{t()} {c(signs[:2])} {t()}",
            lambda: f"{t()} {c(signs)} {n()}",
            lambda: f"{self.date(depth - 1)} {c(signs)} {self.date(depth - 1)}",
            lambda: f"{self.nodes('number', depth - 1)} {c(signs)} {n()}",
            lambda: f"{self.nodes('text', depth - 1)} {c(signs[:2])} {t()}",
            lambda: f"({b(depth - 1)} {c(('and', 'or'))} {b(depth - 1)})",
            lambda: f"{b(depth - 1)} = {b(depth - 1)}",
            lambda: f"not({b(depth - 1)})",
            lambda: f"not({t()})",
            lambda: f"boolean({c((n, t))()})",
            lambda: f"boolean-from-string({t()})",
            lambda: f"selected({t()}, {t()})",
            lambda: f"{c(('contains', 'starts-with', 'ends-with'))}({t()}, {t()})",
            lambda: f"regex({t()}, '{c(_PATTERNS)}')",
            lambda: f"checklist({c((0, 1, -1))}, {c((1, 2, -1))}, {b(depth - 1)}, {b(depth - 1)})",
            lambda: f"weighted-checklist({c((0, 1))}, {c((1, 3))}, {b(depth - 1)}, {n()})",
        ]
        return self._pick(("true()", "false()"), shapes, depth)

    def date(self, depth: int) -> str:
        """An expression that gives a date, or a question that holds one."""
        c = self.chance.choice
        shapes: list[Callable[[], str]] = [
            lambda: f"date({c(('${da}', '${db}'))} {c('+-')} {c((0, 1, 30, 365))})",
            lambda: f"date('{c(('2024-02-29', '1999-12-31', '2030-07-01'))}')",
            lambda: f"if({self.truth(depth - 1)}, {self.date(0)}, {self.date(0)})",
        ]
        own = () if self.place is None else ("${rd}",)
        return self._pick((*_DATES, *own), shapes, depth)

    def nodes(self, kind: str, depth: int) -> str:
        """Questions of a repeat, some of them under a condition."""
        c = self.chance.choice
        held, (inner,) = _HELD[kind], _HELD_INSIDE[kind]
        leaves: tuple[str, ...] = tuple(f"/data/r/{name}" for name in held)
        if self.place is None:
            leaves = (*leaves, *(f"${{{name}}}" for name in held))
        shapes: list[Callable[[], str]] = [
            lambda: f"/data/r[{self.instance(depth - 1)}]/{c(held)}",
            lambda: f"/data/r/s/{inner}",
            lambda: f"/data/r/s[{c(_INNER)}]/{inner}",
        ]
        return self._pick(leaves, shapes, depth)

    def instance(self, depth: int) -> str:
        """A condition on an instance of the repeat."""
        c = self.chance.choice
        shapes: list[Callable[[], str]] = [
            lambda: f"w {c(('=', '!=', '<', '>='))} {self.chance.randint(0, 4)}",
            lambda: f"q = {c(_TEXTS)}",
            lambda: f"selected(rm, {c(_NAMES[2:])})",
            lambda: f"position() {c(('=', '<', '>'))} {self.chance.randint(1, 3)}",
            lambda: f"v {c(('=', '>'))} {c(_LIMITS)}",
            lambda: f"count(s) > {self.chance.randint(0, 1)}",
            lambda: f"{self.instance(depth - 1)} {c(('and', 'or'))} {self.instance(depth - 1)}",
            lambda: f"not({self.instance(depth - 1)})",
        ]
        return self._pick(("w > 1", "q != ''", "position() = 2"), shapes, depth)

    def row(self, depth: int) -> str:
        """A condition on a row of the look-up table."""
        c = self.chance.choice
        shapes: list[Callable[[], str]] = [
            lambda: f"name = {self.text(depth - 1)}",
            lambda: f"population {c(('>', '<=', '='))} {c((1000, 1500, 980))}",
            lambda: f"district = 'd{self.chance.randint(1, 3)}'",
            lambda: f"code = {c(_CODES)}",
            lambda: f"{self.row(depth - 1)} {c(('and', 'or'))} {self.row(depth - 1)}",
            lambda: f"not({self.row(depth - 1)})",
            lambda: f"contains(label, {c(_PARTS)})",
        ]
        return self._pick(("name = ${ward}", "name = 'w2'", "position() = 3"), shapes, depth)

    def _questions(self, kind: str) -> tuple[str, ...]:
        found: tuple[str, ...] = {
            "number": ("n1", "n2", "zero", "en", "d1", "d2", "tn", "c_sum", "gone"),
            "text": ("et", "name", "tn", "tx", "uni", "one", "one0", "m", "m0", "gone_t", "ward"),
        }[kind]
        if self.place is not None:
            found += _HELD[kind]
        if self.place == "z":
            found += _HELD_INSIDE[kind]
        return tuple(f"${{{name}}}" for name in found)


def answers(chance: random.Random) -> Mapping[str, Any]:
    """Random answers of forms/fuzz.md: two repeat instances at least, the second with one inner."""
    c = chance.choice
    made: dict[str, Any] = {
        "name": c(("Mathare North", "Ana", "x y z", "12")),
        "tn": c(("12", "0", "-3.5", " 7 ", "x")),
        "tx": c(("abc", "b", "true", "a-b-c", "Road")),
        "uni": c(("Ñandú ж 🌍", "éa", "日本")),
        "n1": c((7, 0, -2, 6, 1500)), "n2": c((-3, 2, 12)), "zero": 0,
        "d1": c((2.5, -0.25, 1000.125, 0.5)), "d2": c((0.1, 3.0, 99.999)),
        "one": c(("yes", "no")), "m": c(("water road light", "road", "none")),
        "da": c(("2024-02-29", "1999-12-31")), "db": c(("2024-03-10", "2030-01-01")),
        "tm": "08:15:00.000+03:00",
        "dtm": c(("2024-03-05T14:30:00.000+03:00", "2024-07-01T23:59:59.500+03:00")),
        "ward": c(("w3", "w6")), "gone": 4, "gone_t": "x",
        "r": [_instance(chance, at) for at in range(chance.randint(2, 4))],
    }  # fmt: skip
    return {name: value for name, value in made.items() if chance.random() < 0.9 or name == "r"}


def _instance(chance: random.Random, at: int) -> dict[str, Any]:
    c = chance.choice
    made = {
        "q": c(("a", "b", "c d", "")), "w": c((0, 1, 2, 3, 9)), "v": c((1.5, 4.0, None)),
        "rd": c(("2023-01-01", "2024-07-15", None)), "rm": c(("road", "water light", None)),
    }  # fmt: skip
    inner = chance.randint(1 if at == 1 else 0, 3)
    some = {name: value for name, value in made.items() if value not in (None, "")}
    return {**some, "s": [{"k": f"k{n + 1}", "z": c((2, 5, 7))} for n in range(inner)]}
