"""Closed vocabularies of the wire: states, classes, purposes, statuses."""

from enum import IntEnum, StrEnum


class FieldClass(StrEnum):
    """What kind of data a question collects; every class but `open` is sealed at rest."""

    OPEN = "open"
    IDENTIFIER = "identifier"
    LOCATION = "location"
    TEXT = "text"
    S3 = "s3"


class Sensitivity(IntEnum):
    """S0 ordinary, S1 personal, S2 politically or criminally sensitive, S3 violence."""

    S0 = 0
    S1 = 1
    S2 = 2
    S3 = 3


class Purpose(StrEnum):
    """Training interviews never mix with production ones."""

    PRODUCTION = "production"
    TRAINING = "training"


class ItemState(StrEnum):
    """What became of one pushed interview (docs/protocol/sync.md)."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    BRANCHED = "branched"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class SubmissionState(StrEnum):
    """Where a kept interview stands in review."""

    STORED = "stored"
    QUARANTINED = "quarantined"
    BRANCHED = "branched"
    CONFLICT = "conflict"
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Missing(StrEnum):
    """Why a variable has no value of its own (domain rule 5.1-11, ADR-0027)."""

    DK = "dk"
    """The respondent does not know."""
    REF = "ref"
    """The respondent prefers not to answer."""
    NA = "na"
    """The respondent says that it does not apply."""
    IMPLIED = "implied"
    """Not asked, because an earlier answer makes the value certain; it has that value."""
    NOT_ASKED = "not_asked"
    """The form did not ask: the question was not relevant."""
    GATE_FAILED = "gate_failed"
    """Not asked, because consent or privacy for sensitive questions was not given."""
    NOT_IN_VERSION = "not_in_version"
    """The version of the form that the interview was made with has no such question."""
    NO_ANSWER = "no_answer"
    """The question was to be asked and was left open."""
    UNSPECIFIED = "unspecified"
    """Whether it was to be asked depends on answers that the reader may not see."""


class ReleaseState(StrEnum):
    """A release is computed as a draft, frozen (never changed again), then published.

    A published one that was wrong or dangerous is retracted: it stays listed, without numbers.
    """

    DRAFT = "draft"
    FROZEN = "frozen"
    PUBLISHED = "published"
    RETRACTED = "retracted"


class RetractionReason(StrEnum):
    """Why a published release was taken back."""

    WRONG_DATA = "wrong_data"
    WRONG_METHOD = "wrong_method"
    DISCLOSURE = "disclosure"
    NOT_AGREED = "not_agreed"
    OTHER = "other"


class ObsStatus(StrEnum):
    """SDMX CL_OBS_STATUS subset: normal, low reliability, suppressed/unavailable, missing."""

    NORMAL = "A"
    LOW_RELIABILITY = "U"
    SUPPRESSED = "Q"
    MISSING = "M"


class ConfStatus(StrEnum):
    """SDMX CL_CONF_STATUS subset: free, primary and secondary suppression."""

    FREE = "F"
    PRIMARY = "C"
    SECONDARY = "D"


TOTAL = "_T"
"""The SDMX code of "all categories" of a dimension."""
