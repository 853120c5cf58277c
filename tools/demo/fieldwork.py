"""One tablet's fieldwork: pull, interview its households, sync, with planted faults."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from usga_expressions.compact import Layout
from usga_expressions.instrument import Instrument
from usga_tablet.drafts import make_draft
from usga_tablet.habits import Habits
from usga_tablet.outbox import Outbox
from usga_tablet.planting import Fault, close_gate, edit, make_invalid
from usga_tablet.respondent import Respondent, Situation
from usga_tablet.sync import Patience, Tablet

from tools.demo import walks
from tools.demo.sample import Household

HABITS = Path(__file__).with_name("habits.toml")
#: Answered behind a closed gate, as a defective app would: the server must drop it.
_LEAKED = {"pv_phys_5y": "yes"}
_PER_DAY = 6

#: A machine that is busy with everything else may need a minute to start a service again.
_PATIENCE = Patience(tries=40, longest=5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one tablet will do; plain values, so that it can go to another process."""

    number: int
    folder: Path
    origin: str
    households: tuple[Household, ...]
    """Those that will be interviewed, in the order of the work."""
    places: Mapping[str, tuple[float, float]]
    """Middle of each area, latitude and longitude."""
    faults: Mapping[int, Fault]
    """Planted faults, by position in `households`."""
    points: tuple[walks.Point, ...] = ()
    """Where it walks by day and after dark."""
    first_day: datetime
    seed: int
    batch: int = 20


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    number: int
    interviews: int = 0
    states: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    withdrawals: list[str] = field(default_factory=list)
    """Codes on the cards of people who want their interview deleted."""
    bytes_sent: int = 0


async def enrol(folder: Path, origin: str, code: str, name: str) -> str:
    """Make a tablet with its one-time code, or recognise the one there is; its device id."""
    outbox = Outbox(folder / "outbox.db")
    try:
        if outbox.setting("token") is None:
            async with httpx.AsyncClient(base_url=origin, trust_env=False) as http:
                await Tablet(outbox, http, rng=random.Random(0)).enrol(code, name)  # noqa: S311
        return outbox.setting("device") or ""
    finally:
        outbox.close()


def work(plan: Plan) -> Outcome:
    """Do the whole plan; may be called again after an interruption, and goes on."""
    return asyncio.run(_work(plan))


async def _work(plan: Plan) -> Outcome:
    outcome = Outcome(plan.number)
    outbox = Outbox(plan.folder / "outbox.db")
    try:
        async with httpx.AsyncClient(base_url=plan.origin, trust_env=False) as http:
            rng = random.Random(f"{plan.seed}/link/{plan.number}")  # noqa: S311 - spreads retries
            tablet = Tablet(outbox, http, rng=rng, batch=plan.batch, patience=_PATIENCE)
            await tablet.sync()
            again = collect(plan, outbox, outcome)
            walk(plan, outbox)
            await _sync(tablet, outcome)
            outbox.requeue(again)
            await _sync(tablet, outcome)
    finally:
        outbox.close()
    return outcome


async def _sync(tablet: Tablet, outcome: Outcome) -> None:
    report = await tablet.sync()
    outcome.states.update(report.outcomes)
    outcome.bytes_sent += report.bytes_sent


def collect(plan: Plan, outbox: Outbox, outcome: Outcome) -> list[Any]:
    """Interview every household that is left; answers the ids that will be sent twice."""
    document = _form(outbox, "hvs")
    instrument, layout = Instrument.load(document), Layout.of(document)
    lists = {name: value["rows"] for name, value in outbox.pulled("list").items()}
    habits = Habits.read(HABITS)
    again: list[Any] = []
    done = int(outbox.setting("collected") or 0)
    for position, household in enumerate(plan.households):
        fault = plan.faults.get(position)
        situation = _situation(plan, position, household)
        draft = make_draft(
            assessment=outbox.setting("assessment") or "",
            document=document,
            instrument=instrument,
            respondent=Respondent(habits, seed=plan.seed, number=plan.number * 1000 + position),
            situation=situation,
            case=household.case,
            language="sw" if position % 4 else "en",
            lists=lists,
        )
        outcome.interviews += 1
        if fault is Fault.WITHDRAWN:
            outcome.withdrawals.append(str(draft["answers"].get("withdraw_code", "")))
        if position < done:
            continue  # finalised before an interruption
        again += _finalise(outbox, draft, fault, outcome, layout)
        outbox.remember("collected", str(position + 1))
    return again


def walk(plan: Plan, outbox: Outbox) -> None:
    """Finalise the walk of every point, once."""
    if not plan.points or outbox.setting("walked"):
        return
    document = _form(outbox, walks.FORM)
    layout = Layout.of(document)
    for draft in walks.drafts(
        plan.points,
        assessment=outbox.setting("assessment") or "",
        document=document,
        lists={name: value["rows"] for name, value in outbox.pulled("list").items()},
        habits=Habits.read(HABITS),
        seed=plan.seed,
        first=plan.number * 1000 + 900,
        first_day=plan.first_day,
    ):
        outbox.finalise(draft, layout)
    outbox.remember("walked", "yes")


def _form(outbox: Outbox, name: str) -> dict[str, Any]:
    """The form of this name that was pulled last."""
    found = [each["document"] for each in outbox.pulled("instrument").values()]
    document: dict[str, Any] = [each for each in found if each["name"] == name][-1]
    return document


def _finalise(
    outbox: Outbox, draft: dict[str, Any], fault: Fault | None, outcome: Outcome, layout: Layout
) -> Sequence[Any]:
    """Close the interview, with its fault if one is planted; ids to send a second time."""
    if fault is not None:
        outcome.planted[fault.value] += 1
    answers = draft["answers"]
    match fault:
        case Fault.INVALID:
            draft["answers"] = make_invalid(answers)
        case Fault.GATE_CLOSED:
            draft["answers"] = close_gate(answers, s3=_LEAKED)
    finalised = outbox.finalise(draft, layout)
    if fault is Fault.STALE_EDIT:  # two edits of one revision: the second stands beside the head
        for minutes in (3, 5):
            changed = edit(draft, finalised.id, {})
            changed["paradata"] = {**draft["paradata"], "edited_after_minutes": minutes}
            outbox.finalise(changed, layout)
    return [finalised.id] if fault is Fault.DUPLICATE else []


def _situation(plan: Plan, position: int, household: Household) -> Situation:
    """Six interviews a day, from nine in the morning."""
    day, turn = divmod(position, _PER_DAY)
    hour = timedelta(days=day, hours=9, minutes=80 * turn + plan.number % 20)
    return Situation(
        cluster=household.psu,
        started=plan.first_day + hour,
        minutes=35 + (position * 7 + plan.number) % 25,
        place=plan.places[household.area],
        device=f"synthetic-{plan.number:02d}",
        fixed=preload(household),
        repeats={"visit": 1, "roster": household.n_eligible},
    )


def preload(household: Household) -> dict[str, Any]:
    """What is known or decided before the interview; names that a form lacks are not used."""
    return {
        "stratum": household.stratum,
        "psu": household.psu,
        "psu_code": household.psu,
        "assess_code": "KE-MATHARE-2026",
        "structure_no": household.structure,
        "hh_serial": household.serial,
        "visit_result": "complete",
        "disp_final": "d1_1",
        "is_replacement": "no",
        "consent_hh": "yes",
        "hh_size": household.n_eligible + household.serial % 4,
        "n_elig": household.n_eligible,
        "sel_method": "kish",
        "sel_avail": "now",
        "consent": "yes",
    }
