"""Thresholds of disclosure control: an assessment may make them stricter, never weaker."""

from dataclasses import dataclass, fields


class WeakerThresholds(ValueError):
    """A threshold below the protection that every assessment gets."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Rules D-01, D-02 and D-06. Raises `WeakerThresholds` when one protects less."""

    #: Unweighted bases below this are hidden (D-01).
    base_hidden: int = 25
    #: Unweighted bases below this, and not hidden, are flagged (D-01).
    base_flagged: int = 50
    #: Unweighted bases of S3 indicators below this are hidden (D-01).
    base_hidden_s3: int = 50
    #: Numerators and complements from 1 to one below this are hidden (D-01).
    count_hidden: int = 10
    #: Coefficients of variation above this are hidden (D-02).
    cv_hidden: float = 0.333
    #: Coefficients of variation above this, and not hidden, are flagged (D-02).
    cv_flagged: float = 0.166
    #: Half-widths of a proportion's interval above this are hidden (D-02).
    half_width_hidden: float = 0.15
    #: Near 0 or 1, half-widths above this, and not hidden, are flagged (D-02).
    half_width_flagged: float = 0.05
    #: Proportions below this or above one minus this are near 0 or 1: no CV rule (D-02).
    near_boundary: float = 0.10
    #: Totals of values need this many contributing units (D-06).
    dominance_units: int = 10
    #: No unit may hold this share of a total of values, or more (D-06).
    dominance_share: float = 0.50
    #: The nine people who differ most may make no more of all that differs (D-06).
    deviation_share: float = 0.90
    #: The 24 people who count most may make no more of a denominator (D-01).
    denominator_share: float = 0.99

    def __post_init__(self) -> None:
        for field in fields(self):
            value, default = getattr(self, field.name), field.default
            more_is_stricter = isinstance(default, int)
            weaker = value < default if more_is_stricter else not 0 < value <= default
            if weaker:
                raise WeakerThresholds(f"{field.name} = {value} protects less than {default}")
