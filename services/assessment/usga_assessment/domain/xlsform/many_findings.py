"""A form with very many faults is answered with the first of them and a count of the rest."""

from collections import Counter
from collections.abc import Iterable

from usga_assessment.domain.xlsform.finding import Finding, Severity
from usga_assessment.domain.xlsform.wording import found

MOST = 500
"""Findings said in full: nobody mends more at once, and each costs time to word and to send."""

CODES_SHOWN = 12
WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
ETHICS = ("E-", "C-")


def hopeless(findings: Iterable[Finding]) -> bool:
    """Whether a form has so many errors already that looking for more would help nobody."""
    return sum(finding.severity is Severity.ERROR for finding in findings) >= MOST


def capped(findings: list[Finding]) -> list[Finding]:
    """At most `MOST` findings in their order, errors first, and one that counts the rest by code.

    What speaks against publishing a form goes before other warnings.
    """
    if len(findings) <= MOST:
        return findings
    ranked = sorted(range(len(findings)), key=lambda index: _rank(findings[index]))
    rest = [findings[index] for index in ranked[MOST:]]
    return [*(findings[index] for index in sorted(ranked[:MOST])), _counted(rest)]


def _rank(finding: Finding) -> tuple[int, bool]:
    return WEIGHT[finding.severity], not finding.code.startswith(ETHICS)


def _counted(rest: list[Finding]) -> Finding:
    severity = min((finding.severity for finding in rest), key=WEIGHT.__getitem__)
    counts = Counter(finding.code for finding in rest).most_common(CODES_SHOWN)
    codes = ", ".join(f"{code} ({count})" for code, count in counts)
    return found("more-findings", severity, count=len(rest), codes=codes)
