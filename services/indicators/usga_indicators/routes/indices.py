"""Composite indices: what they are made of, and what a release gives."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from usga_shared.problems import InvalidCredential, NotFound, responses
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

    @classmethod
    def of(cls, c: Component) -> "ComponentView":
        """As readers see it."""
        return cls(
            indicator=c.indicator,
            item=c.item,
            low=c.low,
            high=c.high,
            direction="-" if c.reversed_ else "+",
        )


class PillarView(BaseModel):
    """Components that are averaged."""

    code: str = Field(examples=["perceived_safety"])
    title: dict[str, str]
    components: list[ComponentView]


class IndexView(BaseModel):
    """A composite index: geometric mean of pillars, which are means of indicators."""

    code: str = Field(examples=["USGI"])
    version: str = Field(examples=["1.0.0"])
    title: dict[str, str]
    pillars: list[PillarView]

    @classmethod
    def of(cls, index: Index) -> "IndexView":
        """As readers see it."""
        return cls(
            code=index.code,
            version=index.version,
            title=dict(index.title),
            pillars=[
                PillarView(
                    code=p.code,
                    title=dict(p.title),
                    components=[ComponentView.of(c) for c in p.components],
                )
                for p in index.pillars
            ],
        )


class AreaIndexView(BaseModel):
    """An area; null is unknown, and nothing is imputed. Pillars are always shown too."""

    area: str = Field(description="_T is the whole assessment, else a stratum.", examples=["_T"])
    index: float | None = Field(description="0 to 100, higher is better.", examples=[53.9])
    lower_bound: float | None = Field(description="95 percent, from sampling errors alone.")
    upper_bound: float | None
    pillars: dict[str, float | None]
    rank_low: int | None = Field(None, description="Best rank within the sampling errors.")
    rank_high: int | None = Field(None, description="Worst rank within the sampling errors.")
    ties: list[str] = Field(
        default_factory=list,
        description="Areas whose intervals overlap: neither better nor worse (Q-04).",
    )
    sensitivity: dict[str, tuple[int, int]] = Field(
        default_factory=dict,
        description="Least and greatest rank under other normalisations, aggregations, weights "
        "(Dirichlet, 25 percent), and without each component in turn.",
    )
    missing: list[str] = Field(description="Components without a published value.")

    @classmethod
    def of(cls, r: AreaResult) -> "AreaIndexView":
        """As readers see it, to one decimal."""
        return cls(
            area=r.area,
            index=_short(r.index),
            lower_bound=_short(r.low),
            upper_bound=_short(r.high),
            pillars={code: _short(value) for code, value in r.pillars.items()},
            rank_low=r.rank_low,
            rank_high=r.rank_high,
            ties=list(r.ties),
            sensitivity=dict(r.sensitivity or {}),
            missing=list(r.missing),
        )


class IndexOfReleaseView(BaseModel):
    """The index of a release."""

    code: str = Field(examples=["USGI"])
    version: str = Field(examples=["1.0.0"])
    release: str
    seed: int = Field(description="Of the draws behind the intervals.")
    draws: int = Field(examples=[1000])
    areas: list[AreaIndexView] = Field(description="The whole first, then strata by code.")


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _TENTHS)


@router.get("", summary="List composite indices")
async def list_indices() -> Page[IndexView]:
    """Their pillars, indicators and goalposts. No login."""
    return Page[IndexView](items=[IndexView.of(index) for index in shipped()], next=None)


@router.get(
    "/{code}",
    summary="Read a composite index of a release",
    responses=responses(NotFound, InvalidCredential),
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
    """From published numbers alone: a hidden one is missing. Exact ranks are never given."""
    found = await read_index(
        code, release=release, assessment=assessment, actor=actor, database=database
    )
    return IndexOfReleaseView(
        code=found.whole.index.code,
        version=found.whole.index.version,
        release=found.release.id,
        seed=found.whole.seed,
        draws=found.whole.draws,
        areas=[AreaIndexView.of(r) for r in (*found.whole.areas, *found.strata.areas)],
    )
