"""A synthetic release bundle: invented place, invented numbers, every kind of cell."""

import math
import random
from datetime import UTC, datetime
from typing import Any

from usga_shared.wire.extract import AssessmentContext, OutcomeRates, StratumContext
from usga_shared.wire.release import (
    IndicatorView,
    MissingCounts,
    Observation,
    ReleaseBundle,
    ReleaseView,
)
from usga_shared.wire.vocabulary import ConfStatus, ObsStatus, ReleaseState

Row = tuple[Any, ...]
NAMES = [
    "Acacia", "Baobab", "Cypress", "Dogwood", "Ebony", "Fig Tree",
    "Guava", "Hazel", "Ironwood", "Jacaranda", "Kapok", "Laurel",
]  # fmt: skip
AGES = ["Y18T24", "Y25T34", "Y35T44", "Y45T54", "Y55T64", "Y_GE65"]
RELEASE = "0199b0aa-0000-7000-8000-000000000001"

# code, title, statistic, unit, level, reference, direction, sensitivity, weight, key figure
INDICATORS = [
    ("PER-01", "Feel safe walking alone after dark", "proportion", "percent", 41, "now", "+", 0, "person", 1),
    ("PER-02", "Feel safe walking alone by day", "proportion", "percent", 78, "now", "+", 0, "person", None),
    ("PER-03", "Day-night safety gap", "difference", "percentage_points", 37, "now", "-", 0, "person", None),
    ("PER-04", "Feel safe alone at home at night", "proportion", "percent", 66, "now", "+", 0, "person", None),
    ("PER-05", "Feel safe on public transport", "proportion", "percent", 58, "now", "+", 0, "person", None),
    ("PER-06", "Believe crime rose", "proportion", "percent", 44, "12m", "-", 0, "person", None),
    ("PER-07", "Worry about violent attack", "proportion", "percent", 52, "now", "-", 0, "person", None),
    ("PER-09", "Restricted activity for safety", "proportion", "percent", 61, "12m", "-", 0, "person", 2),
    ("PER-11", "Main problem of the area", "proportion", "percent", 20, "now", "o", 0, "person", None),
    ("VIC-01", "Household burglary prevalence", "proportion", "percent", 9, "12m", "-", 1, "household", None),
    ("VIC-03", "Robbery prevalence", "proportion", "percent", 12, "12m", "-", 1, "person", None),
    ("VIC-04", "Theft of personal property", "proportion", "percent", 18, "12m", "-", 1, "person", None),
    ("VIC-05", "Fraud or cyber loss", "proportion", "percent", 11, "12m", "-", 1, "person", None),
    ("VIC-06", "Extortion or protection fee", "proportion", "percent", 5, "12m", "-", 2, "person", None),
    ("VIC-07", "Any conventional crime", "proportion", "percent", 38, "12m", "-", 1, "person", 3),
    ("VIC-09", "Robbery incidents per 100,000 adults", "rate_100k", "per_100000", 17400, "12m", "-", 1, "person", None),
    ("VIC-10", "Incidents with a weapon", "ratio", "percent", 27, "12m", "-", 1, "person", None),
    ("VIC-12", "Median loss per property incident", "quantile", "currency", 3500, "12m", "-", 1, "person", None),
    ("VIO-01", "Physical violence", "proportion", "percent", 14, "12m", "-", 3, "person", 4),
    ("VIO-06", "Any harassment", "proportion", "percent", 23, "12m", "-", 3, "person", None),
    ("JUS-01", "Victims of violence who reported", "proportion", "percent", 29, "12m", "+", 2, "person", 5),
    ("JUS-07", "Access to dispute resolution", "proportion", "percent", 47, "24m", "+", 1, "person", None),
    ("JUS-08", "Felt discrimination", "proportion", "percent", 22, "12m", "-", 1, "person", None),
    ("POL-01", "Trust police", "proportion", "percent", 36, "now", "+", 1, "person", 6),
    ("INT-01", "Bribery prevalence", "proportion", "percent", 31, "12m", "-", 2, "person", 7),
    ("INT-04", "Contact with officials", "proportion", "percent", 54, "12m", "o", 1, "person", None),
    ("COH-01", "Collective efficacy", "mean", "score", 57, "now", "+", 0, "person", 8),
    ("COH-02", "Neighbour trust", "proportion", "percent", 63, "now", "+", 0, "person", None),
    ("COH-04", "Active in a group", "proportion", "percent", 34, "12m", "+", 0, "person", None),
    ("SVC-01", "People in informal or inadequate housing", "proportion", "percent", 71, "now", "-", 0, "household", 9),
    ("GOV-01", "Decision-making inclusive and responsive", "composite", "percent", 24, "now", "+", 0, "person", 10),
    ("ENV-01", "Good or partial street lighting", "proportion", "percent", 49, "now", "+", 0, "household", None),
]  # fmt: skip
ITEMS = {
    "lighting": 24,
    "robbery": 19,
    "drugs": 17,
    "jobs": 15,
    "water": 12,
    "police": 7,
    "housing": 6,
}


