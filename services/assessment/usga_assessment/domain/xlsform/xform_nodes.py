"""Dresses the nodes of an XForm with what binds, controls and texts say of them."""

from collections.abc import Mapping

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.node import Node, Texts
from usga_assessment.domain.xlsform.survey_sheet import Survey
from usga_assessment.domain.xlsform.types import SILENT
from usga_assessment.domain.xlsform.wording import NOTHING, error, unreadable, warning
from usga_assessment.domain.xlsform.xform_body import Body
from usga_assessment.domain.xlsform.xform_choices import Instances, Itemset, items_of, itemset_of
from usga_assessment.domain.xlsform.xform_paths import Paths, plain
from usga_assessment.domain.xlsform.xform_texts import Itext, shown, text_id
from usga_assessment.domain.xlsform.xform_types import (
    DATA_TYPES,
    JAVAROSA,
    is_false,
    local_type,
    question_type,
)
from usga_assessment.domain.xlsform.xml_elements import Element

USGA = "urn:usga:xlsform:1"
RANGE = ("start", "end", "step")
NO_LABEL = SILENT | {"calculate", "hidden", "audit"}


class Dresser:
    """Fills nodes in; what is missing becomes a finding of the survey."""

    def __init__(
        self, survey: Survey, body: Body, itext: Itext, instances: Instances, paths: Paths
    ) -> None:
        self._survey, self._body, self._itext = survey, body, itext
        self._instances, self._paths = instances, paths
        self._references = 0

    def dress(self, nodes: Mapping[str, Node], elements: Mapping[str, Element]) -> None:
        """Dress every node of the form."""
        for path, node in nodes.items():
            bind = self._body.binds.get(path)
            if bind is not None:
                self._rules(node, path, bind)
            if node.kind == "question":
                self._question(node, path, bind, elements[path])
            else:
                self._section(node, path)

    def _expression(self, text: str | None, path: str, *, rows: bool = False) -> str | None:
        if not text or not text.strip():
            return None
        authored = self._paths.authored(text, path, rows=rows)
        self._references += authored.count("${")
        if self._references > limits.MAX_REFERENCES:
            raise unreadable("too-many-references", "xform", limit=limits.MAX_REFERENCES)
        return authored or None

    def _rules(self, node: Node, path: str, bind: Element) -> None:
        node.relevant = self._expression(bind.get("relevant"), path)
        node.constraint = self._expression(bind.get("constraint"), path)
        node.calculation = self._expression(bind.get("calculate"), path)
        required = bind.get("required")
        node.required = None if is_false(required) else self._expression(required, path)
        node.read_only = not is_false(bind.get("readonly"))
        message = bind.get("constraintMsg", JAVAROSA)
        node.constraint_message = self._message(message, path, bind) if message else {}
        prefix = f"{{{USGA}}}"
        node.attributes = {
            key.removeprefix(prefix): value
            for key, value in bind.attributes.items()
            if key.startswith(prefix)
        }
        kind = local_type(bind)
        if kind not in DATA_TYPES and kind != "rank":
            place = f"xform!{bind.line}"
            self._survey.findings.append(
                warning("xform-bad-type", place, name=node.name, type=kind)
            )

    def _message(self, message: str, path: str, bind: Element) -> Texts:
        reference = text_id(message)
        if reference is None:
            return {str(self._itext.default): message}
        self._known(reference, bind.line)
        return self._itext.get(reference, lambda text: self._paths.authored(text, path))

    def _known(self, reference: str, line: int) -> None:
        if reference not in self._itext:
            self._survey.findings.append(
                error("xform-missing-text", f"xform!{line}", text=reference)
            )

    def _words(self, element: Element | None, path: str) -> Texts:
        if element is None:
            return {}
        reference = text_id(element.get("ref"))
        if reference is not None:
            self._known(reference, element.line)
            return self._itext.get(reference, lambda text: self._paths.authored(text, path))
        words = shown(element, lambda text: self._paths.authored(text, path))
        return {str(self._itext.default): words} if words else {}

    def _section(self, node: Node, path: str) -> None:
        group = self._body.groups.get(path)
        if group is not None:
            node.label = self._words(group.first("label"), path)
            node.appearance = group.get("appearance")
        repeat = self._body.repeats.get(path)
        if repeat is not None:
            node.repeat_count = self._expression(repeat.get("count", JAVAROSA), path)
            node.appearance = repeat.get("appearance") or node.appearance

    def _question(self, node: Node, path: str, bind: Element | None, element: Element) -> None:
        control = self._body.controls.get(path)
        default = self._body.defaults.get(path)
        node.default = self._expression(default, path) or element.text or None
        triggered = self._body.triggered.get(path)
        if triggered is not None and node.calculation is None:
            node.calculation = self._expression(triggered, path)
            node.trigger = self._expression(self._body.triggers[path], path)
        filled = node.calculation is not None or node.default is not None
        action = self._body.actions.get(path)
        if node.type != "audit":
            node.type = question_type(control, bind, action, filled=filled)
            if node.type == "hidden" and node.calculation is not None:
                node.type = "calculate"
        node.read_only = node.read_only or node.type == "note"
        if control is None:
            return
        node.label = self._words(control.first("label"), path)
        node.hint = self._words(control.first("hint"), path)
        node.appearance = control.get("appearance")
        if node.type == "range":
            node.parameters = {key: v for key in RANGE if (v := control.get(key)) is not None}
        if node.type in {"select_one", "select_multiple", "rank"}:
            self._choices(node, path, control)
        elif control.get("query"):
            node.type = "select_one"
            self._from(node, path, str(control.get("query")), control, None)
        label = control.first("label")
        if not node.label and node.type not in NO_LABEL and not self._pictured(label):
            place = f"xform!{control.line}"
            self._survey.findings.append(warning("xform-no-label", place, name=node.name))

    def _pictured(self, label: Element | None) -> bool:
        reference = text_id(label.get("ref")) if label is not None else None
        return reference is not None and self._itext.has_media(reference)

    def _choices(self, node: Node, path: str, control: Element) -> None:
        itemset = control.first("itemset")
        if itemset is not None:
            self._from(node, path, itemset.get("nodeset") or "", control, itemset)
            return
        choices = items_of(control, self._itext, lambda text: self._paths.authored(text, path))
        if not choices:
            self._missing(node, control, NOTHING)
            return
        seen: dict[str, int] = {}
        for choice in choices:
            first = seen.setdefault(choice.name, choice.row)
            if first != choice.row:
                self._survey.findings.append(
                    warning(
                        "duplicate-choice", f"xform!{choice.row}", name=choice.name,
                        choice=choice.name, list=node.name, first=first,
                    )
                )  # fmt: skip
        node.list_name = self._free(node.name)
        self._instances.lists[node.list_name] = choices

    def _free(self, name: str) -> str:
        while self._instances.knows(name) or name in self._instances.lists:
            name = f"{name}_"
        return name

    def _from(
        self, node: Node, path: str, nodeset: str, control: Element, itemset: Element | None
    ) -> None:
        source = itemset_of(nodeset)
        node.choice_filter = self._expression(source.choice_filter, path)
        if source.randomized:
            node.parameters = {**node.parameters, "randomize": "true"}
        name = source.list_name
        if name is None:
            self._from_answers(node, path, source, itemset)
            return
        node.list_name = name
        if name in self._instances.files:
            node.type = f"{node.type}_from_file"
            node.list_name = self._instances.files[name].rpartition(".")[0] or name
        elif itemset is None:  # the choices of an external select come in itemsets.csv
            node.type = f"{node.type}_from_file"
            self._survey.external_lists[f"{name}.csv"] = None
        elif name not in self._instances.inline:
            self._missing(node, control, name)
        else:
            value, label = itemset.first("value"), itemset.first("label")
            self._instances.read(
                name, self._itext,
                value=(value.get("ref") if value is not None else None) or "name",
                label=(label.get("ref") if label is not None else None) or "label",
            )  # fmt: skip

    def _from_answers(
        self, node: Node, path: str, source: Itemset, itemset: Element | None
    ) -> None:
        """Choices that are answers of the form itself: relative paths start at each of them."""
        node.list_name = self._paths.authored(source.nodeset, path)
        node.choice_filter = self._expression(source.choice_filter, path, rows=True)
        for key in ("value", "label"):
            element = itemset.first(key) if itemset is not None else None
            if element is not None and element.get("ref"):
                node.parameters = {**node.parameters, key: plain(str(element.get("ref")))}

    def _missing(self, node: Node, control: Element, name: str) -> None:
        place = f"xform!{control.line}"
        self._survey.findings.append(error("xform-unknown-list", place, name=node.name, list=name))
