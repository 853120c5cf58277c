"""A release beside one of the same people by other weights: what may be known, and what not."""

from usga_indicators.domain.definition import catalogue
from usga_indicators.domain.publication import Beside, Joined, Standing, audit_beside
from usga_indicators.domain.tabulation import Cell
from usga_shared.wire.vocabulary import ObsStatus

(NIGHT,) = (d for d in catalogue() if d.code == "PER-01")
#: The total, and three ages: people of the base and of the numerator.
COUNTS = {"_T": (300, 150), "Y18T24": (120, 60), "Y25T34": (100, 50), "Y35T44": (80, 40)}


def release(name: str, hidden: set[str], weights: str | None, **others: tuple[int, int]) -> Beside:
    cells = [
        Standing(
            place,
            Cell(age=age),
            ObsStatus.SUPPRESSED if age in hidden else ObsStatus.NORMAL,
            *others.get(age, counts),
        )
        for place, (age, counts) in enumerate(COUNTS.items())
    ]
    return Beside(name, Joined(), {NIGHT.code: cells}, weights)


def opened(new: Beside, old: Beside) -> set[tuple[str, int]]:
    told = audit_beside(new, [old], {NIGHT.code: NIGHT})
    return {(each.release, each.told.place) for each in told if not each.told.protected}


def test_counts_of_cells_hidden_for_their_weights_alone_may_be_known() -> None:
    old = release("old", {"Y18T24", "Y25T34"}, "base")
    for weights, told in (("raked", set()), ("base", {("new", 0)}), (None, {("new", 0)})):
        assert opened(release("new", set(COUNTS), weights, _T=(318, 156)), old) == told


def test_small_counts_may_not() -> None:
    old = release("old", {"Y18T24", "Y25T34"}, "base", Y35T44=(80, 12), _T=(300, 122))
    ages = set(COUNTS) - {"_T"}
    for few, told in (((92, 13), set()), ((92, 9), {("new", 3)})):
        new = release("new", ages, "raked", Y35T44=few, _T=(312, 110 + few[1]))
        assert opened(new, old) == told