def specimen(*, synthetic: bool = True, probability: bool = True, seed: int = 7) -> ReleaseBundle:
    """About 700 cells over 32 indicators, 12 settlements, 2 sexes and 6 age bands."""
    draw = random.Random(seed)
    observations: list[Observation] = []
    for row in INDICATORS:
        observations += _cells(row, draw)
    context = _context(synthetic=synthetic, probability=probability)
    moment = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
    hidden = sum(o.obs_status is ObsStatus.SUPPRESSED for o in observations)
    release = ReleaseView(
        id=RELEASE,
        assessment=context.code,
        title="Round 2026",
        state=ReleaseState.PUBLISHED,
        time_period="2026",
        created_at=datetime(2026, 6, 28, 9, 0, tzinfo=UTC),
        frozen_at=datetime(2026, 6, 29, 9, 0, tzinfo=UTC),
        published_at=moment,
        snapshot_sha256="a1" * 32,
        definitions_sha256="b2" * 32,
        content_sha256="c3" * 32,
        code_version="0.1.0",
        seed=20260601,
        interviews=2306,
        observations=len(observations),
        suppressed=hidden,
        synthetic=synthetic,
    )
    return ReleaseBundle(
        release=release,
        context=context,
        indicators=[_indicator(row) for row in INDICATORS],
        observations=observations,
    )


def _indicator(row: Row) -> IndicatorView:
    code, title, statistic, unit, _, reference, direction, sensitivity, weight, rank = row
    return IndicatorView(
        code=code,
        version="1.0.0",
        title={"en": title},
        description={"en": f"{title}, as asked in the household questionnaire."},
        theme=code.split("-")[0],
        statistic=statistic,
        unit_measure=unit,
        numerator="${safe_night} = 'vsafe' or ${safe_night} = 'safe'"
        if code == "PER-01"
        else "${x} = 'yes'",
        denominator="true()",
        weight=weight,
        reference_period=reference,
        missing_policy="include_in_denominator" if code == "PER-01" else "exclude",
        direction=direction,
        sensitivity=sensitivity,
        sdg="16.1.4" if code == "PER-01" else None,
        umf="SOC-SAF",
        disaggregations=["stratum", "sex", "age"],
        caveats={"en": "people who never go out stay in the base"} if code == "PER-01" else {},
        variables=["safe_night"] if code == "PER-01" else ["x"],
        key_figure=rank,
    )


def _cells(row: Row, draw: random.Random) -> list[Observation]:
    code, _, _, unit, level, *_ = row
    cells = [_cell(code, unit, level, 2306, draw)]
    for sex, shift in (("F", 0.86), ("M", 1.16)):
        cells.append(_cell(code, unit, level * shift, 1150, draw, sex=sex))
    for index, age in enumerate(AGES):
        cells.append(
            _cell(code, unit, level * (1.1 - 0.05 * index), 620 - 95 * index, draw, age=age)
        )
    for index in range(12):
        shift = 1 + 0.35 * math.sin(index * 1.7)
        cells.append(_cell(code, unit, level * shift, 192, draw, stratum=f"s{index + 1:02d}"))
    if code == "PER-11":
        cells = []
        for item, share in ITEMS.items():
            cells.append(_cell(code, unit, share, 2306, draw, item=item))
    if code == "VIC-10":  # nobody in the sample: shown as "below", not as zero or hidden
        cells[3] = cells[3].model_copy(
            update={"obs_value": 0.1, "bound": "<", "lower_bound": 0.0, "upper_bound": 1.2}
        )
    return cells


