"""The templates that can be ordered."""

from collections.abc import Callable
from dataclasses import dataclass

from usga_shared.wire.release import ReleaseBundle

from usga_reports.domain.locale import Catalogue, shipped_languages
from usga_reports.domain.template import city_report
from usga_reports.domain.template.blocks import Document


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of report."""

    name: str
    version: str
    compose: Callable[[ReleaseBundle, Catalogue], Document]

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which every word of the template exists."""
        return shipped_languages()


TEMPLATES = {
    city_report.NAME: Template(city_report.NAME, city_report.VERSION, city_report.city_report)
}
