"""Composite indices: what they are made of, and what a release gives."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from usga_shared.problems import InvalidCredential, NotFound, ReleaseRetracted, responses
from usga_shared.wire.page import Page

from usga_indicators.dependencies import DatabaseDep, OptionalActor
from usga_indicators.domain.composites import AreaResult, Component, Index, shipped
from usga_indicators.operations.read_index import read_index

router = APIRouter(prefix="/v1/indices", tags=["indices"])
_TENTHS = 1


class ComponentView(BaseModel):
    """An indicator with its goalposts."""

    indicator: str = Field(examples=["PER-01"])
    item: str = Field("_T", examples=["_T"])
    low: float = Field(description="Value that scores 0, or 100 when less is better.")
    high: float = Field(description="Value that scores 100, or 0 when less is better.")
    direction: str = Field(examples=["+"])
    side: str | None = Field(
        None, description="Of a balance: resilience, or risk, which is taken off."
    )

    @classmethod
    def of(cls, c: Component, *, balance: bool) -> "ComponentView":
        """As readers see it."""
        return cls(
            indicator=c.indicator,
            item=c.item,
            low=c.low,
            high=c.high,
            direction="-" if c.reversed_ else "+",
            side=c.side.value if balance else None,
        )


class PillarView(BaseModel):
    """Components that are averaged."""

    code: str = Field(examples=["perceived_safety"])
    title: dict[str, str]
    components: list[ComponentView]


class IndexView(BaseModel):
    """A composite index: a mean of pillars, which are means of indicators.

    A balance has levels instead: at each, resilience minus risk.
    """

    code: str = Field(examples=["USGI"])
    version: str = Field(examples=["1.0.0"])
    title: dict[str, str]
    description: dict[str, str] = Field(default_factory=dict)
    direction: Literal["+", "-"] = Field("+", description="-: a high score is bad.")
    aggregation: str = Field("geometric", description="How pillars become one score.")
    balance: bool = Field(default=False, description="Scores lie on -100 to 100, not on 0 to 100.")
    pillars: list[PillarView]

    @classmethod
    def of(cls, index: Index) -> "IndexView":
        """As readers see it."""
        return cls(
            code=index.code,
            version=index.version,
            title=dict(index.title),
            description=dict(index.description),
            direction="-" if index.direction == "-" else "+",
            aggregation=index.aggregation.value,
            balance=index.balance,
            pillars=[
                PillarView(
                    code=p.code,
                    title=dict(p.title),
                    components=[ComponentView.of(c, balance=index.balance) for c in p.components],
                )
                for p in index.pillars
            ],
        )


class SidesView(BaseModel):
    """Both sides of a level of a balance, each on 0 to 100."""

    resilience: float | None
    risk: float | None


class ReliabilityView(BaseModel):
    """Whether the questions of a scale measure one thing."""

    alpha: float = Field(description="Cronbach's alpha, weighted.", examples=[0.78])
    items: int = Field(examples=[3])
    needs: float = Field(description="Below it the score is not read.", examples=[0.7])
    reached: bool


class AreaIndexView(BaseModel):
    """An area; null is unknown, and nothing is imputed. Pillars are always shown too."""

    area: str = Field(description="_T is the whole assessment, else a stratum.", examples=["_T"])
    index: float | None = Field(description="0 to 100; a balance -100 to 100.", examples=[53.9])
    lower_bound: float | None = Field(description="95 percent, from sampling errors alone.")
    upper_bound: float | None
    pillars: dict[str, float | None]
    sides: dict[str, SidesView] = Field(
        default_factory=dict, description="Of a balance: both sides of each level."
    )
    rank_low: int | None = Field(
        None, description="Best rank within the sampling errors, whatever is missing may be."
    )
    rank_high: int | None = Field(
        None, description="Worst rank within the sampling errors, whatever is missing may be."
    )
    ties: list[str] = Field(
        default_factory=list,
        description="Areas whose intervals overlap: neither better nor worse (Q-04).",
    )
    sensitivity: dict[str, tuple[int, int]] = Field(
        default_factory=dict,
        description="Least and greatest rank under other normalisations, aggregations, weights "
        "(Dirichlet, 25 percent), and without each component in turn.",
    )
    spread: dict[str, tuple[float, float]] = Field(
        default_factory=dict,
        description="Least and greatest score under the same choices but normalisations, whose "
        "scales differ.",
    )
    missing: list[str] = Field(description="Components without a published value.")
    obs_status: Literal["A", "U"] = Field(
        "A",
        description="U: it lacks components that another area has, so that its index is not to be "
        "compared with theirs. Ranks and ties hold whatever they may be.",
    )
    lacking: list[str] = Field(
        default_factory=list,
        description="Pillars, or levels, of which it lacks what another area has.",
        examples=[["individual"]],
    )
    possible: tuple[float, float] | None = Field(
        None,
        description="Where `obs_status` is U: the index if what it lacks were as bad, and as "
        "good, as can be.",
        examples=[[-28.5, 4.8]],
    )

    @classmethod
    def of(cls, r: AreaResult) -> "AreaIndexView":
        """As readers see it, to one decimal."""
        return cls(
            area=r.area,
            index=_short(r.index),
            lower_bound=_short(r.low),
            upper_bound=_short(r.high),
            pillars={code: _short(value) for code, value in r.pillars.items()},
            sides={
                code: SidesView(resilience=_short(adds), risk=_short(takes))
                for code, (adds, takes) in r.sides.items()
            },
            rank_low=r.rank_low,
            rank_high=r.rank_high,
            ties=list(r.ties),
            sensitivity=dict(r.sensitivity or {}),
            spread={
                kind: (round(low, _TENTHS), round(high, _TENTHS))
                for kind, (low, high) in (r.spread or {}).items()
            },
            missing=list(r.missing),
            obs_status="U" if r.lacking else "A",
            lacking=list(r.lacking),
            possible=r.possible and (round(r.possible[0], _TENTHS), round(r.possible[1], _TENTHS)),
        )


class IndexOfReleaseView(BaseModel):
    """The index of a release."""

    code: str = Field(examples=["USGI"])
    version: str = Field(examples=["1.0.0"])
    release: str
    seed: int = Field(description="Of the draws behind the intervals.")
    draws: int = Field(examples=[1000])
    interval: Literal["psu_bootstrap", "standard_errors"] = Field(
        description="psu_bootstrap: errors of indicators of one sample go together as they do "
        "there. standard_errors: they were taken as independent, for the release was computed "
        "before this version of the index, or has no probability sample."
    )
    reliability: ReliabilityView | None = Field(
        None, description="Of indices made of one scale, where enough people answered it."
    )
    areas: list[AreaIndexView] = Field(description="The whole first, then strata by code.")
    withheld: list[str] = Field(
        default_factory=list,
        description="Indicators of S3 answers that you do not read before the release is "
        "published: `areas` is empty, for the scores would tell of them.",
        examples=[["VIO-01"]],
    )


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _TENTHS)


@router.get("", summary="List composite indices")
async def list_indices() -> Page[IndexView]:
    """Their pillars, indicators and goalposts. No login."""
    return Page[IndexView](items=[IndexView.of(index) for index in shipped()], next=None)


@router.get(
    "/{code}",
    summary="Read a composite index of a release",
    responses=responses(NotFound, ReleaseRetracted, InvalidCredential),
)
async def read(
    *,
    code: Annotated[str, Path(max_length=16, examples=["USGI"])],
    actor: OptionalActor,
    database: DatabaseDep,
    release: Annotated[
        str | None, Query(max_length=36, description="Default: the newest published one.")
    ] = None,
    assessment: Annotated[str | None, Query(max_length=32)] = None,
) -> IndexOfReleaseView:
    """From what the release shows: a hidden indicator is missing. Exact ranks are never given.

    No area ranks better because a number of it is hidden: what it lacks and another area has may
    be anything on its scale, and ranges of ranks say so (ADR-0064).

    Of a release that is not published, indices of S3 answers have no areas for callers who may
    not read such answers; `withheld` names what they are made of.
    """
    found = await read_index(
        code, release=release, assessment=assessment, actor=actor, database=database
    )
    scored, reliability = found.scored, found.scored.reliability
    return IndexOfReleaseView(
        code=found.index.code,
        version=found.index.version,
        release=found.release.id,
        seed=scored.whole.seed,
        draws=scored.whole.draws,
        interval="psu_bootstrap" if scored.whole.bootstrap else "standard_errors",
        reliability=reliability
        and ReliabilityView(
            alpha=round(reliability.alpha, 2),
            items=reliability.items,
            needs=reliability.needs,
            reached=reliability.reached,
        ),
        areas=[AreaIndexView.of(r) for r in (*scored.whole.areas, *scored.strata.areas)],
        withheld=list(found.withheld),
    )
