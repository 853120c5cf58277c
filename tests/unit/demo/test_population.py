"""The demonstration's population is invented, says so, and adds up."""

from tools.demo import SEED
from tools.demo.area import villages
from tools.demo.population import margins
from tools.demo.sample import draw


def test_margins_agree_with_each_other_and_with_what_the_sample_stands_for() -> None:
    sample = draw(villages(SEED), SEED)
    made = {margin["name"]: margin for margin in margins(sample)}
    totals = {name: sum(c["population"] for c in m["cells"]) for name, m in made.items()}
    adults = sum(h.n_eligible / (h.pi1 * h.pi2) for h in sample)
    assert set(totals) == {"sex", "age"}
    assert len(set(totals.values())) == 1
    assert abs(totals["sex"] - adults) <= 50
    for margin in made.values():
        assert margin["source"].startswith("SYNTHETIC")
        assert all(cell["population"] > 0 for cell in margin["cells"])
