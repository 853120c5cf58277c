"""Which questions open the privacy gate: one definition for the lint of forms and the ingest.

Beside them the other marks that a form may carry (`bind::usga:role`), under which the lint of
ethics finds the respondent's age, the protocols and the notice.
"""

ROLE = "role"
"""The attribute (`bind::usga:role`) that marks a gate question of another name."""
CONSENT_SENSITIVE, PRIVACY_CHECK = "consent_sens", "priv_ok"
YES = "yes"
"""The only answer that opens: whatever else was said keeps the gate closed."""

CONSENT, AGE, CHILD_PROTOCOL = "consent", "age", "prot_child"


def asks_sensitive_consent(name: str, role: str | None) -> bool:
    """Whether a question asks if sensitive questions may come."""
    return name == CONSENT_SENSITIVE or role == "consent_sensitive"


def is_privacy_check(name: str, role: str | None) -> bool:
    """Whether the interviewer says here that nobody can hear."""
    return name.startswith(PRIVACY_CHECK) or role == "privacy_check"


def asks_consent(name: str, role: str | None) -> bool:
    """Whether the respondent is asked here to take part."""
    return name == CONSENT or role == "consent"


def asks_age(name: str, role: str | None) -> bool:
    """Whether the respondent's own age is asked here."""
    return name == AGE or role == "respondent_age"


def approves_children(name: str, role: str | None) -> bool:
    """Whether this says that the protocol for questions about children is approved."""
    return name == CHILD_PROTOCOL or role == "protocol_child"


def is_about_children(name: str, tags: str | None) -> bool:
    """Whether a question is off until the child protocol is approved (E-09)."""
    return name.startswith("cd_") or name == "sv_u18" or "child" in (tags or "").split()
