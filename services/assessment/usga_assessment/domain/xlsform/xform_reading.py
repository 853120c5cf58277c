"""A ready XForm, as ODK tools exchange it, to the same parts that an XLSForm gives.

The tree of questions is the primary instance; binds say what rules hold, the body says what is
asked. Paths in expressions become `${name}` wherever a name is enough.
"""

from dataclasses import dataclass, field
from hashlib import sha256

from usga_assessment.domain.xlsform import limits
from usga_assessment.domain.xlsform.choices_sheet import Lists
from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.headers import UNDETERMINED
from usga_assessment.domain.xlsform.identity import carried_name, carried_version
from usga_assessment.domain.xlsform.names import tell_apart
from usga_assessment.domain.xlsform.node import FormSettings, Node, walk
from usga_assessment.domain.xlsform.survey_sheet import NAME, Survey
from usga_assessment.domain.xlsform.wording import NOTHING, error, found, unreadable, warning
from usga_assessment.domain.xlsform.workbook import Sheet
from usga_assessment.domain.xlsform.xform_body import Body
from usga_assessment.domain.xlsform.xform_choices import Instances
from usga_assessment.domain.xlsform.xform_lint import lint_xform
from usga_assessment.domain.xlsform.xform_nodes import Dresser
from usga_assessment.domain.xlsform.xform_paths import Paths
from usga_assessment.domain.xlsform.xform_texts import Itext
from usga_assessment.domain.xlsform.xform_types import JAVAROSA
from usga_assessment.domain.xlsform.xml_elements import Element, parse_xml

META = "meta"
RULES = ("relevant", "constraint", "required", "calculate", "readonly")


@dataclass(slots=True)
class XForm:
    """A form read: the same parts, whether it was an XForm or an XLSForm; `text` is the XForm."""

    settings: FormSettings
    survey: Survey
    lists: Lists
    text: str | None
    findings: list[Finding] = field(default_factory=list)


def read_xform(data: bytes) -> XForm:
    """Read an XForm; raises `UnreadableForm` for what is none, or passes a cap."""
    if len(data) > limits.MAX_FILE_BYTES:
        raise unreadable("file-too-large", limit=limits.MAX_FILE_BYTES)
    root = parse_xml(data)
    model = next((each for each in (root, *root.descendants()) if each.tag == "model"), None)
    if model is None:
        raise unreadable("xform-none", root=root.tag[:64])
    instance = model.first("instance")
    primary = instance.children[0] if instance is not None and instance.children else None
    if primary is None:
        raise unreadable("xform-no-instance", f"xform!{model.line}")
    itext = Itext(model)
    if len(itext.languages) > limits.MAX_LANGUAGES:
        raise unreadable("too-many-languages", limit=limits.MAX_LANGUAGES)
    findings: list[Finding] = []
    settings = _settings(root, primary, itext, data, findings)
    survey = Survey(Sheet("xform", {}, ()))
    body = Body(root, model, primary.tag)
    tree = _Tree(survey, body, primary)
    lists: Lists = {}
    if not survey.abandoned:
        survey.findings += tell_apart(survey)
        names = {path: node.name for path, node in tree.nodes.items()}
        paths = Paths(primary.tag, names, _unique(survey))
        instances = Instances.of(model)
        Dresser(survey, body, itext, instances, paths).dress(tree.nodes, tree.elements)
        for name in instances.inline:
            instances.read(name, itext)
        lists = instances.lists
        survey.external_lists.update(dict.fromkeys(instances.external))
        findings += instances.findings
        findings += _astray(body, tree, primary.tag)
        findings += lint_xform(root, model)
    text = data.decode("utf-8", errors="replace")
    return XForm(settings, survey, lists, text, findings)


def _unique(survey: Survey) -> frozenset[str]:
    seen: dict[str, int] = {}
    for node, _ in walk(survey.nodes):
        seen[node.name] = seen.get(node.name, 0) + 1
    return frozenset(name for name, count in seen.items() if count == 1)


def _settings(
    root: Element, primary: Element, itext: Itext, data: bytes, findings: list[Finding]
) -> FormSettings:
    title = next((each.text for each in root.descendants() if each.tag == "title"), "")
    name = primary.get("id") or primary.namespace or ""
    version = primary.get("version") or primary.get("version", "http://openrosa.org/xforms") or ""
    place = f"xform!{primary.line}"
    if not name:
        name = primary.tag
        findings.append(warning("missing-form-id", place, made=name))
    if not version:
        version = sha256(data).hexdigest()[:12]
        findings.append(warning("missing-version", place, made=version))
    title = title or name
    name, named = carried_name(name, place)
    version, numbered = carried_version(version, place)
    findings += [*named, *numbered]
    default = itext.default or UNDETERMINED
    return FormSettings(
        name=name, version=version, title={default: title}, public_title={},
        public_intro={}, default_language=default, languages=tuple(itext.languages),
    )  # fmt: skip


