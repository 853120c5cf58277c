"""Sample designs: strata, units of several stages, population sizes, weights, lonely-PSU rules."""

from usga_indicators.domain.design.errors import (
    CalibrationFailed,
    ClusterCrossesStrata,
    DesignError,
    InvalidPopulationSize,
    InvalidReplicates,
    InvalidWeight,
    LonelyPrimaryUnit,
    MissingDesignValue,
    SinglePrimaryUnit,
)
from usga_indicators.domain.design.survey_design import Adjustment, LonelyPsu, SurveyDesign
from usga_indicators.domain.design.variance import covariance_of_total

__all__ = [
    "Adjustment",
    "CalibrationFailed",
    "ClusterCrossesStrata",
    "DesignError",
    "InvalidPopulationSize",
    "InvalidReplicates",
    "InvalidWeight",
    "LonelyPrimaryUnit",
    "LonelyPsu",
    "MissingDesignValue",
    "SinglePrimaryUnit",
    "SurveyDesign",
    "covariance_of_total",
]
