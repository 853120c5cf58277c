"""What every part of a report needs: the numbers, the words, and lines that repeat."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from usga_shared.wire.extract import AssessmentContext
from usga_shared.wire.release import IndicatorView, Observation, ReleaseBundle, ReleaseView
from usga_shared.wire.vocabulary import ReleaseState

from usga_reports.domain.chart.choropleth import Shape, shapes_of
from usga_reports.domain.chart.marks import Mark
from usga_reports.domain.locale import Catalogue
from usga_reports.domain.presenter import Presenter
from usga_reports.domain.published import CellState, Dimension, Published, state_of
from usga_reports.domain.template.blocks import Cell


@dataclass(frozen=True)
class Material:
    """One release in one language."""

    published: Published
    presenter: Presenter

    @classmethod
    def of(cls, bundle: ReleaseBundle, words: Catalogue) -> "Material":
        """Protect the bundle and meet the language."""
        published = Published.of(bundle)
        return cls(published, Presenter.of(words, published.bundle.context))

    @property
    def words(self) -> Catalogue:
        return self.presenter.words

    @property
    def context(self) -> AssessmentContext:
        return self.published.bundle.context

    @property
    def release(self) -> ReleaseView:
        return self.published.bundle.release

    @property
    def probability(self) -> bool:
        return self.context.probability_sample

    @property
    def synthetic(self) -> bool:
        """Either document saying so is enough: a label too many harms nobody."""
        return self.context.synthetic or self.release.synthetic

    def banner(self) -> str:
        """What every page must say: synthetic data, and a release that is not published."""
        published = self.release.state is ReleaseState.PUBLISHED
        texts = (
            self.words("synthetic.banner") if self.synthetic else "",
            "" if published else self.words("draft.banner"),
        )
        return " ".join(text for text in texts if text)

    def places(self) -> tuple[tuple[str, ...], ...]:
        """Names of settlements in the orders of the sample, of the map, and of area codes."""
        titles = self.presenter.area_titles
        sample = tuple(self.presenter.stratum(code) for code in sorted(self.published.strata))
        by_code = tuple(titles[code] for code in sorted(titles))
        return sample, tuple(titles.values()), by_code

    @property
    def corrected_by(self) -> list[str]:
        """Releases that were published since and correct this one, oldest first."""
        return self.published.bundle.corrected_by

    @property
    def withheld(self) -> list[str]:
        """Indicators of S3 answers that this report may not hold before they are published."""
        return self.published.bundle.withheld

    def shapes(self, cells: Mapping[str, Observation]) -> tuple[Shape, ...]:
        """The areas of a map, in the order of their numbers.

        Of areas that lie within others only one level is drawn: the innermost that has cells.
        """
        features = self.context.areas.get("features", [])
        parents = {
            str(p.get("code", f.get("id", ""))): str(p.get("parent") or "")
            for f in features
            if (p := f.get("properties") or {})
        }
        drawn = shapes_of(self.context.areas)
        inside = {s.code: set(_ancestors(s.code, parents)) for s in drawn}
        told = {s.code for s in drawn if s.code in cells}
        around = set().union(*(inside[code] for code in told)) if told else set()
        chosen = told - around
        outer = set().union(*inside.values()) if inside else set()
        return tuple(
            shape
            for shape in drawn
            if shape.code in chosen
            or (shape.code not in outer and chosen.isdisjoint(inside[shape.code]))
        )

    def labelled(self, indicator: IndicatorView) -> str:
        """The title, and what the numbers come from where that is not the survey."""
        title, kind = self.presenter.title(indicator), self.presenter.kind(indicator)
        return self.words("label.kind", title=title, kind=kind) if kind else title

    def source(self, *indicators: IndicatorView) -> str:
        """The source line of figures and tables; of `indicators` all that they come from."""
        kinds = dict.fromkeys(indicator.source for indicator in indicators)
        assessment, period = self.presenter.assessment(), self.release.time_period
        if set(kinds) <= {"survey"}:
            key = "source.synthetic" if self.synthetic else "source.survey"
            return self.words(key, assessment=assessment, period=period)
        told = [self.words(f"kind.{kind}") for kind in kinds]
        return self.words(
            "source.kinds_synthetic" if self.synthetic else "source.kinds",
            assessment=assessment,
            period=period,
            kinds=self.words("punctuation.semicolon").join(told),
        )

    def base_line(self, cells: Iterable[Observation | None], *, rows: bool = False) -> str:
        """The unweighted base: one number, or that of each row where rows are other people."""
        sizes = [c.sample_size for c in cells if c is not None and c.sample_size is not None]
        if not sizes:
            return self.words("base.none")
        low, high = (self.presenter.numbers.number(n) for n in (min(sizes), max(sizes)))
        if low != high:
            return self.words("base.range", low=low, high=high)
        return self.words("base.rows" if rows else "base.one", n=low)

    def mark(self, label: str, cell: Observation | None, *, with_interval: bool = True) -> Mark:
        """A cell as a chart draws it; what is not there is drawn as missing."""
        if cell is None:
            return Mark(label=label, state=CellState.MISSING, text=self.words("state.missing"))
        text = self.presenter.value(cell)
        ends = self.presenter.interval(cell)
        if with_interval and ends:
            text = f"{text} ({ends})"
        if state_of(cell) is CellState.FLAGGED:
            text += self.words("state.flag")
        return Mark(
            label=label, state=state_of(cell), text=text, value=cell.obs_value,
            lower=cell.lower_bound, upper=cell.upper_bound,
        )  # fmt: skip

    def value_cell(self, cell: Observation | None) -> Cell:
        """A table cell for a value."""
        if cell is None:
            return Cell(text=self.words("state.missing"), kind="missing")
        text = self.presenter.value(cell)
        match state_of(cell):
            case CellState.HIDDEN:
                return Cell(text=text, kind="hidden")
            case CellState.MISSING:
                return Cell(text=text, kind="missing")
            case CellState.FLAGGED:
                return Cell(text=text + self.words("state.flag"), kind="flagged")
        return Cell(text=text, kind="number")

    def interval_cell(self, cell: Observation | None) -> Cell:
        """A table cell for an interval."""
        ends = self.presenter.interval(cell) if cell is not None else None
        return Cell(text=ends or self.words("state.none"), kind="number")

    def number_cell(self, value: float | None, decimals: int = 0) -> Cell:
        """A table cell for a plain number."""
        text = (
            self.words("state.none")
            if value is None
            else self.presenter.numbers.number(value, decimals)
        )
        return Cell(text=text, kind="number")

    def tick(self, unit: str, step: float) -> str:
        """An axis number."""
        decimals = 0 if float(step).is_integer() else 1
        text = self.presenter.numbers.number(step, decimals)
        return text + self.presenter.numbers.style.percent if unit == "percent" else text

    def has(self, indicator: IndicatorView, *dimensions: Dimension) -> bool:
        """True when every breakdown has cells."""
        return all(self.published.cells(indicator.code, d) for d in dimensions)


def _ancestors(code: str, parents: Mapping[str, str]) -> Iterator[str]:
    """The areas that an area lies within, the nearest first."""
    seen = {code}
    while (code := parents.get(code, "")) and code not in seen:
        seen.add(code)
        yield code
