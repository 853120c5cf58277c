"""What is open must not tell of what is S3 (E-01): an answer speaks by being there, too.

A question that is asked because of an S3 answer, a row that is counted by one, and a value that is
made from one tell it to whoever may read them, however they are worded (ADR-0036).
"""

from collections.abc import Iterator

from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.node import Node, walk
from usga_assessment.domain.xlsform.sealing_rules import CLASS, references
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import error

_OWN = ("relevant", "calculation", "default", "choice_filter")
_AROUND = ("relevant", "repeat_count")


def told_openly(survey: Survey) -> list[Finding]:
    """Each question that is not S3 and depends on S3 answers, with those."""
    nodes = list(walk(survey.nodes))
    sealed = {node.name for node, _ in nodes if _is_sealed(node)}
    if not sealed:
        return []
    return [
        error(
            "E-01-told-openly", survey.cell(node.row, *CLASS), name=node.name,
            sources=sources,
        )
        for node, ancestors in nodes
        if node.kind == "question" and node.type != "note" and not _is_sealed(node)
        if (sources := [n for n in dict.fromkeys(_depends(node, ancestors)) if n in sealed])
    ]  # fmt: skip


def _is_sealed(node: Node) -> bool:
    """Whether it is S3, or holds nothing else."""
    if node.kind == "question":
        return node.field_class is FieldClass.S3
    asked = [child for child in node.children if child.type != "note"]
    return bool(asked) and all(_is_sealed(child) for child in asked)


def _depends(node: Node, ancestors: tuple[Node, ...]) -> Iterator[str]:
    """The names by which it is asked, counted, offered, filled or made."""
    for each, columns in ((node, _OWN), *((around, _AROUND) for around in ancestors)):
        for column in columns:
            yield from references(getattr(each, column) or "")
