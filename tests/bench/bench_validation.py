"""Validation of the full household interview on one core, against parsing the same bytes."""

from collections.abc import Iterable

import orjson

from tests.bench.harness import Row, median_seconds
from tests.support.household import NOW, instrument, interviews, lists

COUNT = 300


def rows() -> Iterable[Row]:
    """Interviews a second: parse and check every rule of the form."""
    lines = [orjson.dumps(answers) for answers in interviews(COUNT)]
    form, known = instrument(), lists()
    assert all(form.check(orjson.loads(x), now=NOW, lists=known).valid for x in lines)

    def check() -> None:
        for line in lines:
            form.check(orjson.loads(line), now=NOW, lists=known)

    def parse() -> None:
        for line in lines:
            orjson.loads(line)

    yield Row(
        what="validation of a household interview",
        database="-",
        figure=COUNT / median_seconds(check),
        unit="/s",
        budget="10,000/s per core",
        reference="orjson.loads alone",
        reference_figure=COUNT / median_seconds(parse),
    )
