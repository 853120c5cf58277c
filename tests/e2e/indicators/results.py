"""What stands on the estimates: indices, maps in numbers, the quality of fieldwork, sources."""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from scipy import stats
from usga_indicators.cli.main import main as usga_indicators

from tests.e2e.indicators import sources
from tests.e2e.indicators.city import City
from tests.e2e.indicators.live import Cells, Watched, cells_of
from tests.e2e.indicators.releases import First
from tests.e2e.indicators.weights import totals
from tools.demo import ASSESSMENT

STRATA = ["s01", "s02", "s03", "s04"]
QUALITY = "/v1/quality"


@pytest.mark.slow
class TestIndices:
    def test_an_index_says_what_it_lacks_and_never_guesses(self, city: City, first: First) -> None:
        """So small a city hides much: what is missing is named, a known score has its interval."""
        found = city.api().get("/v1/indices/USGI", release=first.published["id"])
        assert (found["interval"], found["draws"]) == ("psu_bootstrap", 1000)
        assert [a["area"] for a in found["areas"]] == ["_T", *STRATA]
        whole = found["areas"][0]
        known = [code for code, score in whole["pillars"].items() if score is not None]
        assert {"perceived_safety", "governance_capacity"} <= set(known)
        assert whole["missing"]
        assert len(known) < len(whole["pillars"])
        assert not [name for name in whole["missing"] if name.startswith("GOV-06d")]

    def test_areas_are_ranked_within_their_errors_and_ties_are_told_Q04(
        self, city: City, first: First
    ) -> None:
        of = first.published["id"]
        ranked = 0
        for code in ("INFORMALITY", "FEAR"):
            areas = city.api().get(f"/v1/indices/{code}", release=of)["areas"]
            known = [a for a in areas[1:] if a["rank_low"] is not None]
            ranked += len(known)
            for area in known:
                assert area["lower_bound"] <= area["index"] <= area["upper_bound"]
                assert 1 <= area["rank_low"] <= area["rank_high"] <= len(areas[1:])
                overlapping = {
                    b["area"]
                    for b in known
                    if b is not area
                    and b["lower_bound"] <= area["upper_bound"]
                    and area["lower_bound"] <= b["upper_bound"]
                }
                assert set(area["ties"]) == overlapping
                assert set(area["sensitivity"]) == set(areas[0]["spread"]) | {"normalisation"}
        assert ranked >= len(STRATA)

    def test_the_scorecard_and_the_profile_are_those_of_the_release(
        self, city: City, first: First
    ) -> None:
        of = first.published["id"]
        listed = {i["code"] for i in city.api().get("/v1/indices")["items"]}
        assert listed >= {"USGI", "GOVERNANCE", "BALANCE", "SAW", "FEAR"}
        card = city.api().get("/v1/indices/GOVERNANCE", release=of)["areas"][0]
        assert None not in card["pillars"].values()
        assert min(card["pillars"].values()) <= card["index"] <= max(card["pillars"].values())
        balance = city.api().get("/v1/indices/BALANCE", release=of)["areas"][0]
        for level, sides in balance["sides"].items():
            if None not in sides.values():
                gap = sides["resilience"] - sides["risk"]
                assert balance["pillars"][level] == pytest.approx(gap, abs=0.11)
        assert -100 <= balance["lower_bound"] < balance["index"] < balance["upper_bound"] <= 100

    def test_indices_of_what_is_not_there_are_absent(self, city: City) -> None:
        assert city.status(None, "GET", "/v1/indices/NOPE") == 404
        elsewhere = {"params": {"assessment": "KE-ELSEWHERE-2026"}}
        assert city.status(None, "GET", "/v1/indices/USGI", **elsewhere) == 404


