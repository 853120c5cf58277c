"""What each respondent says, read anew in plain Python: no expression, no column, no frame.

A `Pair` is the numerator and the denominator that one interview adds to an indicator.
"""

from collections.abc import Callable
from typing import Any

Answers = dict[str, Any]
Pair = tuple[float, float] | None  # numerator and denominator of one interview, None: missing
MISSING = {None, "", "dk", "ref", "na", -98, -99}
VIOLENT = {"rob", "phys", "thr", "ext"}
FORMAL = {
    "13_police", "14_prosecutor", "15_court", "16_local_gov", "17_ombudsman", "18_women_desk",
    "19_other_formal", "21_chief_mahalla",
}  # fmt: skip


def is_in(name: str, *values: str, universe: Callable[[Answers], bool] = lambda _: True) -> Any:
    def pair(a: Answers) -> Pair:
        if not universe(a) or a.get(name) in MISSING:
            return None
        return float(a[name] in values), 1.0

    return pair


def of_everybody(name: str, *values: str) -> Callable[[Answers], Pair]:
    """dk, ref and na stay in the base (metadata of 16.1.4)."""
    return lambda a: (float(a.get(name) in values), 1.0)


def some(value: str | None) -> bool | None:
    """Whether a multiple answer names anything but `none`."""
    if value in MISSING:
        return None
    return value != "none"


def after(a: Answers, screener: str, no: str, question: str) -> Any:
    """The 12-month answer, which a screener's no makes a no and its silence silence."""
    if a.get(screener) == no:
        return "no"
    if a.get(screener) in MISSING:
        return a.get(screener)
    return a.get(question)


def any_of(values: list[Any]) -> bool | None:
    """Whether one of the known answers is yes; unknown without any."""
    known = [v for v in values if v not in MISSING]
    return "yes" in known if known else None


def pair_of(truth: bool | None) -> Pair:
    return None if truth is None else (float(truth), 1.0)


def any_crime(a: Answers) -> Pair:
    plain = (
        "hv_vand_12m",
        "pv_theft_12m",
        "pv_fraud_12m",
        "pv_cyber_12m",
        "pv_ext_12m",
        "pv_thr_12m",
    )
    return pair_of(
        any_of(
            [
                after(a, "hv_burg_5y", "no", "hv_burg_12m"),
                after(a, "hv_veh_own", "no", "hv_veh_12m"),
                after(a, "pv_rob_5y", "no", "pv_rob_12m"),
                *(a.get(name) for name in plain),
            ]
        )
    )


def physical_violence(a: Answers) -> Pair:
    if a.get("consent_sens") != "yes" or a.get("priv_ok") != "yes":
        return None  # the gate: missing, never a no
    said = after(a, "pv_phys_5y", "no", "pv_phys_12m")
    return (float(said not in MISSING and said not in {"no", "none"}), 1.0)


def harassment(a: Answers) -> Pair:
    if a.get("consent_sens") != "yes" or a.get("priv_ok_i") != "yes":
        return None
    said = [after(a, f"{kind}_3y", "none", f"{kind}_12m") for kind in ("sh", "nh")]
    return (float("yes" in said), 1.0)


def robberies(a: Answers) -> Pair:
    robbed = after(a, "pv_rob_5y", "no", "pv_rob_12m")
    if robbed in MISSING:
        return None
    counts = [row["inc_n"] for row in a["inc"] if row["inc_type"] == "rob"]
    if robbed == "yes" and not counts:
        return (1.0, 1.0)  # robbed, and not among the kinds asked about in detail
    if any(n in MISSING for n in counts):
        return None
    return (float(sum(min(n, 10) for n in counts)), 1.0)


def violent(a: Answers, *kinds: str) -> list[dict[str, Any]]:
    """Incidents of these kinds, each by plain names: those told openly, and the attack."""
    found = [{name.removeprefix("inc_"): value for name, value in row.items()} for row in a["inc"]]
    if attacked(a):
        found.append({n.removeprefix("incp_"): v for n, v in a.items() if n.startswith("incp_")})
    return [incident for incident in found if incident["type"] in kinds]


def attacked(a: Answers) -> bool:
    return some(after(a, "pv_phys_5y", "no", "pv_phys_12m")) is True and "incp_type" in a


def weapons(*shown: str) -> Callable[[Answers], Pair]:
    def pair(a: Answers) -> Pair:
        known = [i["weap"] for i in violent(a, *VIOLENT) if i["weap"] not in MISSING]
        return (float(sum(w in shown for w in known)), float(len(known))) if known else None

    return pair


def sexual_violence(a: Answers) -> bool | None:
    said = after(a, "sv_5y", "none", "sv_12m")
    return None if said in MISSING else said not in {"no", "none"}


