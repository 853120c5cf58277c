"""Ethics of what a form asks: whom (E-09), about whom (E-10), and on what notice (C-03)."""

import re
from collections.abc import Iterator

from usga_assessment.domain.privacy_gate import (
    ROLE,
    approves_children,
    asks_age,
    asks_consent,
    is_about_children,
)
from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.names import COLUMNS
from usga_assessment.domain.xlsform.node import FormSettings, Node, walk
from usga_assessment.domain.xlsform.sealing_rules import references
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.wording import error, found, warning

TAGS, NOTICE = "tags", "notice"
PARTS = ("controller", "purposes", "types", "sharing", "transfer", "rights", "consequences")
"""What a notice says (domain 3.8): who, why, which data, who gets them, transfers, rights, and
what follows from giving or withholding."""

ADULT = 18
FORBIDDEN_TAGS = frozenset({"own_offending", "group_membership"})
_GROUPS = r"(?:gangs?|criminal|armed group|extremist|terrorist|militia)"
_ILLEGAL = r"(?:drugs?|guns?|firearms?|weapons?|explosives?|stolen goods)"
OWN_OFFENDING = re.compile(
    "|".join(
        [
            (
                r"\b(?:have|did|do) you (?:ever |also |personally |yourself )*"
                r"(?:sold|sell|traffic(?:ked)?|smuggled?|carry|carried|owned?|used?|take|taken|fired?|"
                rf"bought|buy) (?:a |an |any |some |illegal |illicit )*{_ILLEGAL}"
            ),
            (
                r"\b(?:have|did) you (?:ever |also |personally |yourself )*"
                r"(?:stolen?|steal|robbed|rob|raped?|killed?|murder(?:ed)?|assault(?:ed)?|"
                r"threaten(?:ed)?|commit(?:ted)?) (?:a |an |any |other )*"
                r"(?:some(?:one|body|thing)|any(?:one|body|thing)|crimes?|offences?|people|person)"
            ),
            (
                r"\b(?:are|were|have) you (?:ever |now |currently )*(?:been )?(?:a |an )?"
                rf"(?:members? of|part of|in|involved (?:in|with)) (?:a |an |any |the )*{_GROUPS}"
            ),
            (
                r"\b(?:do|did|have) you (?:ever )?(?:belong(?:ed)? to|join(?:ed)?) "
                rf"(?:a |an |any )*{_GROUPS}"
            ),
            (
                r"\b(?:ha|has) (?:usted |alguna vez )*"
                r"(?:vendido|traficado|portado|usado|consumido) "
                r"(?:alguna? |un |una )?(?:drogas?|armas?)"
            ),
            (
                r"\b(?:ha|has) (?:usted |alguna vez )*(?:robado|violado|matado|cometido) "
                r"(?:a |algo|alguien|algún|un )"
            ),
            (
                r"\b(?:es|era|ha sido) (?:usted )?(?:miembro|integrante|parte) de "
                r"(?:una |un |alguna )?(?:pandilla|banda|grupo (?:armado|criminal|extremista))"
            ),
            (
                r"\bвы (?:когда-либо |когда-нибудь )?(?:продавали наркотик|"
                r"употребляли наркотик|крали|воровали|грабили|носили оружие|совершали преступлен)"
            ),
            r"\bвы (?:состоите|состояли|являетесь членом)[^?]{0,60}(?:банд|группировк|экстремист)",
            (
                r"\b(?:umewahi|je,? umewahi) (?:kuuza dawa|kuiba|kubeba silaha|kupora|kuua|"
                r"kutumia dawa za kulevya|kufanya uhalifu)"
            ),
            r"\b(?:wewe )?ni mwanachama wa (?:genge|kundi la)",
        ]
    ),
    re.IGNORECASE,
)
"""Wordings of a question about what the respondent did, or which group they are in."""


def is_ours(survey: Survey) -> bool:
    """Whether the form states sensitivities: then it was made for an assessment of this kind."""
    return any(node.declared for node, _ in walk(survey.nodes))


def lint_ethics(survey: Survey, settings: FormSettings) -> list[Finding]:
    """The findings of E-09, E-10 and C-03; errors in forms that state sensitivities."""
    return [
        *_age_floor(survey),
        *_child_protocol(survey),
        *_own_offending(survey),
        *_notice(survey, settings),
    ]


def _role(node: Node) -> str | None:
    return node.attributes.get(ROLE)


