"""Where the rules and the controls of an XForm stand: binds, body and actions by path."""

from usga_assessment.domain.xlsform.xform_paths import plain
from usga_assessment.domain.xlsform.xform_types import ACTIONS, QUESTIONS
from usga_assessment.domain.xlsform.xml_elements import Element

FIRST_LOAD = ("odk-instance-first-load", "odk-instance-load", "odk-new-repeat", "xforms-ready",
              "jr-insert")  # fmt: skip
SECTIONS = ("group", "section", "repeat")
INSIDE = frozenset({"label", "hint", "help", "alert", "item", "itemset", "value", "setvalue"})


class Body:
    """Binds, controls, groups, repeats and actions, by the path of the node they speak of."""

    def __init__(self, root: Element, model: Element, instance: str) -> None:
        self._root = f"/{instance}"
        self.binds: dict[str, Element] = {}
        self.controls: dict[str, Element] = {}
        self.groups: dict[str, Element] = {}
        self.repeats: dict[str, Element] = {}
        self.defaults: dict[str, str] = {}
        self.triggered: dict[str, str] = {}
        self.triggers: dict[str, str] = {}
        self.actions: dict[str, str] = {}
        self.twice: list[tuple[str, Element]] = []
        self.unknown: list[Element] = []
        self.empty: list[Element] = []
        self._ids: dict[str, str] = {}
        for bind in model.all("bind"):
            self._bind(bind)
        for action in model.children:
            self._action(action, self._root)
        body = next((each for each in root.children if each.tag == "body"), None)
        if body is not None:
            self._walk(body, self._root)

    def kind(self, path: str, *, has_children: bool) -> str:
        """question, group or repeat."""
        if path in self.repeats:
            return "repeat"
        if path in self.controls:
            return "question"
        return "group" if has_children or path in self.groups else "question"

    def _bind(self, bind: Element) -> None:
        path = self._path(bind.get("nodeset") or bind.get("ref") or "", self._root)
        if path in self.binds:
            self.twice.append((path, bind))
        self.binds[path] = bind
        self._ids[bind.get("id") or ""] = path

    def _path(self, written: str, context: str) -> str:
        path = plain(written)
        if path.startswith("/"):
            return path
        steps = context.split("/")
        for step in path.split("/"):
            if step == "..":
                del steps[-1:]
            elif step not in {"", "."}:
                steps.append(step)
        return "/".join(steps)

    def _target(self, element: Element, context: str) -> str | None:
        named = element.get("bind")
        if named is not None:
            return self._ids.get(named, named)
        written = element.get("ref") or element.get("nodeset")
        return self._path(written, context) if written is not None else None

    def _action(self, action: Element, context: str) -> None:
        if action.tag not in {"setvalue", *ACTIONS}:
            return
        target = self._target(action, context)
        if target is None:
            return
        if action.tag in ACTIONS:
            self.actions[target] = action.tag
            return
        value = action.get("value") or (f"'{action.text}'" if action.text else "")
        first = any(event in FIRST_LOAD for event in (action.get("event") or "").split())
        (self.defaults if first else self.triggered).setdefault(target, value)
        if not first:
            self.triggers.setdefault(target, context)

    def _walk(self, parent: Element, context: str) -> None:
        for element in parent.children:
            target = self._target(element, context)
            if element.tag in {"setvalue", *ACTIONS}:
                self._action(element, context)
            elif element.tag in SECTIONS:
                self._section(element, parent, target)
                self._walk(element, target or context)
            elif element.tag in QUESTIONS:
                if target is not None:
                    self.controls.setdefault(target, element)
                for inner in element.all("setvalue", *ACTIONS):
                    self._action(inner, target or context)
            elif element.tag not in INSIDE:
                self.unknown.append(element)

    def _section(self, element: Element, parent: Element, target: str | None) -> None:
        if element.tag != "repeat":
            if not element.all(*SECTIONS, *QUESTIONS):
                self.empty.append(element)
            if target is not None:
                self.groups[target] = element
        elif target is not None:
            self.repeats[target] = element
            if parent.tag == "group":
                self.groups.setdefault(target, parent)
