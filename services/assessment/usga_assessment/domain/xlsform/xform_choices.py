"""The choices of an XForm: items in the body, secondary instances, and files."""

import re
from dataclasses import dataclass, field

from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.finding import Finding
from usga_assessment.domain.xlsform.node import Choice
from usga_assessment.domain.xlsform.wording import error
from usga_assessment.domain.xlsform.xform_texts import Authored, Itext, shown, text_id
from usga_assessment.domain.xlsform.xml_elements import Element

INSTANCE = re.compile(r"^instance\(\s*['\"]([^'\"]+)['\"]\s*\)\s*(?:/\s*[\w:.\-]+\s*)*")
ITEXT_OF = re.compile(r"jr:itext\(\s*([\w:.\-]+)\s*\)")
RANDOM = re.compile(r"^randomize\s*\((.*)\)$", re.DOTALL)
LAST_SAVED = "jr://instance/last-saved"


@dataclass(frozen=True, slots=True)
class Itemset:
    """Where a select takes its choices: a list, a filter over it, and whether it is shuffled."""

    list_name: str | None
    nodeset: str
    choice_filter: str | None
    randomized: bool = False


@dataclass(slots=True)
class Instances:
    """The secondary instances of a model."""

    inline: dict[str, Element] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    lists: Lists = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, model: Element) -> "Instances":
        """Read all but the primary instance."""
        made = cls()
        for instance in model.all("instance")[1:]:
            name, source = instance.get("id"), instance.get("src")
            if name is None:
                continue
            if source is not None and not instance.children:
                made.files[name] = source.rsplit("/", 1)[-1]
            elif instance.children:
                made.inline[name] = instance.children[0]
        return made

    @property
    def external(self) -> list[str]:
        """The files that the form expects, named as authors name them."""
        return [file for file in self.files.values() if file != "last-saved"]

    def knows(self, name: str) -> bool:
        """Whether there is an instance of this id."""
        return name in self.inline or name in self.files

    def read(self, name: str, itext: Itext, *, value: str = "name", label: str = "label") -> None:
        """Make a list of an instance, once; `value` and `label` are the itemset's references."""
        root = self.inline.get(name)
        if root is None or name in self.lists:
            return
        by_id = ITEXT_OF.search(label)
        choices: list[Choice] = []
        for item in root.children:
            cells = {child.tag: child.text for child in item.children}
            texts = {}
            if by_id is not None:
                texts = itext.get(cells.get(by_id[1], ""), str)
            elif cells.get("itextId"):
                texts = itext.get(cells["itextId"], str)
            elif cells.get(label):
                texts = {str(itext.default): cells[label]}
            if not cells.get(value):
                if value in cells or item.children:
                    self.findings.append(
                        error("xform-broken-list", f"xform!{item.line}", list=name)
                    )
                continue
            extra = {k: v for k, v in cells.items() if k not in {value, label, "itextId"} and v}
            choices.append(Choice(cells[value], texts, extra, item.line))
        self.lists[name] = choices


def itemset_of(nodeset: str) -> Itemset:
    """Understand an itemset's nodeset, or the query of an external select."""
    text = nodeset.strip()
    shuffled = RANDOM.match(text)
    if shuffled is not None:
        text = _first_argument(shuffled[1]).strip()
    match = INSTANCE.match(text)
    base, rest = (match[0], text[match.end() :]) if match else _split(text)
    conditions = _predicates(rest)
    joined = conditions[0] if len(conditions) == 1 else " and ".join(f"({c})" for c in conditions)
    return Itemset(match[1] if match else None, base.strip(), joined or None, shuffled is not None)


def _split(text: str) -> tuple[str, str]:
    base, bracket, rest = text.partition("[")
    return base, bracket + rest


def _predicates(text: str) -> list[str]:
    found, depth, start, quote = [], 0, 0, ""
    for index, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "[":
            depth += 1
            start = index + 1 if depth == 1 else start
        elif sign == "]":
            depth -= 1
            if depth == 0:
                found.append(text[start:index].strip())
    return found


def _first_argument(text: str) -> str:
    depth, quote = 0, ""
    for index, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "," and depth == 0:
            return text[:index]
    return text


def items_of(control: Element, itext: Itext, authored: Authored) -> list[Choice]:
    """The choices that stand in the control itself."""
    choices: list[Choice] = []
    for item in control.all("item"):
        value, label = item.first("value"), item.first("label")
        if value is None or not value.text:
            continue
        texts = {}
        if label is not None:
            reference = text_id(label.get("ref"))
            words = shown(label, authored)
            texts = itext.get(reference, authored) if reference else {str(itext.default): words}
        choices.append(Choice(value.text, {k: v for k, v in texts.items() if v}, {}, item.line))
    return choices
