"""The question type of an XForm node: from its control, its bind and what fills it."""

from usga_assessment.domain.xlsform.xml_elements import Element

JAVAROSA = "http://openrosa.org/javarosa"
DATA_TYPES = {
    "string": "text", "text": "text", "int": "integer", "integer": "integer", "long": "integer",
    "decimal": "decimal", "double": "decimal", "float": "decimal", "boolean": "text",
    "date": "date", "time": "time", "dateTime": "dateTime", "datetime": "dateTime",
    "geopoint": "geopoint", "geotrace": "geotrace", "geoshape": "geoshape", "barcode": "barcode",
    "binary": "file", "intent": "text", "anyURI": "file", "select": "text", "select1": "text",
    "odk:rank": "text", "rank": "text", "list": "text", "listItem": "text", "listItems": "text",
    "comment": "text", "positiveInteger": "integer", "nonNegativeInteger": "integer",
}  # fmt: skip
CONTROLS = {
    "select1": "select_one", "select": "select_multiple", "rank": "rank",
    "trigger": "acknowledge", "range": "range", "secret": "text",
}  # fmt: skip
QUESTIONS = frozenset({"input", "upload", *CONTROLS})
PRELOADS = {
    ("timestamp", "start"): "start", ("timestamp", "end"): "end", ("date", "today"): "today",
    ("property", "deviceid"): "deviceid", ("property", "username"): "username",
    ("property", "phonenumber"): "phonenumber", ("property", "phone number"): "phonenumber",
    ("property", "email"): "email", ("property", "subscriberid"): "subscriberid",
    ("property", "simserial"): "simserial",
}  # fmt: skip
ACTIONS = {"setgeopoint": "start-geopoint", "recordaudio": "background-audio"}
FALSE = frozenset({"false()", "false", "0", ""})


def is_false(expression: str | None) -> bool:
    """Whether a bind's attribute says no, or nothing."""
    return (expression or "").strip() in FALSE


def local_type(bind: Element | None) -> str:
    """The bind's type without its prefix."""
    return ((bind.get("type") if bind is not None else None) or "string").rsplit(":", 1)[-1]


def question_type(
    control: Element | None, bind: Element | None, action: str | None, *, filled: bool
) -> str:
    """The XLSForm type of a node; `filled` says that a default or calculation fills it."""
    data = DATA_TYPES.get(local_type(bind), "text")
    if control is None:
        preload = _preload(bind)
        if preload or action in ACTIONS:
            return preload or ACTIONS[str(action)]
        calculated = bind is not None and bind.get("calculate") is not None
        return "calculate" if calculated else "hidden"
    if control.tag == "upload":
        return _upload(control)
    if control.tag in CONTROLS:
        return CONTROLS[control.tag]
    preload = _preload(bind)
    if preload:
        return preload
    fixed = bind is not None and (bind.get("readonly") or "").strip() == "true()"
    return "note" if fixed and data == "text" and not filled else data


def _preload(bind: Element | None) -> str | None:
    if bind is None:
        return None
    kind = bind.get("preload", JAVAROSA) or ""
    return PRELOADS.get((kind, (bind.get("preloadParams", JAVAROSA) or "").removeprefix("uri:")))


def _upload(control: Element) -> str:
    media = (control.get("mediatype") or "").split("/")[0]
    return media if media in {"image", "audio", "video", "osm"} else "file"
