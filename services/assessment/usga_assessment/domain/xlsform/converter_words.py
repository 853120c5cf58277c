"""What pyxform says, by our codes: each of its error codes, and its sentences that have none."""

PARTS = {
    "value": "twice", "q": "reference", "name": "parameter", "missing": "missing",
    "other": "other", "header": "column", "column": "column", "columns": "columns",
    "dataset": "list", "accepted": "accepted", "rejected": "rejected", "sheet": "sheet",
    "candidates": "candidates", "tick_labelset": "parameter",
}  # fmt: skip
"""The fields of its templates, and what our texts call them."""

BY_CODE = {
    "ENTITY_001": "save-to-without-entities", "ENTITY_002": "save-to", "ENTITY_003": "save-to",
    "ENTITY_004": "entity-list", "ENTITY_005": "entity-incomplete",
    "ENTITY_006": "entity-incomplete", "ENTITY_007": "entity-incomplete", "ENTITY_008": "save-to",
    "ENTITY_009": "entity-container", "ENTITY_011": "entity-scope", "ENTITY_012": "entity-scope",
    "ENTITY_013": "save-to", "HEADER_001": "header-row-missing", "HEADER_002": "same-column-twice",
    "HEADER_003": "column-missing", "HEADER_004": "column-name", "HEADER_005": "unknown-column",
    "INTERNAL_001": "trigger", "INTERNAL_002": "conversion-failed",
    "LABEL_001": "choice-without-label", "NAMES_001": "duplicate-name", "NAMES_002": "name-case",
    "NAMES_003": "repeat-name", "NAMES_004": "repeat-name", "NAMES_005": "reserved-name",
    "NAMES_006": "choice-without-name", "NAMES_007": "duplicate-choice", "NAMES_008": "bad-name",
    "NAMES_009": "bad-name", "NAMES_010": "reserved-name", "NAMES_011": "reserved-name",
    "NAMES_012": "reserved-name", "NAMES_013": "sheet-misspelt", "NAMES_014": "entity-list",
    "NAMES_015": "entity-list", "PYREF_001": "broken-reference", "PYREF_002": "trigger",
    "PYREF_003": "unknown-reference", "PYREF_004": "ambiguous-reference",
    "RANGE_001": "range-parameter", "RANGE_002": "range-parameter",
    "RANGE_003": "range-parameter", "RANGE_004": "range-parameter",
    "RANGE_005": "range-parameter", "RANGE_006": "range-labels", "RANGE_007": "range-labels",
    "RANGE_008": "range-labels", "RANGE_009": "range-labels", "RANGE_010": "range-labels",
    "RANGE_011": "range-labels", "RANGE_012": "range-labels", "SURVEY_001": "group-not-opened",
    "SURVEY_002": "group-not-closed", "SURVEY_003": "bad-parameter", "SURVEY_004": "parameters",
    "SURVEY_005": "unknown-parameter", "SURVEY_006": "bad-parameter",
    "SURVEY_007": "bad-parameter", "SURVEY_008": "bad-parameter", "SURVEY_009": "bad-parameter",
}  # fmt: skip

BY_TEXT = {
    # errors
    r"Question with no type": "no-type",
    r"Audits must always be named": "audit-name",
    r"Missing calculation": "calculation-missing",
    r"Question or group with no name|must have a name": "no-name",
    r"Unknown question type '(?P<type>.*?)'": "unknown-type",
    r"List name not in (?:external )?(?:choices|columns) sheet: (?P<list>.*)": "unknown-list",
    r"Repeat loop without list name": "unknown-list",
    r"There should be (?:a|an) (?:external_)?choices sheet": "choices-incomplete",
    r"ensure that the (?:external_)?choices sheet has": "choices-incomplete",
    r"There should be choices for this question": "unknown-list",
    r"Choice names with spaces .* See \[(?P<choice>.*?)\] in \[(?P<list>.*?)\]":
        "choice-with-space",
    r"survey element named '(?P<name>.*?)' has no label or hint": "label-missing",
    r"Instance names must be unique .* The name '(?P<list>.*?)'": "same-instance",
    r"section has not been included|Arguments 'itemset' and": "unknown-type",
    r"the 'trigger' column must not be empty": "trigger",
    r"big-image.* named (?P<name>[\w.-]+)\.|Media type: .* not supported": "media-not-supported",
    r"The question \$\{(?P<trigger>[^}]*)\} is not user-visible": "trigger",
    r"File name for '(?P<list>.*?)' should end": "file-name",
    r"same instance id will be generated .*Instance name: '(?P<list>.*?)'": "same-instance",
    r"Question '(?P<name>[^']*)' (?:is a select from file type|uses).*'search\(\)'":
        "search-list",
    r"[Tt]ranslations? .*or_other|or_other.* translations?": "or-other-untranslated",
    r"or[ _]other|Or[ _]other": "or-other",
    r"table[ -]list": "table-list",
    r"There is no survey element named '(?P<reference>.*?)'": "unknown-reference",
    r"There are multiple survey elements named '(?P<reference>.*?)'": "ambiguous-reference",
    r"To include location information in the audit|location-max-age' must be greater":
        "audit-location",
    r"Parameters must include .* to use a (?P<parameter>[\w-]+)": "bad-parameter",
    r"(?P<parameter>track-changes-reasons|track-changes|identify-user|location-[a-z-]+|randomize)":
        "bad-parameter",
    r"Parameter '?(?P<parameter>[\w-]+)'? must": "bad-parameter",
    r"^(?:\[row : \d+\] )?'?(?P<parameter>[\w-]+)'?(?: value)? must be": "bad-parameter",
    r"Invalid value for (?P<parameter>[\w-]+)\.": "bad-parameter",
    r"The (?P<parameter>app) parameter|[Aa]pp parameter|package name": "bad-parameter",
    r"empty id_string": "missing-form-id",
    r"omit instanceID": "reserved-name",
    # warnings
    r"no longer supported on most devices": "old-type",
    r"'disabled' column": "disabled-column",
    r"Row without name, text, or label": "row-skipped",
    r"(?:Group|Repeat) has no label": "group-without-label",
    r"max-pixels": "image-size",
    r"valid machine-readable codes: (?P<languages>.*?)\. Learn": "language-without-code",
    r"Language '(?P<language>.*?)' is missing the (?P<sheet>\w+) columns? (?P<columns>.*)\.":
        "translation-missing",
    r"Language '(?P<language>.*?)' is missing the (?P<sheet>\w+) (?P<columns>.*?) column\.":
        "translation-missing",
    r"form_id and id_string": "both-form-ids",
    r"only meant for filtered selects": "external-select",
    r"similar names were found": "sheet-misspelt",
}  # fmt: skip
"""Patterns over the whole text, tried in this order."""
