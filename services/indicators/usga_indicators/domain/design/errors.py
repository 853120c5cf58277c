"""Refusals of a sample design, each with a stable code that callers may show."""


class DesignError(ValueError):
    """A design without an honest variance; `code` is stable, the message is for people."""

    code = "design-invalid"


class MissingDesignValue(DesignError):
    """A stratum, unit identifier, weight or population size is missing."""

    code = "design-missing-value"


class InvalidWeight(DesignError):
    """A weight or probability is negative, infinite, or outside its range."""

    code = "design-invalid-weight"


class ClusterCrossesStrata(DesignError):
    """A primary sampling unit lies in two strata and the design does not say `nest`."""

    code = "design-cluster-crosses-strata"


class SinglePrimaryUnit(DesignError):
    """The whole design has only one primary sampling unit: no variance exists."""

    code = "design-single-psu"


class LonelyPrimaryUnit(DesignError):
    """A stratum has one sampled unit and the rule is `fail`."""

    code = "design-lonely-psu"


class InvalidPopulationSize(DesignError):
    """A finite population correction is smaller than the sample or mixes sizes and fractions."""

    code = "design-invalid-fpc"


class InvalidReplicates(DesignError):
    """Replicate weights do not fit the data or their type."""

    code = "design-invalid-replicates"


class CalibrationFailed(DesignError):
    """Population totals cannot be met (empty cell, unknown level, no convergence)."""

    code = "design-calibration-failed"
