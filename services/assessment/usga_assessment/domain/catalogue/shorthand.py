"""Shorthand of the source expanded to real expressions, each generated from an item list."""

import re
from collections.abc import Mapping

from usga_assessment.domain.catalogue.source import SourceLists, SourceModule

EXCLUSIVE = ("none", "nobody", "dk", "ref", "na")
"""Choices that cannot stand beside others."""

PRIVACY = {"I": "priv_ok_i", "J": "priv_ok_j"}
"""The privacy check that governs a module; `priv_ok` elsewhere."""

SCREENERS = {
    "rob": "pv_rob_12m", "thr": "pv_thr_12m", "ext": "pv_ext_12m", "burg": "hv_burg_12m",
    "veh": "hv_veh_12m", "vand": "hv_vand_12m", "theft": "pv_theft_12m", "fraud": "pv_fraud_12m",
    "cyber": "pv_cyber_12m",
}  # fmt: skip
"""The question that says whether a kind of event happened, in the order of the open loop.

Only questions that are asked openly: the loop and the number of its rows are open, and must tell
nothing of what is asked behind the privacy gate (ADR-0036). Violence comes first: the loop stops
after three kinds, and people who met with many would otherwise lose just their violent ones.
"""

INTERRUPTION = "dm_interrupt"
"""The question by which an interviewer says that somebody came in."""