def _cell(
    code: str, unit: str, level: float, n: int, draw: random.Random, **where: str
) -> Observation:
    value = level * draw.uniform(0.93, 1.07)
    if unit == "percent":
        value = min(value, 97.0)
        error = math.sqrt(value * (100 - value) / n * 1.6)
    else:
        error = value * 1.6 / math.sqrt(n)
    fate = draw.random()
    common = {"indicator": code, "time_period": "2026", "unit_measure": unit, "release": RELEASE,
              "method_version": "1.0.0", **where}  # fmt: skip
    if where and fate < 0.06:
        secondary = fate < 0.02
        return Observation(
            **common,
            obs_value=None,
            obs_status=ObsStatus.SUPPRESSED,
            conf_status=ConfStatus.SECONDARY if secondary else ConfStatus.PRIMARY,
            reason="D-03" if secondary else "D-01",
        )
    if where and fate < 0.075:
        return Observation(
            **common, obs_value=None, obs_status=ObsStatus.MISSING, conf_status=ConfStatus.FREE
        )
    flagged = bool(where) and fate < 0.14
    return Observation(
        **common,
        obs_value=round(value, 1),
        standard_error=round(error, 3),
        lower_bound=round(max(value - 1.97 * error, 0.0), 1),
        upper_bound=round(value + 1.97 * error, 1),
        design_effect=round(draw.uniform(1.1, 2.1), 2),
        df=180,
        sample_size=n,
        numerator_size=5 * round(n * min(value, 100) / 500),
        psus=192,
        missing=MissingCounts(dk=10, ref=None, gate_failed=15 if code.startswith("VIO") else 0),
        obs_status=ObsStatus.LOW_RELIABILITY if flagged else ObsStatus.NORMAL,
        conf_status=ConfStatus.FREE,
        reason="D-02" if flagged else None,
    )


def _rates(i: int, r: int, nc: int, uh: int) -> OutcomeRates:
    total = i + r + nc + uh
    e = (i + r + nc) / total
    return OutcomeRates(
        i=i, p=0, r=r, nc=nc, o=0, uh=uh, uo=0, ne=0, e=e, rr1=i / total, rr2=i / total,
        rr3=i / (i + r + nc + e * uh), rr4=i / (i + r + nc + e * uh), rr5=i / (i + r + nc),
        rr6=i / (i + r + nc), coop1=i / (i + r), ref1=r / total, con1=(i + r) / total,
    )  # fmt: skip


def _context(*, synthetic: bool, probability: bool) -> AssessmentContext:
    strata = [
        StratumContext(
            stratum=f"s{index + 1:02d}",
            title={"en": name},
            area=f"A{index + 1:02d}",
            psus_population=60 + index,
            psus_sampled=16,
            cases=208,
            interviews=186 + index,
            rates=_rates(186 + index, 8, 10 - index // 2, 4),
        )
        for index, name in enumerate(NAMES)
    ]
    return AssessmentContext(
        code="XX-SPECIMEN-2026",
        title={"en": "Specimen City Safety Assessment 2026"},
        city="Specimen City",
        country="XX",
        state="published",
        synthetic=synthetic,
        probability_sample=probability,
        languages=["en", "sw"],
        currency="KES",
        fieldwork_from="2026-03-02",
        fieldwork_to="2026-04-17",
        records={
            "controller": {"name": "Specimen City Council"},
            "ethics": {"approval_id": "SPEC-ETH-001", "board": "Specimen Review Board"},
            "dpia": {"reference": "SPEC-DPIA-001", "version": "1.0"},
        },
        areas=areas(),
        instrument={"name": "hvs", "version": "2026.1.0", "digest": "d4" * 32, "questions": 206},
        strata=strata,
        rates=_rates(2306, 96, 90, 48),
        quarantined=31,
        withdrawn=4,
        enumerators=24,
    )


def areas() -> dict[str, Any]:
    """Twelve polygons that share their corners: a bent grid of four columns and three rows."""
    draw = random.Random(3)
    nodes = {
        (x, y): (
            0.002 + 0.010 * x + (draw.uniform(-0.003, 0.003) if 0 < x < 4 else 0.001 * (y % 2)),
            0.001 + 0.009 * y + (draw.uniform(-0.0026, 0.0026) if 0 < y < 3 else 0.001 * (x % 2)),
        )
        for x in range(5)
        for y in range(4)
    }
    features = []
    for index, name in enumerate(NAMES):
        x, y = index % 4, 2 - index // 4
        ring = [nodes[x, y], nodes[x + 1, y], nodes[x + 1, y + 1], nodes[x, y + 1], nodes[x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": f"A{index + 1:02d}", "title": name},
                "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in ring]]},
            }
        )
    return {"type": "FeatureCollection", "features": features}
