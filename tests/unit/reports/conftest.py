"""The specimen bundle and what is made of it, made once."""

import pytest
from usga_reports.domain.locale import Catalogue, load_catalogue
from usga_reports.domain.template.blocks import Document
from usga_reports.domain.template.city_report import city_report
from usga_shared.wire.release import ReleaseBundle

from tests.unit.reports.specimen import specimen


@pytest.fixture(scope="session")
def bundle() -> ReleaseBundle:
    return specimen()


@pytest.fixture(scope="session")
def words() -> Catalogue:
    return load_catalogue("en")


@pytest.fixture(scope="session")
def document(bundle: ReleaseBundle, words: Catalogue) -> Document:
    return city_report(bundle, words)
