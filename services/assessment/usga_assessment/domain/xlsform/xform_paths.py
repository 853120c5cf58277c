"""Expressions of an XForm in the author's language: paths become `${name}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from usga_assessment.domain.xlsform import limits

STEP = r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?"
TOKEN = re.compile(
    rf"""(?P<text>"[^"]*"|'[^']*')
    |(?P<open>\[)|(?P<close>\])
    |(?P<up>(?:current\(\)\s*/\s*)?(?:\.\.\s*/\s*)+{STEP}(?:\s*/\s*{STEP})*)
    |(?P<own>current\(\)\s*/\s*\.(?![\w.]))
    |(?P<path>/\s*{STEP}(?:\s*/\s*{STEP})*)
    """,
    re.VERBOSE,
)
NAMED_IN_TEXT = re.compile(r"jr:choice-name\(.*,\s*$", re.DOTALL)
LOOKED_BACK = 80  # characters: a step of a longer name is not missed by more than its beginning
CONTINUES = re.compile(r"(?:(?<![\w.\-])(?!(?:and|or|div|mod)\s*$)[^\W\d][\w.\-]*|[)\].])\s*$")
"""What a path follows when it is the rest of another one: a step, a bracket, a dot."""

PREFIX = re.compile(r"[^\W\d][\w.\-]*:")


def plain(path: str) -> str:
    """A path without blanks and prefixes."""
    return PREFIX.sub("", "".join(path.split()))


@dataclass(frozen=True, slots=True)
class Paths:
    """The nodes of the primary instance: which names their paths have in the instrument."""

    root: str
    names: Mapping[str, str]
    unique: frozenset[str]

    def absolute(self, path: str, context: str) -> str:
        """A path from the root, of one that starts at the node of `context`."""
        path = plain(path)
        if path.startswith("/"):
            return path
        steps = context.split("/")
        for step in path.removeprefix("current()/").split("/"):
            if step == "..":
                del steps[-1:]
            elif step not in {".", ""}:
                steps.append(step)
        return "/".join(steps)

    def authored(self, expression: str, context: str, *, rows: bool = False) -> str:
        """The expression as an author writes it; one past the cap of a cell stays as it is.

        Of the filter over rows of the form itself (`rows`) relative paths stay as they are.
        """
        if len(expression) > limits.MAX_CELL_CHARS:
            return expression
        parts: list[str] = []
        last = depth = 0
        for match in TOKEN.finditer(expression):
            parts.append(expression[last : match.start()])
            last = match.end()
            depth += bool(match["open"]) - bool(match["close"])
            before = expression[max(0, match.start() - LOOKED_BACK) : match.start()]
            after = expression[last : last + 1]
            if rows and (match["up"] or match["own"]):
                parts.append(match[0])
            else:
                parts.append(self._token(match, before, after, context, depth))
        parts.append(expression[last:])
        return "".join(parts).strip()

    def _token(
        self, match: re.Match[str], before: str, after: str, context: str, depth: int
    ) -> str:
        text = match[0]
        if match["text"]:
            return self._quoted(text, context) if NAMED_IN_TEXT.search(before) else text
        if match["path"] and not CONTINUES.search(before):
            return self._named(plain(text), after) or self._rooted(plain(text))
        current = text.startswith("current()")
        if match["own"]:
            return self._named(context, after) or text
        if match["up"] and (current or depth == 0):
            if CONTINUES.search(before):
                return text
            return self._named(self.absolute(text, context), after) or text
        return text

    def _quoted(self, text: str, context: str) -> str:
        """The question that jr:choice-name() takes as a text."""
        named = self._named(self.absolute(text[1:-1], context), "")
        return f"{text[0]}{named}{text[0]}" if named else text

    def _named(self, path: str, after: str) -> str | None:
        name = self.names.get(path)
        return f"${{{name}}}" if name in self.unique and after != "[" else None

    def _rooted(self, path: str) -> str:
        """A path that has no single name still starts at the instrument's root."""
        steps, made = path.split("/")[1:], "/data"
        if not steps or steps[0] != self.root:
            return path
        for index in range(1, len(steps)):
            real = "/" + "/".join(steps[: index + 1])
            made += "/" + self.names.get(real, steps[index])
        return made
