"""Choices that tablets refuse: a list whose first choice has nothing to show."""

from dataclasses import dataclass

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.node import FormSettings, walk
from usga_assessment.domain.xlsform.rows import read_rows
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import error
from usga_assessment.domain.xlsform.workbook import Workbook

SHOWN = ("label", "image", "audio", "video")
FROM_LISTS = frozenset({"select_one", "select_multiple", "rank"})


@dataclass(slots=True)
class _List:
    first: str  # the cell where the label of the first choice belongs
    name: str
    bare: bool  # the first choice shows nothing
    translated: bool = False  # in several languages, or with media: then every choice has an id


def check_labels(workbook: Workbook, survey: Survey, settings: FormSettings) -> list[Finding]:
    """Find lists in use whose first choice has no label, as ODK Validate refuses them."""
    used = {
        node.list_name
        for node, _ in walk(survey.nodes)
        if node.type in FROM_LISTS and "search(" not in (node.appearance or "")
    }
    sheet = workbook.sheet("choices")
    lists: dict[str, _List] = {}
    for row in read_rows(sheet, settings.default_language):
        list_name = row.get("list_name")
        if list_name is None:
            continue
        shown = {kind: texts for kind in SHOWN if (texts := row.texts.get(kind))}
        known = lists.setdefault(
            list_name,
            _List(
                sheet.cell(row.number, row.headers.get(("label",))),
                row.get("name") or "",
                bare=not shown,
            ),
        )
        if shown and (set(shown) != {"label"} or len(settings.languages) > 1):
            known.translated = True
    return [
        error("choice-without-label", known.first, name=known.name, list=list_name)
        for list_name, known in lists.items()
        if known.bare and not known.translated and list_name in used
    ]
