"""Synthetic interviews of the household survey, for tests of the indicators service."""

import json
import random
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

OUTLINE = Path(__file__).parents[1] / "unit/indicators/definitions/hvs_outline.json"
ASSESSMENT = "KE-TESTVILLE-2026"
_DR = {"yes": 20, "no": 70, "dk": 6, "ref": 4}


@lru_cache(maxsize=1)
def outline() -> dict[str, Any]:
    """The questions of the household survey as an instrument document (domain dossier 4.2)."""
    document: dict[str, Any] = json.loads(OUTLINE.read_text("utf-8"))
    return document


class Respondent:
    """Draws answers of one interview; skips and gates hold as in the form."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._lists = {
            name: [c["name"] for c in choices]
            for name, choices in outline()["choice_lists"].items()
        }

    def one(self, name: str) -> str:
        """One choice of a list."""
        return str(self._rng.choice(self._lists[name]))

    def yes(self, chance: float) -> str:
        """A yes-no question with a few dk and ref."""
        draw = self._rng.random()
        if draw < 0.03:
            return "dk" if draw < 0.02 else "ref"
        return "yes" if self._rng.random() < chance else "no"

    def many(self, name: str, none: float = 0.5) -> str:
        """Several choices, `none`, or a refusal."""
        draw = self._rng.random()
        if draw < 0.03:
            return "ref"
        if draw < 0.03 + none:
            return "none"
        real = [c for c in self._lists[name] if c not in {"none", "dk", "ref", "na"}]
        return " ".join(sorted(self._rng.sample(real, self._rng.randint(1, min(3, len(real))))))

    def interview(self) -> dict[str, Any]:
        """Answers of everything that the catalogue's definitions use."""
        a: dict[str, Any] = {"sex": self._rng.choice(["female", "male"])}
        a["age"] = -99 if self._rng.random() < 0.01 else self._rng.randint(18, 85)
        a["hh_size"] = self._rng.randint(1, 9)
        for name, of in _PLAIN.items():
            a[name] = self.one(of)
        a["problems"] = self.many("problem", none=0.0)
        if a["problems"] != "ref":
            a["prob_top"] = self._rng.choice(a["problems"].split())
        for name in ("avoid_12m", "part_org", "flo_tip"):
            a[name] = self.many({"avoid_12m": "avoid", "part_org": "org"}.get(name, "tip_sign"))
        a["resid_12m"] = self._rng.choice(["yes", "yes", "yes", "no", "ref"])
        a["rooms_sleep"] = self._rng.randint(1, 4)
        if a["toilet"] != "open":
            a["toilet_share"] = self._rng.choice([-98, 0, 0, 1, 2, 3, 6])
        self._crimes(a)
        self._gated(a)
        self._governance(a)
        return a

    def _crimes(self, a: dict[str, Any]) -> None:
        a["hv_burg_5y"] = self.yes(0.3)
        if a["hv_burg_5y"] == "yes":
            a["hv_burg_12m"] = self.yes(0.5)
        a["hv_veh_own"] = self._rng.choice(["yes", "no"])
        if a["hv_veh_own"] == "yes":
            a["hv_veh_12m"] = self.yes(0.2)
        a["hv_vand_12m"] = self.yes(0.2)
        a["pv_rob_5y"] = self.yes(0.4)
        if a["pv_rob_5y"] == "yes":
            a["pv_rob_12m"] = self.yes(0.5)
        for name in ("theft", "fraud", "cyber", "ext", "thr"):
            a[f"pv_{name}_12m"] = self.yes(0.15)
        a["inc"] = [
            self._incident(kind)
            for kind, question in _INCIDENTS.items()
            if a.get(question) == "yes"
        ][:3]

    def _incident(self, kind: str, block: str = "inc") -> dict[str, Any]:
        """A row of the open loop, or the same of the sealed block."""
        row: dict[str, Any] = {
            "type": kind,
            "n": self._rng.choice([-98, 1, 1, 1, 2, 3, 14]),
            "area": self.one("in_area"),
            "dark": self.one("daydark"),
            "loss": self._rng.choice([-98, -99, 500, 1000, 2500, 4000, 9000, 20000]),
            "rep": self.yes(0.4),
        }
        if kind in {"rob", "phys", "thr", "ext"}:
            row["weap"] = self.one("weapon")
        if row["rep"] == "yes":
            row["rep_to"] = self.many("authority", none=0.0)
            row["rep_sat"] = self.one("sat4")
        return {f"{block}_{name}": value for name, value in row.items()}

    def _gated(self, a: dict[str, Any]) -> None:
        a["consent_sens"] = "yes" if self._rng.random() < 0.92 else "no"
        if a["consent_sens"] != "yes":
            return
        a["priv_ok"] = "yes" if self._rng.random() < 0.95 else "no"
        if a["priv_ok"] == "yes":
            a["pv_phys_5y"] = self.yes(0.3)
            if a["pv_phys_5y"] == "yes":
                a["pv_phys_12m"] = self.many("phys_act")
                if a["pv_phys_12m"] not in {"none", "ref"}:
                    a |= self._incident("phys", "incp")
        a["priv_ok_i"] = "yes" if self._rng.random() < 0.9 else "no"
        if a["priv_ok_i"] != "yes":
            return
        for name in ("sh", "nh"):
            a[f"{name}_3y"] = self.many(f"{name}_act")
            if a[f"{name}_3y"] not in {"none", "ref"}:
                a[f"{name}_12m"] = self.yes(0.5)
        a["sv_5y"] = self.many("sv_act", none=0.8)
        if a["sv_5y"] not in {"none", "ref"}:
            a["sv_12m"] = self._rng.choice([a["sv_5y"].split()[0], "none"])
            if a["sv_12m"] != "none":
                a["sv_rep"] = self.yes(0.3)

    def _governance(self, a: dict[str, Any]) -> None:
        a["br_contact"] = self.many("official", none=0.3)
        if a["br_contact"] not in {"none", "ref"}:
            first = a["br_contact"].split()[0]
            for name in ("br_gave", "br_asked"):
                a[name] = self._rng.choice([first, "none", "none", "ref"])
        a["pol_contact"] = self.yes(0.4)
        if a["pol_contact"] == "yes":
            a["pol_fair"] = self.one("agree5")
        a["dj_types"] = self.many("dispute", none=0.6)
        if a["dj_types"] not in {"none", "ref"}:
            a["dj_mech"] = self.many("mech", none=0.4)
            if a["dj_mech"] == "none":
                a["dj_norsn"] = self.one("dj_norsn")
        a["ds_5y"] = self.many("ground", none=0.6)
        if a["ds_5y"] not in {"none", "ref"}:
            a["ds_12m"] = self._rng.choice([a["ds_5y"], "none", "ref"])
        a["hs_use"] = self.yes(0.6)
        if a["hs_use"] == "yes":
            for name in ("access", "afford", "facil", "equal", "court"):
                a[f"hs_{name}"] = self.one("agree4")
            a["hs_sat"] = self.one("sat4")
        a["part_meet"] = self.yes(0.3)
        a["part_safe"] = self.yes(0.2)


