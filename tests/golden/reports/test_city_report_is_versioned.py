"""What a template version renders never changes: change the report, raise the version.

The digests were made by this code from the specimen bundle, with
Babel 2.18 (dates) and Jinja2 3.1. To add a version: raise it, run the test, copy the digest that it prints.
"""

import hashlib
import json
from pathlib import Path

from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat
from usga_reports.domain.template.city_report import NAME, VERSION

from tests.unit.reports.specimen import specimen

RECORDED = json.loads(Path(__file__).with_name("city-report.json").read_text("utf-8"))


class TestVersions:
    def test_a_version_keeps_its_bytes(self) -> None:
        html = render_report(
            freeze(specimen()), template=NAME, language="en", kind=ReportFormat.HTML
        )
        assert RECORDED.get(VERSION) == hashlib.sha256(html).hexdigest()