def _questions(survey: Survey) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    return (pair for pair in walk(survey.nodes) if pair[0].kind == "question")


def _age_floor(survey: Survey) -> Iterator[Finding]:
    """E-09: where anything is sensitive, the respondent's age must not admit a child."""
    questions = list(_questions(survey))
    if not any(node.sensitivity >= 2 for node, _ in questions):  # noqa: PLR2004 - S2 and S3
        return
    for node, ancestors in questions:
        own = asks_age(node.name, _role(node)) and node.type in {"integer", "decimal"}
        own = own and not any(above.kind == "repeat" for above in ancestors)
        if own and not _keeps_out_children(node.constraint):
            cell = survey.cell(node.row, *COLUMNS["constraint"])
            yield error("E-09-age-floor", cell, name=node.name)


FLOOR = re.compile(r"\.\s*(>=?)\s*(\d+)|(\d+)\s*(<=?)\s*\.(?!\d)")


def _keeps_out_children(constraint: str | None) -> bool:
    """Whether some comparison of a constraint sets a floor of 18 years.

    Codes such as -99 for a refused age may stand beside it.
    """
    for sign, below, above, mirrored in FLOOR.findall(constraint or ""):
        number = int(below or above)
        if number >= ADULT or (number == ADULT - 1 and (sign or mirrored) in {">", "<"}):
            return True
    return False


def _child_protocol(survey: Survey) -> Iterator[Finding]:
    """E-09: `cd_*`, `sv_u18` and what is tagged `child` are off until a protocol is approved."""
    by_name = {node.name: node for node, _ in walk(survey.nodes)}
    for node, ancestors in _questions(survey):
        if not is_about_children(node.name, node.attributes.get(TAGS)):
            continue
        asked = [name for n in (*ancestors, node) for name in references(n.relevant or "")]
        if not any(
            name in by_name and approves_children(name, _role(by_name[name])) for name in asked
        ):
            cell = survey.cell(node.row, *COLUMNS["relevant"])
            severity = Severity.ERROR if node.declared else Severity.WARNING
            yield found("E-09-child-protocol", severity, cell, name=node.name)


def _own_offending(survey: Survey) -> Iterator[Finding]:
    """E-10: by tag, and by the wording of the question in any language."""
    severity = Severity.ERROR if is_ours(survey) else Severity.WARNING
    for node, _ in _questions(survey):
        tagged = FORBIDDEN_TAGS & set((node.attributes.get(TAGS) or "").split())
        if tagged:
            cell = survey.cell(node.row, "bind", f"usga:{TAGS}")
            yield error("E-10-own-offending", cell, name=node.name, why=", ".join(sorted(tagged)))
            continue
        if node.type in {"note", "calculate", "hidden"}:
            continue
        for language, text in node.label.items():
            match = OWN_OFFENDING.search(text)
            if match is not None:
                cell = survey.cell(node.row, "label", language)
                why = f"'{match[0].strip()}'"
                yield found("E-10-own-offending", severity, cell, name=node.name, why=why)
                break


def _notice(survey: Survey, settings: FormSettings) -> Iterator[Finding]:
    """C-03: what the marked notes cover together, and whether each can be read."""
    nodes = list(_questions(survey))
    consents = [node for node, _ in nodes if asks_consent(node.name, _role(node))]
    notes = [node for node, _ in nodes if NOTICE in node.attributes]
    if not consents or not is_ours(survey):
        return
    if not notes:
        cell = survey.cell(consents[0].row, "label")
        yield warning("C-03-no-notice", cell, name=consents[0].name, parts=" ".join(PARTS))
        return
    covered: set[str] = set()
    for note in notes:
        cell = survey.cell(note.row, "bind", f"usga:{NOTICE}")
        parts = note.attributes[NOTICE].replace(",", " ").split()
        covered |= set(parts)
        for part in parts:
            if part not in PARTS:
                yield error("C-03-unknown-part", cell, name=note.name, part=part)
        for language in settings.languages:
            if not (note.label.get(language) or "").strip():
                place = survey.cell(note.row, "label", language)
                yield error("C-03-language", place, name=note.name, language=language)
    missing = [part for part in PARTS if part not in covered]
    if missing:
        cell = survey.cell(notes[0].row, "bind", f"usga:{NOTICE}")
        yield error("C-03-incomplete", cell, name=notes[0].name, missing=missing)