@pytest.mark.slow
class TestMaps:
    def test_published_values_on_areas_give_moran_and_gi_star(
        self, city: City, first: First, tmp_path: Path
    ) -> None:
        """Neighbours share a corner of the published outlines; formulas by hand beside it."""
        places = city.api("analyst").get(f"/v1/assessments/{ASSESSMENT}/areas")
        rings = {f["properties"]["code"]: f["geometry"]["coordinates"][0]
                 for f in places["features"] if f["properties"]["kind"] == "village"}  # fmt: skip
        codes = sorted(rings)
        corners = {code: {tuple(p) for p in rings[code]} for code in codes}
        near = {a: [b for b in codes if a != b and corners[a] & corners[b]] for a in codes}
        cells = cells_of(city, first.published["id"], None)
        code, item, y = _shown_everywhere(city, cells, codes)
        case = {"id": "map", "y": y, "permutations": 999, "seed": first.published["seed"],
                "neighbours":
                {str(i): [codes.index(b) for b in near[a]] for i, a in enumerate(codes)}}  # fmt: skip
        (tmp_path / "in.json").write_text(json.dumps({"cases": [case]}))
        out = tmp_path / "out.json"
        assert usga_indicators(["spatial", str(tmp_path / "in.json"), "-o", str(out)]) == 0
        found = json.loads(out.read_text())["map"]
        z = np.array(y) - np.mean(y)
        w = np.array([[float(b in near[a]) for b in codes] for a in codes])
        moran = (z @ (w / w.sum(axis=1, keepdims=True)) @ z) / (z @ z)
        assert found["moran"]["I"] == pytest.approx(moran, rel=1e-8)
        itself = w + np.eye(len(y))
        sums, spread = itself.sum(axis=1), np.std(y)
        top = itself @ np.array(y) - sums * np.mean(y)
        expected = top / (spread * np.sqrt((len(y) * sums - sums**2) / (len(y) - 1)))
        assert found["gi_star_z"] == pytest.approx(expected.tolist(), rel=1e-8)
        path = f"/v1/releases/{first.published['id']}/indicators/{code}/spatial"
        served = city.api().get(path, item=item)
        assert (served["n"], served["hidden"]) == (len(codes), [])
        assert served["moran"]["statistic"] == pytest.approx(moran, rel=1e-8)
        assert served["moran"]["p_permutation"] == found["moran_p_sim"]
        assert served["geary"]["statistic"] == pytest.approx(found["geary"]["C"], rel=1e-8)
        areas = served["areas"]
        assert [(a["area"], a["neighbours"]) for a in areas] == [(c, near[c]) for c in codes]
        assert [a["value"] for a in areas] == y
        assert [a["gi_star_z"] for a in areas] == pytest.approx(expected.tolist(), rel=1e-8)
        assert [a["p_permutation"] for a in areas] == found["local_p_sim"]

    def test_a_hidden_village_is_named_and_three_are_too_few(
        self, city: City, first: First
    ) -> None:
        """Whatever is hidden of an indicator: what is not shown is nowhere in the answer."""
        cells = cells_of(city, first.published["id"], None)
        villages = {v.stratum: v.area for v in city.scene.villages}
        hidden: dict[tuple[str, str], set[str]] = {}
        for (code, _, stratum, sex, age, item, group), cell in cells.items():
            if stratum in villages and {sex, age, group} == {"_T"} and cell["obs_status"] == "Q":
                hidden.setdefault((code, item), set()).add(villages[stratum])
        assert hidden
        (code, item), gone = min(hidden.items())
        path = f"/v1/releases/{first.published['id']}/indicators/{code}/spatial"
        problem = city.refused(None, "GET", path, params={"item": item})
        assert (problem["status"], problem["because"]) == (409, "too-few-areas")
        assert problem["hidden"] == sorted(gone)
        assert problem["n"] + len(gone) + len(problem["limits"]) + len(problem["missing"]) == 4


def _shown_everywhere(city: City, cells: Cells, codes: list[str]) -> tuple[str, str, list[float]]:
    """The first indicator and item that every village shows, not all alike, and the values."""
    stratum = {v.area: v.stratum for v in city.scene.villages}
    for code, item in dict.fromkeys((place[0], place[5]) for place in cells):
        of = [(code, area, stratum[area], "_T", "_T", item, "_T") for area in codes]
        y = [cells[place]["obs_value"] for place in of if place in cells]
        if len(y) == len(codes) and None not in y and len(set(y)) == len(y):
            return code, item, y
    raise AssertionError("no indicator is shown in every village")


@pytest.mark.slow
class TestSources:
    def test_recorded_rates_have_exact_poisson_intervals(self, city: City, first: First) -> None:
        """Garwood's, by another library; a rate is per 100,000 residents of that year."""
        found = {
            (c["indicator"], c["ref_area"]): c
            for c in cells_of(city, first.published["id"], None).values()
            if c["indicator"] in {"ADM-01", "ADM-02"}
        }
        residents = sum(sources.RESIDENTS.values())
        for indicator, counts in (("ADM-01", sources.HOMICIDES), ("ADM-02", sources.ROBBERIES)):
            cell = found[indicator, "_T"]
            k = sum(counts.values())
            low, high = stats.chi2.ppf(0.025, 2 * k) / 2, stats.chi2.ppf(0.975, 2 * k + 2) / 2
            assert cell["time_period"] == sources.year(city)
            for name, events in (("obs_value", k), ("lower_bound", low), ("upper_bound", high)):
                assert cell[name] == pytest.approx(1e5 * events / residents, abs=0.51)

    def test_scorecard_and_walks_are_means_without_an_interval(
        self, city: City, first: First
    ) -> None:
        of = first.published["id"]
        for indicator, count in (("GOV-06", 4), ("ENV-02", 16)):
            (cell,) = totals(city, of, indicator, role=None)
            assert cell["sample_size"] == count
            assert 0 < cell["obs_value"] < 100
            assert {cell["lower_bound"], cell["standard_error"]} == {None}
        told = {i["code"]: i["source"] for i in city.api().get(f"/v1/releases/{of}/indicators")}
        assert told["GOV-06"] == "scorecard"
        assert (told["ADM-01"], told["ENV-02"], told["PER-01"]) == (
            "administrative", "audit", "survey",
        )  # fmt: skip

    def test_a_series_counts_ten_incidents_at_most(self, city: City, watched: Watched) -> None:
        """From the answers as the tablets have them, under base weights."""
        households = {h.case: h for h in city.scene.sample}
        events = adults = 0.0
        longest = 0
        for row in watched.people:
            answers = watched.answers[row["case"]]
            h = households[row["case"]]
            weight = h.n_eligible / (h.pi1 * h.pi2)
            series = [incident["inc_n"] for incident in answers.get("inc", [])]
            longest = max([longest, *series])
            events += weight * min(sum(n for n in series if n > 0), 10)
            adults += weight
        assert longest > 10, "somebody was robbed every other week"
        (cell,) = [c for c in watched.after["observations"] if c["indicator"] == "LOC-03"
                   and {c["stratum"], c["sex"]} == {"_T"}]  # fmt: skip
        # rounded by how many people it rests on (D-05)
        assert cell["obs_value"] == pytest.approx(1e5 * events / adults, rel=4e-3)


