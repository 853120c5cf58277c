"""What comes to a city beside its survey: counts of institutions, scorecards, walks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from usga_tablet.drafts import make_draft
from usga_tablet.habits import Habits
from usga_tablet.outbox import Outbox
from usga_tablet.respondent import Respondent, Situation

from tests.e2e.indicators.city import City, form_on
from tools.demo import ASSESSMENT, setting_up, walks
from tools.demo.fieldwork import HABITS

FORMS = ("adm_agg", "gsc")
"""Besides the household survey and the walk, which the demonstration publishes."""
RESIDENTS = {"mwembe": 41_000, "mkuyu": 38_000, "mvule": 52_000, "mninga": 29_000}
ROBBERIES = {"mwembe": 120, "mkuyu": 64, "mvule": 88, "mninga": 23}
HOMICIDES = {"mwembe": 14, "mkuyu": 11, "mvule": 12, "mninga": 15}
ITEMS = [
    f"g{domain}{letter}"
    for domain, letters in enumerate(
        ("abc", "abcd", "abcd", "abcde", "abc", "abcde", "abc", "abc", "ab"), 1
    )
    for letter in letters
]
"""The items of the scorecard, by domain."""


def bring_sources(city: City) -> None:
    """Send all of it by the first tablet, as its own forms."""
    for name in FORMS:
        setting_up._publish(city.scene, name)
    city.push([])
    outbox = Outbox(city.scene.folder / "tablet-01/outbox.db")
    try:
        drafts = [_counts(city, outbox), *_scorecards(city, outbox), *_walks(city, outbox)]
    finally:
        outbox.close()
    city.push(drafts)


def year(city: City) -> str:
    """The year before fieldwork: the last one whose records are whole."""
    return str(int(city.scene.memory["first_day"][:4]) - 1)


def score(institution: int, item: int, rater: int) -> int:
    """0 to 4 points; the second rater differs on every seventh item."""
    differs = (institution * 3 + item) % 7 == 0
    agreed = (institution + item) % 5
    return (agreed + rater) % 5 if differs else agreed


def _made(city: City, outbox: Outbox, name: str, number: int, fixed: dict[str, Any]) -> Any:
    document, instrument, lists = form_on(outbox, name)
    first = datetime.fromisoformat(city.scene.memory["first_day"]).replace(tzinfo=UTC)
    return make_draft(
        assessment=ASSESSMENT,
        document=document,
        instrument=instrument,
        respondent=Respondent(Habits.read(HABITS), seed=city.scene.seed, number=number),
        situation=Situation(
            cluster="desk",
            started=first + timedelta(days=2, hours=9, minutes=number % 60),
            fixed={"assess_code": ASSESSMENT, **fixed},
        ),
        case=None,
        language="en",
        lists=lists,
    )


def _counts(city: City, outbox: Outbox) -> dict[str, Any]:
    """Robberies and homicides of a year, with the residents that they are counted over."""
    then = year(city)
    fixed = {
        "ag_inst": "i1", "ag_from": f"{then}-01-01", "ag_to": f"{then}-12-31",
        "ag_area": "mwembe", "ag_month": f"{then}-04-01", "ag_iccs": "0401",
        "ag_unit": "offence", "ag_n": 1,
        "po_area": "mwembe", "po_year": int(then), "po_resident": 1, "po_day": 1,
    }  # fmt: skip
    draft: dict[str, Any] = _made(city, outbox, "adm_agg", 8_000, fixed)
    (cell,), (people,) = draft["answers"]["cell"], draft["answers"]["pop"]
    for row in (cell, people):  # of everybody, not of a part
        for name in ("ag_sex", "ag_age", "ag_form", "po_sex", "po_age"):
            row.pop(name, None)
    draft["answers"]["cell"] = [
        {**cell, "ag_area": area, "ag_iccs": iccs, "ag_unit": unit, "ag_n": n}
        for iccs, unit, by_area in (
            ("0401", "offence", ROBBERIES), ("0101", "victim", HOMICIDES),
        )
        for area, n in by_area.items()
    ]  # fmt: skip
    draft["answers"]["pop"] = [
        {**people, "po_area": area, "po_resident": n, "po_day": n} for area, n in RESIDENTS.items()
    ]
    return draft


def _scorecards(city: City, outbox: Outbox) -> Iterator[dict[str, Any]]:
    """Two raters, blind to each other, then their consensus: what the first one had said."""
    for institution in range(1, 5):
        for rater, stage in enumerate(("rater_a", "rater_b", "consensus")):
            suffix = "abc"[rater]
            points = {
                f"{item}_{suffix}": str(score(institution, at, rater % 2))
                for at, item in enumerate(ITEMS)
            }
            fixed = {"gs_inst": f"i{institution}", "gs_stage": stage, **points}
            yield _made(city, outbox, "gsc", 8_100 + 10 * institution + rater, fixed)


def _walks(city: City, outbox: Outbox) -> Iterator[dict[str, Any]]:
    document, _, lists = form_on(outbox, walks.FORM)
    return walks.drafts(
        walks.points_of(city.scene.villages, city.scene.seed),
        assessment=ASSESSMENT,
        document=document,
        lists=lists,
        habits=Habits.read(HABITS),
        seed=city.scene.seed,
        first=9_000,
        first_day=datetime.fromisoformat(city.scene.memory["first_day"]).replace(tzinfo=UTC),
    )
