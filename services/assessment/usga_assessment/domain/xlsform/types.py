"""Question types: every alias of XLSForm brought to one base type, and the class it implies."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from pyxform import aliases
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT
from usga_shared.wire.vocabulary import FieldClass

from usga_assessment.domain.xlsform.node import Node
from usga_assessment.domain.xlsform.spelling import LONGEST, did_you_mean

SELECTS = {
    "select one": "select_one",
    "select all that apply": "select_multiple",
    "rank": "rank",
    "select one external": "select_one",
}
ALIASES = {
    "int": "integer", "string": "text", "datetime": "dateTime", "date time": "dateTime",
    "gps": "geopoint", "location": "geopoint", "photo": "image", "picture": "image",
    "trigger": "acknowledge", "imei": "deviceid", "device id": "deviceid",
    "get device id": "deviceid", "start time": "start", "get start time": "start",
    "end time": "end", "get end time": "end", "get today": "today",
    "get phone number": "phonenumber", "phone number": "phonenumber",
    "subscriber id": "subscriberid", "get subscriber id": "subscriberid",
    "sim id": "simserial", "get sim id": "simserial", "percentage": "integer",
    "number of days in last month": "integer", "number of days in last six months": "integer",
    "number of days in last year": "integer",
}  # fmt: skip
EXTERNAL_INSTANCES = frozenset({"xml-external", "csv-external"})
SILENT = frozenset(
    {"calculate", "hidden", "start", "end", "today", "deviceid", "username", "phonenumber",
     "email", "audit", "subscriberid", "simserial", "start-geopoint", "background-geopoint",
     "background-audio", "osm"}
)  # fmt: skip
"""Types that ask nothing, so need no label."""

LOCATIONS = frozenset(
    {"geopoint", "geotrace", "geoshape", "start-geopoint", "background-geopoint", "osm"}
)
IDENTIFIERS = frozenset(
    {"image", "audio", "video", "file", "background-audio", "barcode", "phonenumber", "deviceid",
     "username", "email", "subscriberid", "simserial"}
)  # fmt: skip
INVISIBLE = SILENT - {"phonenumber", "osm"}
"""Types without a control; a telephone number may be asked or taken from the tablet."""

OFFERED = re.compile(r"^(?:q |add )?(.*?)(?: prompt)?$")
GROUPS = re.compile(
    r"^(begin|end)[ _]+(group|repeat|lgroup|looped group|loop)(?:[ _]+over[ _]+(\S+))?$"
)
MARKS = ("begin_group", "end_group", "begin_repeat", "end_repeat")
NEAR = 0.8
"""How much of a mark must be right, as difflib measures it, to be read as the mark."""

OSM = re.compile(r"^osm [^ ]+")
WRITTEN = (
    "text", "integer", "decimal", "range", "select_one", "select_multiple", "rank",
    "select_one_from_file", "select_multiple_from_file", "note", "acknowledge", "date", "time",
    "dateTime", "calculate", "hidden", "geopoint", "geotrace", "geoshape", "image", "audio",
    "video", "file", "barcode", "start", "end", "today", "deviceid", "username", "phonenumber",
    "email", "audit", "begin_group", "end_group", "begin_repeat", "end_repeat",
)  # fmt: skip
"""The usual spellings, for hints."""

WITH_LIST = frozenset(name for name in WRITTEN if name.startswith("select") or name == "rank")
OTHER_PROGRAMS = {
    "number": "integer", "numeric": "decimal", "float": "decimal", "double": "decimal",
    "boolean": "select_one", "radio": "select_one", "dropdown": "select_one",
    "checkbox": "select_multiple", "group": "begin_group", "repeat": "begin_repeat",
}  # fmt: skip
OF_KOBO = re.compile(r"(begin|end)_(kobomatrix|score|rank)$|(score|rank)__(row|level)$")
"""Blocks that KoboToolbox writes out before it gives a form to tablets."""

_COMMANDS = sorted(aliases.select, key=len, reverse=True)


@dataclass(frozen=True, slots=True)
class QuestionType:
    """A base type, the list it chooses from, and whether an "other" text question follows."""

    base: str
    list_name: str | None = None
    from_file: bool = False
    or_other: bool = False
    constraint: str | None = None
    known: bool = True
    external: bool = False  # its list stands on the sheet of external choices


@dataclass(frozen=True, slots=True)
class GroupMark:
    """The begin or the end of a group or a repeat."""

    opens: bool
    kind: str
    over: str | None = None  # the list of a loop


def parse_group(text: str) -> GroupMark | None:
    """Understand "begin repeat" and its kin; loops are old and become groups of groups."""
    match = GROUPS.match(" ".join(text.split()))
    if match is None:
        return None
    kind = "repeat" if match[2].lower() in {"repeat", "lgroup", "looped group"} else "group"
    return GroupMark(opens=match[1].lower() == "begin", kind=kind, over=match[3])


@cache
def misspelt_group(text: str) -> str | None:
    """The mark of a group or repeat that was meant, as `end_group` by "end_grup"."""
    written = "_".join(text.lower().split())[:LONGEST]
    close = get_close_matches(written, MARKS, n=1, cutoff=NEAR)
    return close[0] if close else None


def parse_type(text: str) -> QuestionType:
    """Understand the type column of a question."""
    words = " ".join(text.split())
    for command in _COMMANDS:
        if words.startswith(command + " "):
            return _select(command, words[len(command) + 1 :])
    if OSM.match(words):
        return QuestionType("osm")
    lowered = words if words in QUESTION_TYPE_DICT else words.lower()
    offered = OFFERED.match(lowered)
    plain = offered[1] if offered else lowered
    known: dict[str, Any] = QUESTION_TYPE_DICT.get(lowered, {})
    constraint = known.get("bind", {}).get("constraint")
    known_type = words in QUESTION_TYPE_DICT and words != "rank"
    return QuestionType(ALIASES.get(plain, plain), constraint=constraint, known=known_type)


def meant_type(text: str) -> tuple[str | None, str | None]:
    """Which hint to give for a type that is not known, and the type that was meant."""
    words = " ".join(text.split()).lower()
    first = words.partition(" ")[0]
    if words in WITH_LIST:
        return "name-a-list", words
    if OF_KOBO.match(words.replace(" ", "_")):
        return "of-kobo", None
    if first in OTHER_PROGRAMS:
        return "did-you-mean", OTHER_PROGRAMS[first]
    meant = did_you_mean(words.replace(" ", "_"), WRITTEN) or did_you_mean(first, WRITTEN)
    return ("did-you-mean", meant) if meant else (None, None)


def _select(command: str, rest: str) -> QuestionType:
    or_other = bool(re.search(r" or[ _](?:specify[ _])?other$", rest))
    list_name = re.sub(r" or[ _](?:specify[ _])?other$", "", rest).strip()
    base = SELECTS[str(aliases.select[command])]
    from_file = command in aliases.select_from_file
    if from_file:
        return QuestionType(f"{base}_from_file", list_name, from_file=True)
    external = aliases.select[command] == "select one external"
    return QuestionType(base, list_name, or_other=or_other, external=external)


def is_visible(node: Node) -> bool:
    """Whether a respondent or interviewer sees anything of it; tablets refuse empty groups."""
    if node.kind != "question":
        return True
    return node.type not in INVISIBLE and (node.type != "phonenumber" or bool(node.label))


def implied_class(base: str) -> FieldClass:
    """The class of a question whose form says nothing: free text, places, media are sealed."""
    if base in LOCATIONS:
        return FieldClass.LOCATION
    if base in IDENTIFIERS:
        return FieldClass.IDENTIFIER
    return FieldClass.TEXT if base == "text" else FieldClass.OPEN
