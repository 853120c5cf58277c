"""What is asked of patterns in space, and what the indicators service says of them."""

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator
from usga_shared.wire.refused import FieldsRefused
from usga_shared.wire.vocabulary import ObsStatus

from usga_indicators.domain.spatial import Neighbouring, Rule

#: Of knn without `k`.
_NEAREST = 4
Kind = Literal["assessment", "city", "district", "ward", "settlement", "village", "block", "other"]
Quadrant = Literal["high-high", "low-high", "low-low", "high-low"]
Number = float | None


class NeighboursAsked(BaseModel):
    """A rule of neighbours with its number."""

    neighbours: Rule
    k: int | None
    distance: float | None

    @model_validator(mode="after")
    def _number_of_its_rule(self) -> Self:
        """A number belongs to its rule, and a band needs one."""
        for name, rule in (("k", Rule.KNN), ("distance", Rule.BAND)):
            if getattr(self, name) is not None and self.neighbours is not rule:
                raise FieldsRefused("of-other-neighbours", "It is of other neighbours.", name)
        if self.neighbours is Rule.BAND and self.distance is None:
            raise FieldsRefused("distance-missing", "A band has a distance in metres.", "distance")
        return self

    def neighbouring(self) -> Neighbouring:
        """As the domain has it."""
        if self.neighbours is Rule.KNN:
            return Neighbouring(Rule.KNN, k=self.k or _NEAREST)
        return Neighbouring(self.neighbours, metres=self.distance)


class NeighboursView(BaseModel):
    """Who is whose neighbour."""

    rule: Literal["queen", "knn", "band"] = Field(
        description="queen: outlines share a point; knn: the nearest by centroid; band: centroids "
        "within a distance."
    )
    k: int | None = Field(None, description="Of knn.")
    distance_m: float | None = Field(
        None, description="Of band; of queen how far apart outlines may lie and still touch."
    )
    links: int = Field(description="Pairs in order: a and b, b and a.", examples=[34])
    mean: float = Field(description="Neighbours of an area.", examples=[2.83])
    least: int
    most: int
    without: list[str] = Field(description="Areas without a neighbour.")


class MoranView(BaseModel):
    """Moran's I, rows of weights sum to one; above the expectation, alike lie together."""

    statistic: float = Field(description="I", examples=[0.31])
    expected: float = Field(description="Without a pattern: -1/(n - 1).", examples=[-0.0909])
    variance_normality: float
    z_normality: Number
    p_normality: Number = Field(description="Two-sided.")
    variance_randomisation: float
    z_randomisation: Number
    p_randomisation: Number = Field(description="Two-sided.")
    p_permutation: float = Field(
        description="One-sided towards the side of I: (R + 1)/(M + 1) of M permutations.",
        examples=[0.012],
    )


class GearyView(BaseModel):
    """Geary's C; below 1 neighbours are alike."""

    statistic: float = Field(description="C", examples=[0.72])
    expected: float = 1.0
    z_normality: Number
    z_randomisation: Number


class GeneralGView(BaseModel):
    """Getis and Ord's general G: above the expectation high values lie together, else low."""

    statistic: float = Field(description="G")
    expected: float
    z_randomisation: Number


class SamplingErrorView(BaseModel):
    """What the sampling errors of the values do to Moran's I (docs/methods/spatial.md)."""

    noise_share: float = Field(
        description="Of the differences between areas, what sampling errors explain: 1 is all.",
        examples=[0.24],
    )
    draws: int = Field(description="Maps drawn from value and standard error.", examples=[999])
    lower: float = Field(description="Of the middle 95 percent of I over the draws.")
    upper: float
    share_significant: float = Field(
        description="Of draws with p_randomisation below 0.05 on the side of I. A pattern that "
        "most draws lose is not to be relied on.",
        examples=[0.61],
    )


class AreaPatternView(BaseModel):
    """An area with its place in the pattern; null where it has no neighbour or none is defined."""

    area: str = Field(examples=["mwembe"])
    title: dict[str, str]
    value: float = Field(description="As published.", examples=[41.5])
    standard_error: Number = Field(description="As published.", examples=[3.1])
    obs_status: ObsStatus
    neighbours: list[str] = Field(examples=[["mkuyu", "mgunga"]])
    local_moran: Number
    quadrant: Quadrant | None = Field(
        description="Its own value, then its neighbours': above or below the mean."
    )
    gi_star_z: Number = Field(description="Standard score of Gi*: the area with its neighbours.")
    gi_z: Number = Field(description="Without the area; null when any area has no neighbour.")
    p_permutation: Number = Field(
        description="Of local Moran, Gi and Gi* alike, one-sided; the area keeps its value."
    )
    p_adjusted: Number = Field(
        description="Two-sided, for as many areas as there are (Benjamini and Hochberg)."
    )
    stands_out: bool = Field(description="p_adjusted is 0.05 or less.")


class CaveatView(BaseModel):
    """What the numbers do not say."""

    code: str = Field(examples=["sampling-error"])
    text: dict[str, str] = Field(description="By language: en, es, ru, sw.")


class SpatialView(BaseModel):
    """Whether an indicator's high values lie beside each other, and where.

    It is computed from what the release shows, with the map that was frozen with it.
    """

    release: str
    assessment: str
    indicator: str = Field(examples=["PER-01"])
    item: str = Field(examples=["_T"])
    time_period: str = Field(examples=["2026"])
    unit_measure: str = Field(examples=["percent"])
    synthetic: bool
    kinds: list[str] = Field(description="Of the areas.", examples=[["village"]])
    n: int = Field(description="Areas with a published value: all that is computed is of them.")
    hidden: list[str] = Field(description="Areas left out: their value is hidden (D-01 to D-06).")
    limits: list[str] = Field(
        description="Areas left out: nobody or everybody in the sample, a limit is published."
    )
    missing: list[str] = Field(description="Areas left out: no value.")
    off_map: list[str] = Field(description="Left out: they have a value and no outline.")
    low_reliability: list[str] = Field(description="Areas in n whose value is flagged `U`.")
    neighbours: NeighboursView
    permutations: int = Field(examples=[999])
    seed: int = Field(description="Of the release: the same question has the same answer.")
    moran: MoranView
    geary: GearyView
    general_g: GeneralGView | None = Field(description="Null unless all values are above zero.")
    sampling_error: SamplingErrorView | None = Field(
        description="Null where an area has no standard error."
    )
    areas: list[AreaPatternView] = Field(description="By code.")
    caveats: list[CaveatView]
    version: str = Field(description="Of the method.", examples=["1.0.0"])