_INCIDENTS = {
    "rob": "pv_rob_12m",
    "burg": "hv_burg_12m",
    "theft": "pv_theft_12m",
    "fraud": "pv_fraud_12m",
    "thr": "pv_thr_12m",
    "ext": "pv_ext_12m",
}
_PLAIN = {
    "safe_day": "safe4n",
    "safe_night": "safe4n",
    "safe_home": "safe4",
    "safe_trans": "safe4n",
    "crime_trend": "trend5",
    "worry_viol": "worry4",
    "worry_sex": "worry4",
    "coh_trust": "agree5",
    "coh_belong": "agree5",
    "coh_kids": "likely4",
    "coh_fight": "likely4",
    "coh_viol": "likely4",
    "evict_fear": "likely4",
    "street_light": "light",
    "water_src": "water",
    "toilet": "toilet",
    "durable": "durable",
    "tenure": "tenure",
    "tr_police": "trust4",
    "tr_court": "trust4",
    "tr_lgov": "trust4",
    "pol_seen": "freq5",
    "pol_eff": "good5",
    "lg_perf": "good5",
    "drug_sale": "freq5",
    "treat_know": "yes_no_dk",
    "gun_ease": "ease4",
    "gang_pres": "yes_no_dk",
    "eff_say": "extent5",
    "eff_infl": "extent5",
}


def extract_items(
    count: int = 600, *, seed: int = 1, strata: int = 4, psus: int = 6
) -> list[dict[str, Any]]:
    """Items as the assessment service sends them, S3 answers apart."""
    items: list[dict[str, Any]] = orjson.loads(_items(count, seed, strata, psus))
    return items


@lru_cache(maxsize=16)
def _items(count: int, seed: int, strata: int, psus: int) -> bytes:
    rng = random.Random(seed)
    s3 = {
        n["name"] for n in outline()["nodes"] if n["kind"] == "question" and n["sensitivity"] == 3
    }
    items = []
    for number in range(count):
        answers = Respondent(rng).interview()
        stratum = f"s{number % strata + 1:02d}"
        eligible = rng.randint(1, 4)
        w_household = round(20 + 30 * rng.random(), 3)
        items.append(
            {
                "unit": f"{rng.getrandbits(128):032x}",
                "revision": f"r{number}",
                "status": "included",
                "instrument": "hvs",
                "version": "2026.1.0",
                "language": "en",
                "disposition": "1.1",
                "stratum": stratum,
                "psu": f"{stratum}-{rng.randrange(psus):02d}",
                "area": f"area-{stratum}",
                "w_household": w_household,
                "w_person": w_household * eligible,
                "answers": {k: v for k, v in answers.items() if k not in s3},
                "s3": {k: v for k, v in answers.items() if k in s3},
            }
        )
    return orjson.dumps(items)
