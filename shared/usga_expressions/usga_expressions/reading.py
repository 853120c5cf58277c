"""The two readings of the language where engines differ."""

from enum import StrEnum


class Reading(StrEnum):
    """The letter of XPath 1.0 and the ODK specification, or what JavaRosa (ODK Collect) does.

    They differ over empty nodes in sums, minima, maxima, counts and joins, over a path as a
    condition, over `regex`, over a plain date as a number, and over date text in comparisons.
    """

    SPECIFICATION = "specification"
    JAVAROSA = "javarosa"
