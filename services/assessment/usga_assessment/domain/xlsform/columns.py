"""Columns that a form was meant to have: where their names stand, and how they were misspelt.

XLSForm lets a sheet have columns of its own, for remarks and filters, and the converter says
nothing of them. So a column `relevent` is taken for a remark, and the skips are gone. Columns
whose names resemble no column of XLSForm are the author's own and stay unmentioned.
"""

from difflib import get_close_matches

from openpyxl.utils import get_column_letter

from usga_assessment.domain.xlsform.finding import Finding, Severity, UnreadableForm
from usga_assessment.domain.xlsform.headers import parse_headers
from usga_assessment.domain.xlsform.wording import found, unreadable

LOGIC = (
    "relevant", "relevance", "constraint", "required", "calculation", "calculate",
    "choice_filter", "repeat_count", "trigger", "default", "read_only", "readonly",
)  # fmt: skip
"""Columns that govern what is asked and kept: without one, the form is another form."""

LOGIC_OF_BINDS = (
    "relevant", "constraint", "required", "calculate", "readonly",
    "usga:sensitivity", "usga:field_class", "usga:role", "usga:module", "usga:notice", "usga:tags",
)  # fmt: skip
OTHERS = (
    "type", "name", "label", "hint", "guidance_hint", "constraint_message", "required_message",
    "appearance", "parameters", "image", "audio", "video", "media", "save_to", "disabled", "bind",
    "body", "instance", "control", "big-image", "count", "rows", "autoplay", "caption", "value",
    "tag", "command",
)  # fmt: skip
KNOWN = {
    "survey": (*LOGIC, *OTHERS),
    "choices": ("list_name", "name", "label", "image", "audio", "video", "media"),
    "settings": (
        "form_title", "form_id", "id_string", "version", "default_language", "public_title",
        "public_intro", "namespaces", "instance_name", "style", "submission_url", "public_key",
        "allow_choice_duplicates", "title", "name",
    ),
}  # fmt: skip
NEAR = 0.8
"""How much of a word must be right, as difflib measures it."""

NAMED_BY = {
    "survey": {"type", "name"},
    "choices": {"list_name", "name"},
    "settings": {"form_title", "form_id", "id_string", "version", "title"},
}
LOOKED_AHEAD = 10


def misspelt(sheet: str, columns: dict[str, int], filled: set[str], row: int) -> list[Finding]:
    """Find the columns that resemble one of XLSForm; `filled` are those with any cell.

    A column that governs the form is an error when it holds something: its rules would be lost,
    also beside the column that was meant.
    """
    known = KNOWN.get(sheet)
    if known is None:
        return []
    headers = parse_headers(sheet, columns)
    findings: list[Finding] = []
    for header, index in columns.items():
        meant, governs = _meant(header, headers[header].path, sheet, known)
        if meant is None:
            continue
        lost = governs and header in filled
        findings.append(
            found(
                "unknown-column", Severity.ERROR if lost else Severity.WARNING,
                f"{sheet}!{get_column_letter(index + 1)}{row}",
                columns=header, meant=meant, hints="did-you-mean",
            )
        )  # fmt: skip
    return findings


def _meant(
    header: str, path: tuple[str, ...], sheet: str, known: tuple[str, ...]
) -> tuple[str | None, bool]:
    """The column that was probably meant, and whether it governs the form."""
    if path[:1] == ("bind",) and len(path) > 1 and sheet == "survey":
        near = _near(path[1].lower(), LOGIC_OF_BINDS)
        is_ours = near is not None and ":" in near  # no column but with its bind:: before it
        return (f"bind::{near}" if is_ours else near), near is not None
    if len(path) > 1 and path[0] in known:
        return None, False
    head, colon, rest = header.partition(":")
    if colon and rest[:1] != ":" and len(path) == 1 and _plain(head) in known:
        # other columns have two colons: the converter takes this one for a remark
        return f"{_plain(head)}::{rest.strip()}", sheet == "survey" and _plain(head) == "bind"
    near = _near(_plain(head), known)
    return near, sheet == "survey" and near in LOGIC


def _near(written: str, known: tuple[str, ...]) -> str | None:
    """The known name next to this one; None for the name itself and for what is kept beside it.

    `label_old` or `required2` is a column put aside, not a slip.
    """
    close = get_close_matches(written[:64], known, n=1, cutoff=NEAR)
    if not close or written in known:
        return None
    kept_beside = written.startswith(close[0]) and not written[len(close[0])].isalpha()
    return None if kept_beside else close[0]


def _plain(header: str) -> str:
    return "_".join(header.lower().split())


def names_columns(sheet: str, values: list[str | None]) -> bool:
    """Whether a row holds the names of the sheet's columns."""
    needed = NAMED_BY.get(sheet, set())
    there = {_plain(value) for value in values if value is not None}
    return bool(needed & there) if sheet == "settings" else bool(needed) and needed <= there


def no_header(sheet: str, row: int) -> UnreadableForm:
    """The refusal of a sheet whose columns have no names."""
    return unreadable("header-row-missing", f"{sheet}!{row}")