AGE_BANDS = ((24, "18-24"), (34, "25-34"), (44, "35-44"), (54, "45-54"), (64, "55-64"))
LAST_BAND = "65+"
WASHINGTON_GROUP = ("wg_see", "wg_hear", "wg_walk", "wg_cog", "wg_self", "wg_comm")
MANY_DIFFICULTIES = ("lot", "cannot")

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Thirty-two characters of the withdrawal code; none looks like another."""

CODE_WEIGHTS = (3, 1, 3, 1, 3, 1, 3)
"""Odd weights find every single wrong character, unequal ones most transpositions."""

_OVER = re.compile(r"\b(TALLY|TOTAL)\((\w+):")
_CALL = re.compile(r"\b(ANY|FROM|LIST)\((\w+)\)")


class Shorthand:
    """Expands GATE, ANY(question), FROM(question), LIST(expression), TALLY and TOTAL."""

    def __init__(
        self,
        modules: list[SourceModule],
        lists: SourceLists,
        sets: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._lists = lists
        self._sets = sets or {}
        self._interruptible = INTERRUPTION in {r.name for m in modules for r in m.rows}
        self._list_of = {
            row.name: row.type.split()[1]
            for module in modules
            for row in module.rows
            if row.type.startswith(("one ", "many "))
        }

    def expand(self, expression: str, module: str, *, many: bool = False) -> str:
        """The real expression of a cell; `many` says that its question takes several choices."""

        def call(match: re.Match[str]) -> str:
            what, name = match[1], match[2]
            if what == "LIST":
                return self._generated(name)
            return self._any(name) if what == "ANY" else self._from(name, many=many)

        opened = gate(module, interruptible=self._interruptible)
        return _CALL.sub(call, over_sets(expression, self._sets)).replace("GATE", opened)

    def exclusive(self, list_name: str) -> list[str]:
        """The choices of a list that stand alone."""
        names = {choice.name for choice in self._lists[list_name]}
        return [code for code in EXCLUSIVE if code in names]

    def alone(self, list_name: str) -> str:
        """The constraint that keeps exclusive choices alone; empty when there are none."""
        codes = self.exclusive(list_name)
        return f"count-selected(.)<=1 or not({_any_selected('.', codes)})" if codes else ""

    def _any(self, name: str) -> str:
        codes = self.exclusive(self._list_of[name])
        some = f"count-selected(${{{name}}})>0"
        return f"({some} and not({_any_selected(f'${{{name}}}', codes)}))" if codes else some

    def _from(self, name: str, *, many: bool) -> str:
        codes = [c for c in self.exclusive(self._list_of[name]) if c != "na"]
        kept = codes if many else [c for c in codes if c in {"dk", "ref"}]
        return " or ".join([f"selected(${{{name}}}, name)", *(f"name='{code}'" for code in kept)])

    def _generated(self, name: str) -> str:
        match name:
            case "age_grp":
                return age_group()
            case "disab":
                return disability()
            case "inc_list":
                return self._incidents()
            case "wc_check":
                return check_digit()
            case "withdraw_code":
                return withdrawal_code()
        raise KeyError(name)

    def _incidents(self) -> str:
        parts = []
        for code, question in SCREENERS.items():
            if question not in self._list_of:  # a variant may leave a kind out
                continue
            parts.append(f"if(${{{question}}}='yes', '{code} ', '')")
        return f"normalize-space(concat({', '.join(parts)}))"


def over_sets(expression: str, sets: Mapping[str, tuple[str, ...]]) -> str:
    """Expand TALLY(set: condition) and TOTAL(set: number), in which {x} is each name in turn.

    A tally counts the names for which the condition holds, a total adds the numbers; no name, 0.
    """
    while (call := _OVER.search(expression)) is not None:
        end = _closing(expression, call.end())
        body = expression[call.end() : end].strip()
        each = f"if({body}, 1, 0)" if call[1] == "TALLY" else body
        terms = " + ".join(each.replace("{x}", name) for name in sets[call[2]])
        expression = f"{expression[: call.start()]}({terms or 0}){expression[end + 1 :]}"
    return expression


def _closing(expression: str, start: int) -> int:
    """Where the bracket closes that was opened before `start`."""
    depth = 1
    for position in range(start, len(expression)):
        depth += {"(": 1, ")": -1}.get(expression[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"a bracket is not closed: {expression[:80]}")


def gate(module: str, *, interruptible: bool = True) -> str:
    """Sensitive consent, the latest privacy check (rule E-01), and no interruption (E-04)."""
    check = PRIVACY.get(module, "priv_ok")
    opened = f"${{consent_sens}}='yes' and ${{{check}}}='yes'"
    if not interruptible:
        return opened
    return (
        f"{opened} and ${{{INTERRUPTION}}}!='now'"
        f" and (${{{INTERRUPTION}}}!='over' or ${{dm_priv_again}}='yes')"
    )


def age_group() -> str:
    """The bands of SDG 16.6.2."""
    expression = f"'{LAST_BAND}'"
    for upper, band in reversed(AGE_BANDS):
        expression = f"if(${{age}}<={upper}, '{band}', {expression})"
    return expression


def disability() -> str:
    """At least one domain with "a lot" of difficulty or "cannot" (Washington Group)."""
    parts = [f"${{{q}}}='{code}'" for q in WASHINGTON_GROUP for code in MANY_DIFFICULTIES]
    return f"if({' or '.join(parts)}, 'yes', 'no')"


def _code_digits() -> list[str]:
    """The random base-32 digits that the form draws."""
    return [f"${{wc_{place}}}" for place in range(1, len(CODE_WEIGHTS) + 1)]


def check_digit() -> str:
    """The digit that makes the weighted sum of the code a multiple of 32."""
    digits = zip(CODE_WEIGHTS, _code_digits(), strict=True)
    terms = [digit if weight == 1 else f"{weight}*{digit}" for weight, digit in digits]
    return f"(32 - ({' + '.join(terms)}) mod 32) mod 32"


def withdrawal_code() -> str:
    """Seven random characters and the check character."""
    digits = [*_code_digits(), "${wc_check}"]
    characters = [f"substr('{ALPHABET}', {digit}, {digit}+1)" for digit in digits]
    return f"concat({', '.join(characters)})"


def is_withdrawal_code(code: str) -> bool:
    """Whether a code that somebody typed can be one: length, characters and check character."""
    digits = [ALPHABET.find(character) for character in code]
    if len(digits) != len(CODE_WEIGHTS) + 1 or -1 in digits:
        return False
    return sum(w * d for w, d in zip((*CODE_WEIGHTS, 1), digits, strict=True)) % 32 == 0


def _any_selected(subject: str, codes: list[str]) -> str:
    return " or ".join(f"selected({subject}, '{code}')" for code in codes)
