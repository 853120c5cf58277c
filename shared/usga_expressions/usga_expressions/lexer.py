"""From text to tokens (XPath 1.0 section 3.7, with the XLSForm reference `${name}`)."""

import re
from dataclasses import dataclass
from enum import StrEnum

from usga_expressions.findings import Finding, Position, error

#: Longer texts are refused before they are read; the longest of our forms has 2,600 characters.
MAX_LENGTH = 20_000


class TokenKind(StrEnum):
    """The kinds of tokens that the parser tells apart."""

    NUMBER = "number"
    TEXT = "text"
    REFERENCE = "reference"
    NAME = "name"
    OPERATOR = "operator"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text that means something."""

    kind: TokenKind
    value: str
    position: Position


_NAME = r"[^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?"
_PATTERN = re.compile(
    r"(?P<blank>[ \t\r\n\u00a0]+)"
    r"|(?P<number>\d+(?:\.\d*)?|\.\d+)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|\$\{(?P<reference>[^}]*)\}"
    rf"|(?P<name>{_NAME})"
    r"|(?P<operator>!=|<=|>=|=|<|>|\+|-|\|)"
    r"|(?P<symbol>\.\.|\.|//|/|\(|\)|\[|\]|,|@|\*|::)"
)
_REFERENCE = re.compile(rf"\s*({_NAME})\s*")
_WORD_OPERATORS = frozenset({"and", "or", "div", "mod"})
_OPENS = frozenset({"(", "[", ",", "/", "//", "@", "::"})
_HINTS = {
    "=": "write a single = to compare",
    "&": "write `and`",
    "|": "write `or`",
    "‘": "use straight quotes",
    "’": "use straight quotes",
    "“": "use straight quotes",
    "”": "use straight quotes",
    "'": "the text is not closed",
    '"': "the text is not closed",
    "$": "write ${name}",
}


def tokenize(text: str) -> tuple[list[Token], list[Finding]]:
    """Cut the text into tokens; what cannot be read is a finding with its place."""
    if len(text) > MAX_LENGTH:
        message = f"the expression has {len(text)} characters"
        return [], [error("expression-too-long", message, expected=f"at most {MAX_LENGTH}")]
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _PATTERN.match(text, at)
        if match is None:
            return tokens, [_unreadable(text, at)]
        if match.lastgroup != "blank":
            token = _token(match, tokens[-1] if tokens else None)
            if isinstance(token, Finding):
                return tokens, [token]
            tokens.append(token)
        at = match.end()
    tokens.append(Token(TokenKind.END, "", Position(len(text), len(text))))
    return tokens, []


def _token(match: re.Match[str], before: Token | None) -> Token | Finding:
    kind, value = str(match.lastgroup), match.group()
    position = Position(match.start(), match.end())
    if kind == "reference":
        inner = _REFERENCE.fullmatch(match.group("reference"))
        if inner is None:
            message = f"{value} is no reference to a question"
            hint = None
            if "last-saved" in value:
                message = "the last saved record of a device is unknown to the server"
            return error("invalid-reference", message, position, expected="${name}", hint=hint)
        return Token(TokenKind.REFERENCE, inner.group(1), position)
    if kind == "text":
        value = value[1:-1]
    elif _is_operator(value, before):
        kind = "operator"
    return Token(TokenKind(kind), value, position)


def _is_operator(value: str, before: Token | None) -> bool:
    """Tell an operator from a name of the same letters (XPath 1.0, 3.7)."""
    if value != "*" and value not in _WORD_OPERATORS:
        return False
    if before is None or before.kind is TokenKind.OPERATOR:
        return False
    return not (before.kind is TokenKind.SYMBOL and before.value in _OPENS)


def _unreadable(text: str, at: int) -> Finding:
    return error(
        "unreadable-character",
        f"{text[at]!r} cannot stand here",
        Position(at, at + 1),
        hint=_HINTS.get(text[at]),
    )
