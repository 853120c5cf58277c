"""The city report as PDF: warm in one process, cold in a new one, and its memory."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pikepdf
from usga_reports.domain.render.report import freeze, render_report
from usga_reports.domain.report import ReportFormat

from tests.bench.harness import Row, median_seconds
from tests.unit.reports.specimen import specimen

# Not `getrusage`: its peak outlives exec, so a child would tell its parent's.
COLD = """
import re, sys
from pathlib import Path
from usga_reports.domain.render.report import ReportFormat, render_report
frozen = Path(sys.argv[1]).read_bytes()
render_report(frozen, template="city-report", language="en", kind=ReportFormat.PDF)
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


def rows() -> Iterable[Row]:
    """Seconds and MiB."""
    frozen = freeze(specimen())

    def render() -> bytes:
        return render_report(frozen, template="city-report", language="en", kind=ReportFormat.PDF)

    with tempfile.TemporaryDirectory() as folder:
        pdf, bundle = Path(folder, "report.pdf"), Path(folder, "bundle.json")
        pdf.write_bytes(render())
        bundle.write_bytes(frozen)
        with pikepdf.open(pdf) as opened:
            pages = len(opened.pages)
        started = time.perf_counter()
        cold = subprocess.run(
            [sys.executable, "-c", COLD, bundle], check=True, capture_output=True, text=True
        )
        cold_seconds = time.perf_counter() - started
    what = f"city report, {pages} pages, PDF"
    yield Row(what + ", warm", "-", median_seconds(render), "s", "1 s for 20 pages")
    yield Row(what + ", cold", "-", cold_seconds, "s", "3 s for 20 pages")
    yield Row(what + ", memory", "-", float(cold.stdout), "MiB", "200 MiB")
