"""Final dispositions of sampled cases (AAPOR, in-person households; domain dossier 3.3)."""

from enum import StrEnum


class Outcome(StrEnum):
    """The classes from which outcome rates are computed."""

    COMPLETE = "I"
    PARTIAL = "P"
    REFUSAL = "R"
    NO_CONTACT = "NC"
    OTHER = "O"
    UNKNOWN_HOUSEHOLD = "UH"
    UNKNOWN_ELIGIBLE = "UO"
    NOT_ELIGIBLE = "NE"


DISPOSITIONS: dict[str, Outcome] = {
    "1.1": Outcome.COMPLETE,
    "1.2": Outcome.PARTIAL,  # enough information: core items answered
    "2.111": Outcome.REFUSAL,  # by the household
    "2.112": Outcome.REFUSAL,  # by the selected person
    "2.12": Outcome.REFUSAL,  # break-off
    "2.23": Outcome.NO_CONTACT,  # could not enter the building
    "2.24": Outcome.NO_CONTACT,  # nobody home after all visits
    "2.25": Outcome.NO_CONTACT,  # selected person away for the period
    "2.31": Outcome.OTHER,  # died
    "2.32": Outcome.OTHER,  # unable: illness, incapacity
    "2.33": Outcome.OTHER,  # language
    "2.36": Outcome.OTHER,  # other: safety abort, privacy not achievable, rejected in review
    "3.11": Outcome.UNKNOWN_HOUSEHOLD,  # not attempted
    "3.17": Outcome.UNKNOWN_HOUSEHOLD,  # unsafe or inaccessible area
    "3.18": Outcome.UNKNOWN_HOUSEHOLD,  # cannot be located
    "3.21": Outcome.UNKNOWN_ELIGIBLE,  # no screener completed
    "4.10": Outcome.NOT_ELIGIBLE,  # out of the area
    "4.50": Outcome.NOT_ELIGIBLE,  # not a dwelling
    "4.60": Outcome.NOT_ELIGIBLE,  # vacant or demolished
    "4.70": Outcome.NOT_ELIGIBLE,  # no eligible person
}

NOT_ATTEMPTED = "3.11"
"""What a case without a final disposition counts as."""

REJECTED_IN_REVIEW = "2.36"
"""A rejected interview leaves the estimates and stays in the rates as non-response."""

INTERVIEWS = frozenset({"1.1", "1.2"})
"""Dispositions that enter estimates."""


def outcome_of(disposition: str | None) -> Outcome:
    """The class of a disposition; None is not attempted. Raises KeyError for no AAPOR code."""
    return DISPOSITIONS[NOT_ATTEMPTED if disposition is None else disposition]
