"""XForms of the forms under test, and instances filled with answers."""

import copy
import csv
import io
import warnings
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

_XF = "{http://www.w3.org/2002/xforms}"
_TEMPLATE = "{http://openrosa.org/javarosa}template"
for _prefix, _uri in {
    "": "http://www.w3.org/2002/xforms",
    "h": "http://www.w3.org/1999/xhtml",
    "jr": "http://openrosa.org/javarosa",
    "orx": "http://openrosa.org/xforms",
    "odk": "http://www.opendatakit.org/xforms",
    "entities": "http://www.opendatakit.org/xforms/entities",
}.items():
    ET.register_namespace(_prefix, _uri)


def convert(workbook: Mapping[str, list[dict[str, str]]], name: str = "data") -> str:
    """The XForm that pyxform makes of the sheets of a form."""
    from pyxform.xls2xform import convert as to_xform

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = to_xform(copy.deepcopy(dict(workbook)), form_name=name)
    return str(made.xform)


def calculations(xform: str) -> dict[str, str]:
    """Path of a node -> the XPath that calculates it."""
    root = ET.fromstring(xform)
    return {
        str(bind.get("nodeset")): str(bind.get("calculate"))
        for bind in root.iter(f"{_XF}bind")
        if bind.get("calculate") is not None
    }


def instance(xform: str, answers: Mapping[str, Any]) -> str:
    """The primary instance of a form with answers in it, as a device would send it."""
    root = ET.fromstring(xform)
    model = next(root.iter(f"{_XF}model"))
    primary = next(iter(model.find(f"{_XF}instance") or ()))
    _fill(primary, answers)
    return ET.tostring(primary, encoding="unicode")


def _fill(element: ET.Element, answers: Mapping[str, Any]) -> None:
    templates = {child.tag: child for child in element if child.get(_TEMPLATE) is not None}
    made: list[ET.Element] = []
    done: set[str] = set()
    for child in list(element):
        name = child.tag.rpartition("}")[2]
        if child.tag in templates:
            if child.tag not in done:
                done.add(child.tag)
                made += _instances(templates[child.tag], answers.get(name) or [])
            continue
        made.append(child)
        if len(child):
            _fill(child, answers)
        else:  # without an answer not even a default is there
            child.text = _text(answers[name]) if answers.get(name) is not None else ""
    for child in list(element):
        element.remove(child)
    element.extend(made)


def _instances(template: ET.Element, answers: list[Mapping[str, Any]]) -> list[ET.Element]:
    made = []
    for each in answers:
        copied = copy.deepcopy(template)
        del copied.attrib[_TEMPLATE]
        _fill(copied, each)
        made.append(copied)
    return made


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def csv_text(rows: list[dict[str, str]]) -> str:
    """Rows as a CSV file."""
    if not rows:
        return ""
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()