class _Tree:
    """Walks the primary instance; makes a node of each element but the metadata."""

    def __init__(self, survey: Survey, body: Body, primary: Element) -> None:
        self._survey, self._body = survey, body
        self.nodes: dict[str, Node] = {}
        self.elements: dict[str, Element] = {}
        self._count = 0
        self._build(primary, f"/{primary.tag}", survey.nodes, 0)
        if survey.abandoned:
            return
        if self._count == 0:
            survey.findings.append(warning("xform-no-questions", f"xform!{primary.line}"))

    def _build(self, parent: Element, path: str, siblings: list[Node], depth: int) -> None:
        if depth > limits.MAX_NESTING:
            self._survey.abandon(parent.line)
        for element in parent.children:
            if self._survey.abandoned:
                return
            below = f"{path}/{element.tag}"
            if element.tag == META:
                self._meta(element, below, siblings)
            elif below in self.nodes:
                self._again(element, below)
            else:
                self._one(element, below, siblings, depth)

    def _one(self, element: Element, path: str, siblings: list[Node], depth: int) -> None:
        kind = self._body.kind(path, has_children=bool(element.children))
        node = Node(kind, element.tag, "", element.line)
        if not NAME.match(element.tag):
            self._survey.findings.append(
                error("bad-name", f"xform!{element.line}", bad=element.tag, better=f"q_{depth}")
            )
        self.nodes[path], self.elements[path] = node, element
        siblings.append(node)
        if kind == "question":
            self._count += 1
            if self._count > limits.MAX_QUESTIONS:
                raise unreadable(
                    "too-many-questions", f"xform!{element.line}", limit=limits.MAX_QUESTIONS
                )
        else:
            self._build(element, path, node.children, depth + 1)

    def _again(self, element: Element, path: str) -> None:
        """A template and a first instance of a repeat are one; anything else is a mistake."""
        first = self.elements[path]
        repeated = self.nodes[path].kind == "repeat"
        if not repeated and element.get("template", JAVAROSA) is None:
            cell = f"xform!{element.line}"
            self._survey.findings.append(
                error(
                    "duplicate-name", cell, name=element.tag, twice=element.tag, first=first.line
                )
            )

    def _meta(self, meta: Element, path: str, siblings: list[Node]) -> None:
        for element in meta.children:
            if element.tag == "audit":
                node = Node("question", "audit", "audit", element.line)
                self.nodes[f"{path}/audit"], self.elements[f"{path}/audit"] = node, element
                siblings.append(node)
                self._count += 1
            elif element.tag == "entity":
                self._survey.findings.append(warning("entities-kept", f"xform!{element.line}"))


def _astray(body: Body, tree: _Tree, root: str) -> list[Finding]:
    """Controls and binds that lead to no node."""

    def known(path: str) -> bool:
        path = path.partition("/@")[0]
        return path in tree.nodes or f"/{META}" in path or path == f"/{root}"

    placed = {**body.groups, **body.repeats, **body.controls}
    findings = [
        error("xform-unknown-node", f"xform!{control.line}", path=path)
        for path, control in placed.items()
        if not known(path)
    ]
    findings += [
        found(
            "xform-unknown-node", Severity.ERROR if _rules(bind) else Severity.WARNING,
            f"xform!{bind.line}", path=path,
        )
        for path, bind in body.binds.items()
        if bind.get("nodeset") and not known(path)
    ]  # fmt: skip
    targets = (*body.defaults, *body.triggered, *body.actions)
    findings += [
        error("xform-unknown-node", "xform", path=path) for path in targets if not known(path)
    ]
    findings += [
        error(
            "too-little-in-group", f"xform!{g.line}", kind="group", group=g.get("ref") or NOTHING
        )
        for g in body.empty
    ]
    findings += [warning("xform-twice-bound", f"xform!{b.line}", path=p) for p, b in body.twice]
    findings += [
        error("xform-unknown-control", f"xform!{c.line}", control=c.tag) for c in body.unknown
    ]
    return findings


def _rules(bind: Element) -> bool:
    """Whether a rule is lost with the bind; a type alone says nothing of a node that is not."""
    return any(bind.get(name) for name in RULES)
