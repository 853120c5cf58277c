"""What makes tablets refuse a ready XForm that is well formed otherwise (ODK Validate's word)."""

import re
from collections.abc import Iterator

from usga_assessment.domain.xlsform.expression_slips import unreadable
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.wording import NOTHING, error
from usga_assessment.domain.xlsform.xform_choices import INSTANCE, ITEXT_OF
from usga_assessment.domain.xlsform.xform_texts import text_id
from usga_assessment.domain.xlsform.xform_types import ACTIONS, JAVAROSA, QUESTIONS
from usga_assessment.domain.xlsform.xml_elements import Element

EVENTS = (
    "odk-instance-first-load", "odk-instance-load", "odk-new-repeat", "xforms-value-changed",
    "xforms-ready", "xforms-revalidate", "jr-insert",
)  # fmt: skip
PATH = re.compile(r"\s*[\w/.:\-]+\s*")


def lint_xform(root: Element, model: Element) -> list[Finding]:
    """Everything that a client would fail on when it opens the form, each at its line."""
    body = next((each for each in root.children if each.tag == "body"), None)
    inside = list(body.descendants()) if body is not None else []
    actions = [each for each in (*model.children, *inside) if _is_action(each)]
    return [
        *_targets(model, inside, actions),
        *_events(actions),
        *_counts(inside),
        *_readonly(model),
        *_choices(model, inside),
        *_itext(model, inside),
    ]


def _is_action(element: Element) -> bool:
    return element.tag == "setvalue" or element.tag in ACTIONS


def _targets(model: Element, inside: list[Element], actions: list[Element]) -> Iterator[Finding]:
    missing = [(bind, "nodeset") for bind in model.all("bind") if not bind.get("nodeset")]
    asking = [each for each in inside if each.tag in QUESTIONS]
    missing += [
        (element, "ref")
        for element in (*asking, *actions)
        if not any(element.get(name) for name in ("ref", "nodeset", "bind"))
    ]
    for element, attribute in missing:
        yield error("xform-no-target", _at(element), control=element.tag, attribute=attribute)


def _events(actions: list[Element]) -> Iterator[Finding]:
    for action in actions:
        for event in (action.get("event") or "").split():
            if event not in EVENTS:
                yield error("xform-event", _at(action), event=event, control=action.tag)


def _counts(inside: list[Element]) -> Iterator[Finding]:
    for repeat in inside:
        count = repeat.get("count", JAVAROSA) if repeat.tag == "repeat" else None
        if count and not PATH.fullmatch(count):
            yield error("xform-count", _at(repeat), count=count)


def _readonly(model: Element) -> Iterator[Finding]:
    for bind in model.all("bind"):
        yield from unreadable(bind.get("readonly"), _at(bind))


def _choices(model: Element, inside: list[Element]) -> Iterator[Finding]:
    instances = {each.get("id"): each for each in model.all("instance") if each.children}
    for element in inside:
        if element.tag == "item" and element.first("label") is None:
            value = element.first("value")
            name = value.text if value is not None else None
            yield error("choice-without-label", _at(element), name=name)
        elif element.tag == "itemset":
            yield from _itemset(element, instances)


def _itemset(itemset: Element, instances: dict[str | None, Element]) -> Iterator[Finding]:
    found = INSTANCE.match((itemset.get("nodeset") or "").strip())
    instance = instances.get(found[1]) if found is not None else None
    items = instance.children[0].children if instance is not None else None
    for what in ("value", "label"):
        part = itemset.first(what)
        node = (part.get("ref") or "").strip() if part is not None else ""
        by_id = ITEXT_OF.search(node)
        node = by_id[1] if by_id is not None else node
        lacks = items is not None and PATH.fullmatch(node) is not None and not any(
            item.first(node) is not None for item in items
        )  # fmt: skip
        if part is None or not node or lacks:
            place = itemset.get("nodeset") or NOTHING
            yield error("xform-itemset", _at(itemset), list=place, what=what, node=node or NOTHING)


def _itext(model: Element, inside: list[Element]) -> Iterator[Finding]:
    itext = model.first("itext")
    if itext is None:
        return
    translations = itext.all("translation")
    if not translations or any(not each.get("lang") for each in translations):
        yield error("xform-itext-language", _at(itext))
    languages: set[str] = set()
    for translation in translations:
        language = translation.get("lang") or ""
        if language in languages:
            yield error("xform-itext-twice", _at(translation), text=language)
        languages.add(language)
        ids: set[str] = set()
        for text in translation.all("text"):
            name = text.get("id") or ""
            if name in ids:
                yield error("xform-itext-twice", _at(text), text=name)
            ids.add(name)
    yield from _default(translations, inside)


def _default(translations: list[Element], inside: list[Element]) -> Iterator[Finding]:
    """Texts that other languages have and the default one lacks, where the form shows them."""
    chosen = [each for each in translations if each.get("default") is not None]
    first = next(iter(chosen or translations), None)
    if first is None:
        return
    there = {text.get("id") for text in first.all("text")}
    known = {text.get("id") for each in translations for text in each.all("text")}
    for element in inside:
        name = text_id(element.get("ref")) if element.tag in {"label", "hint"} else None
        if name is not None and name in known and name not in there:
            yield error(
                "xform-itext-default",
                _at(element),
                text=name,
                language=first.get("lang") or NOTHING,
            )


def _at(element: Element) -> str:
    return f"xform!{element.line}"
