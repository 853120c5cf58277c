"""Which questions open the privacy gate: one definition for the lint of forms and the ingest."""

ROLE = "role"
"""The attribute (`bind::usga:role`) that marks a gate question of another name."""
CONSENT_SENSITIVE, PRIVACY_CHECK = "consent_sens", "priv_ok"
YES = "yes"
"""The only answer that opens: whatever else was said keeps the gate closed."""


def asks_sensitive_consent(name: str, role: str | None) -> bool:
    """Whether a question asks if sensitive questions may come."""
    return name == CONSENT_SENSITIVE or role == "consent_sensitive"


def is_privacy_check(name: str, role: str | None) -> bool:
    """Whether the interviewer says here that nobody can hear."""
    return name.startswith(PRIVACY_CHECK) or role == "privacy_check"
