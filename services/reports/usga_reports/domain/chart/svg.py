"""A small SVG canvas: elements with attributes, everything escaped, numbers in a fixed form."""

from collections.abc import Iterable
from html import escape

from usga_reports.domain.chart import palette

FONT_SIZE = 11.0
_WIDTH_OF_A_CHARACTER = 0.56  # of the font size; Noto Sans, mixed text


def number(value: float) -> str:
    """A coordinate with at most two decimals, without a negative zero."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def text_width(text: str, size: float = FONT_SIZE) -> float:
    """A generous estimate of a text's width; no font is measured."""
    return len(text) * size * _WIDTH_OF_A_CHARACTER


class Canvas:
    """Collects elements; `render` gives the SVG. `name` makes its ids unique in a page."""

    def __init__(self, width: float, height: float, *, name: str) -> None:
        self.width, self.height, self.name = width, height, name
        self._body: list[str] = []

    def add(self, tag: str, text: str | None = None, /, **attributes: str | float) -> None:
        """One element. Underscores in attribute names are hyphens."""
        pairs = "".join(
            f' {key.rstrip("_").replace("_", "-")}="'
            f'{escape(value if isinstance(value, str) else number(value))}"'
            for key, value in attributes.items()
        )
        self._body.append(
            f"<{tag}{pairs}/>" if text is None else f"<{tag}{pairs}>{escape(text)}</{tag}>"
        )

    def line(  # noqa: PLR0917 - two points and a pen, as everywhere in drawing
        self, x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 1.0
    ) -> None:
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        anchor: str = "start",
        size: float = FONT_SIZE,
        fill: str = palette.INK,
        bold: bool = False,
    ) -> None:
        weight = {"font_weight": "bold"} if bold else {}
        self.add("text", text, x=x, y=y, text_anchor=anchor, font_size=size, fill=fill, **weight)

    def lines(self, x: float, y: float, lines: Iterable[str], *, anchor: str = "end") -> None:
        """Text of several lines, centred on `y`."""
        rows = list(lines)
        step = FONT_SIZE * 1.18
        top = y - step * (len(rows) - 1) / 2 + FONT_SIZE * 0.36
        for index, row in enumerate(rows):
            self.text(x, top + index * step, row, anchor=anchor)

    def polygon(
        self, rings: Iterable[Iterable[tuple[float, float]]], **attributes: str | float
    ) -> None:
        """A polygon with holes, as one path (even-odd)."""
        path = "".join(
            "M" + "L".join(f"{number(x)} {number(y)}" for x, y in ring) + "Z" for ring in rings
        )
        self.add("path", d=path, fill_rule="evenodd", **attributes)

    @property
    def hatch(self) -> str:
        """The paint of hidden cells."""
        return f"url(#{self.name}-hatch)"

    @property
    def dots(self) -> str:
        """The paint of cells without data."""
        return f"url(#{self.name}-dots)"

    def render(self) -> str:
        """The SVG document. The text alternative is the caller's: it stands beside the image."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(self.width)} '
            f'{number(self.height)}" width="{number(self.width)}" height="{number(self.height)}" '
            f'font-family="Noto Sans, sans-serif" font-size="{number(FONT_SIZE)}">'
            f"<defs>{self._patterns()}</defs>{''.join(self._body)}</svg>"
        )

    def _patterns(self) -> str:
        name = escape(self.name)
        return (
            f'<pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{palette.PAPER}"/>'
            f'<line x1="1" y1="0" x2="1" y2="6" stroke="{palette.HATCH}" stroke-width="1.6"/>'
            f'</pattern><pattern id="{name}-dots" width="5" height="5" '
            f'patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="{palette.PAPER}"/>'
            f'<circle cx="2" cy="2" r="1" fill="{palette.HATCH}"/></pattern>'
        )