@pytest.mark.slow
@pytest.mark.usefixtures("watched")
class TestQuality:
    def test_supervisors_see_who_stands_out_and_for_what(
        self, city: City, watched: Watched
    ) -> None:
        view = watched.quality
        assert view["interviews"] == len(watched.people)
        assert view["interviewers"] == city.scene.tablets
        (name,) = view["flagged"]
        (row,) = [r for r in view["by_interviewer"] if r["interviewer"] == name]
        others = [r for r in view["by_interviewer"] if r["interviewer"] != name]
        flags = {flag["measure"] for flag in row["flags"]}
        assert flags >= {"speed", "straightline", "duplicate", "heaping", "gps_out"}
        assert row["whipple"] > 300 > max(r["whipple"] for r in others)
        for measure, least in (("share_short", 0.2), ("share_straight_lined", 0.2),
                               ("share_near_duplicates", 0.1), ("share_outside", 0.3)):  # fmt: skip
            assert row[measure] > least > max(r[measure] for r in others), measure
        assert view["median_minutes"] > 30
        assert max(e["icc"] for e in view["effects"] if e["icc"] is not None) > 0
        words = {each["measure"]: each for each in view["measures"]}
        assert words.keys() >= flags
        assert {"en", "es", "ru", "sw"} <= set(words["speed"]["title"])

    def test_raters_of_the_scorecard_agree_as_their_scores_do(self, city: City) -> None:
        found = city.api("supervisor").get(f"{QUALITY}/raters", assessment=ASSESSMENT)
        pairs = list(_pairs())
        assert (found["institutions"], found["alone"]) == (4, 0)
        exact = mean(float(a == b) for a, b in pairs)
        assert found["overall"]["pairs"] == len(pairs)
        assert found["overall"]["exact"] == pytest.approx(exact, abs=1e-4)
        a, b = np.array(pairs, dtype=float).T
        covariance = np.mean((a - a.mean()) * (b - b.mean()))
        kappa = 2 * covariance / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
        assert found["overall"]["kappa"] == pytest.approx(kappa, abs=1e-4)
        assert found["overall"]["reached"] is bool(kappa >= 0.6)

    def test_each_role_sees_what_is_its_own(self, city: City) -> None:
        for path in (QUALITY, f"{QUALITY}/raters"):
            params = {"params": {"assessment": ASSESSMENT}}
            told = [city.status(r, "GET", path, **params) for r in
                    ("coordinator", "statistician", "analyst", "stranger", None)]  # fmt: skip
            assert told == [200, 200, 403, 404, 401]
            assert city.as_partner("GET", path, assessment=ASSESSMENT).status_code == 403

    def test_until_somebody_interviews_nothing_is_sent_again(
        self, city: City, watched: Watched
    ) -> None:
        assert watched.after
        token = city.scene.memory["tokens"]["supervisor"]
        headers = {"Authorization": f"Bearer {token}"}
        http, params = city.api().http, {"assessment": ASSESSMENT}
        whole = http.get(QUALITY, params=params, headers=headers)
        again = http.get(
            QUALITY, params=params, headers={**headers, "If-None-Match": whole.headers["ETag"]}
        )
        assert (whole.status_code, again.status_code) == (200, 304)


def _pairs() -> Iterable[tuple[int, int]]:
    """Both scores of each item and institution, as they were sent."""
    for institution in range(1, 5):
        for at in range(len(sources.ITEMS)):
            yield sources.score(institution, at, 0), sources.score(institution, at, 1)
