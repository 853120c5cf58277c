"""Fieldwork: tablets interview and sync; supervisors close cases, review, honour withdrawals."""

import asyncio
import multiprocessing
import os
import random
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta

from usga_tablet.planting import plan

from tools.demo import ASSESSMENT, fieldwork
from tools.demo.sample import Household
from tools.demo.scene import Scene
from tools.demo.setting_up import move
from tools.demo.walks import points_of

FAULTY_SHARE = 0.05
_REVIEWED = 48
_VISITS = {"2.24": 3, "2.25": 2, "3.18": 2}


def enrol(scene: Scene) -> None:
    """Every tablet exchanges its code for a credential, and gets its households."""
    supervisor = scene.api("supervisor")
    origin = scene.stack.origin
    for number, code in enumerate(scene.memory["codes"], 1):
        folder = scene.folder / f"tablet-{number:02d}"
        device = asyncio.run(
            fieldwork.enrol(folder, origin, code, f"synthetic tablet {number:02d}")
        )
        cases = [household.case for household in _share(scene, number)]
        supervisor.post(
            f"/v1/assessments/{ASSESSMENT}/cases/assignments", {"device": device, "cases": cases}
        )
    scene.progress.say(f"{scene.tablets} tablets enrolled, each with its households")


def open_fieldwork(scene: Scene) -> None:
    """The last gate before anybody is asked: ethics, referrals, languages, sample, tablets."""
    move(scene, "collecting")


def _share(scene: Scene, number: int) -> list[Household]:
    """A tablet's households: whole PSUs, so that each team works in few places."""
    psus = list(dict.fromkeys(household.psu for household in scene.sample))
    mine = set(psus[number - 1 :: scene.tablets])
    return [household for household in scene.sample if household.psu in mine]


def plans(scene: Scene) -> list[fieldwork.Plan]:
    """What each tablet will do; every kind of fault is planted equally often, over all of them."""
    first = datetime.fromisoformat(scene.memory["first_day"]).replace(tzinfo=UTC)
    places = {village.area: village.centre for village in scene.villages}
    shares = [
        tuple(h for h in _share(scene, number) if h.disposition == "1.1")
        for number in range(1, scene.tablets + 1)
    ]
    rng = random.Random(f"{scene.seed}/faults")  # noqa: S311 - synthetic data
    faults = plan(sum(map(len, shares)), FAULTY_SHARE, rng)
    points = points_of(scene.villages, scene.seed)
    of_tablet = {number: village.area for number, village in enumerate(scene.villages, 1)}
    found: list[fieldwork.Plan] = []
    begin = 0
    for number, households in enumerate(shares, 1):
        positions = range(len(households))
        mine = {p: faults[begin + p] for p in positions if begin + p in faults}
        begin += len(households)
        found.append(
            fieldwork.Plan(
                number=number,
                folder=scene.folder / f"tablet-{number:02d}",
                origin=scene.stack.origin,
                households=households,
                places=places,
                faults=mine,
                points=tuple(p for p in points if p.area == of_tablet.get(number)),
                first_day=first + timedelta(minutes=number),
                seed=scene.seed,
            )
        )
    return found


def interview(scene: Scene) -> None:
    """All tablets work and sync, a few at a time in processes of their own."""
    states: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    codes: list[str] = []
    interviews = sent = 0
    with ProcessPoolExecutor(
        max_workers=min(os.cpu_count() or 1, 4),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_ignore_interrupts,
    ) as pool:
        waiting = [pool.submit(fieldwork.work, plan) for plan in plans(scene)]
        for done, future in enumerate(as_completed(waiting), 1):
            outcome = future.result()
            states += outcome.states
            planted += outcome.planted
            codes += outcome.withdrawals
            interviews += outcome.interviews
            sent += outcome.bytes_sent
            scene.progress.count("tablets that interviewed and synced", done, scene.tablets)
    scene.keep(withdrawals=codes, interviews=interviews)
    scene.progress.say(
        f"{interviews} synthetic interviews in {sent / 1024:.0f} KiB"
        f" ({', '.join(f'{n} {state}' for state, n in sorted(states.items()))})"
    )
    scene.progress.say(
        f"planted on purpose: {', '.join(f'{n} {kind}' for kind, n in sorted(planted.items()))}"
    )


def _ignore_interrupts() -> None:
    """Ctrl-C is the launcher's affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def close_other_cases(scene: Scene) -> None:
    """Households without an interview: their visits and why."""
    api = scene.api("supervisor")
    first = datetime.fromisoformat(scene.memory["first_day"]).replace(tzinfo=UTC)
    others = [household for household in scene.sample if household.disposition != "1.1"]

    def close(household: Household) -> None:
        base = f"/v1/assessments/{ASSESSMENT}/cases/{household.case}"
        for visit in range(_VISITS.get(household.disposition, 0)):
            at = first + timedelta(days=3 + 4 * visit, hours=10 + visit)
            api.post(f"{base}/visits", {"at": at.isoformat(), "outcome": household.disposition})
        api.put(f"{base}/disposition", {"code": household.disposition})

    with ThreadPoolExecutor(max_workers=4) as pool:
        for _ in pool.map(close, others):
            pass
    rates = api.get(f"/v1/assessments/{ASSESSMENT}/outcome-rates")
    scene.keep(counts=rates["unweighted"])
    scene.progress.say(f"{len(others)} households without an interview closed with their reason")


def honour_withdrawals(scene: Scene) -> None:
    """Respondents who changed their mind: the code on their card destroys the interview."""
    api = scene.api("supervisor")
    for code in scene.memory["withdrawals"]:
        api.post("/v1/submissions/withdrawals", {"assessment": ASSESSMENT, "code": code})
    scene.progress.say(f"{len(scene.memory['withdrawals'])} interviews withdrawn by code")


def review(scene: Scene) -> None:
    """A supervisor rejects what no rule can repair, and approves a first part."""
    api = scene.api("supervisor")
    quarantined = api.every(
        "/v1/submissions", assessment=ASSESSMENT, state="quarantined", limit=200
    )
    heads = [item for item in quarantined if item["is_head"]]
    heads.sort(key=lambda item: (item["case"] or "", item["id"]))  # however tablets came in
    for item in heads[::2]:
        api.post(
            f"/v1/submissions/{item['id']}/reviews",
            {"decision": "reject", "comment": "synthetic: cannot be mended"},
        )
    stored = api.get("/v1/submissions", assessment=ASSESSMENT, state="stored", limit=_REVIEWED)
    standing = [item for item in stored["items"] if item["is_head"]]
    for item in standing:
        api.post(
            f"/v1/submissions/{item['id']}/reviews",
            {"decision": "approve", "comment": "synthetic back-check"},
        )
    scene.progress.say(
        f"{len(quarantined)} interviews quarantined, of which a supervisor rejected"
        f" {len(heads[::2])}; {len(standing)} of those stored were approved by hand"
    )