def formally(incident: dict[str, Any]) -> bool | None:
    """Whether it was reported to a formal or recognised body."""
    if incident["rep"] in MISSING or incident["rep"] == "no":
        return None if incident["rep"] in MISSING else False
    to = incident["rep_to"]
    return None if to in MISSING else not FORMAL.isdisjoint(to.split())


def attack_reported(a: Answers) -> Pair:
    return pair_of(formally(violent(a, "phys")[0])) if violent(a, "phys") else None


def reported(a: Answers) -> Pair:
    rows = violent(a, "rob", "phys", "thr")
    sexual = sexual_violence(a)
    if not rows and sexual is not True:
        return None
    told = [formally(row) for row in rows]
    if sexual:
        told.append(None if a.get("sv_rep") in MISSING else a["sv_rep"] == "yes")
    known = [t for t in told if t is not None]
    return (float(True in known), 1.0) if known else None


def bribery(a: Answers) -> Pair:
    if some(a.get("br_contact")) is not True:
        return None
    gave, asked = some(a.get("br_gave")), some(a.get("br_asked"))
    if gave is None and asked is None:
        return None
    return (float(gave is True or asked is True), 1.0)


def efficacy(a: Answers) -> Pair:
    scale = {"vlikely": 100.0, "likely": 200 / 3, "unlikely": 100 / 3, "vunlikely": 0.0}
    said = [a[n] for n in ("coh_kids", "coh_fight", "coh_viol") if a[n] not in MISSING]
    return (sum(scale[s] for s in said) / len(said), 1.0) if len(said) >= 2 else None


def disputes(a: Answers) -> Pair:
    if some(a.get("dj_types")) is not True:
        return None
    used = some(a.get("dj_mech"))
    if used is None:
        return None
    if not used:
        if a["dj_norsn"] in MISSING or a["dj_norsn"] in {
            "solved_self", "not_important", "caused_self",
        }:  # fmt: skip
            return None
        return (0.0, 1.0)
    return (1.0, 1.0)


def housing(a: Answers) -> Pair:
    lacks: list[bool | None] = []
    for name, bad in (
        ("water_src", {"surface", "well_unprot"}),
        ("toilet", {"pit_open", "hanging", "open"}),
        ("durable", {"non_durable"}),
        ("tenure", {"owner_nodoc", "rent_verbal", "squat"}),
    ):
        lacks.append(None if a[name] in MISSING else a[name] in bad)
    shared = a.get("toilet_share", -98)
    lacks.append(None if shared in MISSING else shared > 2)
    lacks.append(a["hh_size"] / a["rooms_sleep"] > 3)
    assert any(lack is not None for lack in lacks)  # the sleeping rooms always are
    size = float(a["hh_size"])
    return (size * float(True in lacks), size)


SAFE = ("vsafe", "safe")
CASES: dict[str, tuple[Callable[[Answers], Pair], str, float]] = {
    "PER-01": (of_everybody("safe_night", *SAFE), "w_person", 1),
    "PER-04": (is_in("safe_home", *SAFE), "w_person", 1),
    "PER-05": (
        is_in("safe_trans", *SAFE, universe=lambda a: a["safe_trans"] != "never"), "w_person", 1,
    ),
    "PER-06": (
        is_in("crime_trend", "much_more", "more", universe=lambda a: a["resid_12m"] == "yes"),
        "w_person", 1,
    ),
    "VIC-01": (
        lambda a: pair_of(any_of([after(a, "hv_burg_5y", "no", "hv_burg_12m")])), "w_household", 1,
    ),
    "VIC-07": (any_crime, "w_person", 1),
    "VIC-09": (robberies, "w_person", 100_000),
    "VIC-10": (weapons("knife", "gun"), "w_person", 1),
    "VIC-11": (weapons("gun"), "w_person", 1),
    "VIO-01": (physical_violence, "w_person", 1),
    "VIO-06": (harassment, "w_person", 1),
    "JUS-01": (reported, "w_person", 1),
    "JUS-01a": (attack_reported, "w_person", 1),
    "JUS-01b": (
        is_in("sv_rep", "yes", universe=lambda a: sexual_violence(a) is True), "w_person", 1,
    ),
    "JUS-07": (disputes, "w_person", 1),
    "INT-01": (bribery, "w_person", 1),
    "COH-01": (efficacy, "w_person", 1),
    "ENV-01": (is_in("street_light", "good", "partial"), "w_household", 1),
    "SVC-01": (housing, "w_household", 1),
    "SVC-03": (
        is_in("hs_sat", "vsat", "sat", universe=lambda a: a["hs_use"] == "yes"), "w_person", 1,
    ),
}  # fmt: skip
