"""Base weights of the three-stage design (domain dossier 3.2, points 4 to 10)."""


def household_weight(pi1: float, pi2: float) -> float:
    """w_hh = 1 / (pi1 pi2): the inverse of the household's inclusion probability."""
    return 1.0 / (pi1 * pi2)


def person_weight(pi1: float, pi2: float, n_eligible: int) -> float:
    """w_person = 1 / (pi1 pi2 pi3) with pi3 = 1 / n_eligible (one adult drawn at random)."""
    return household_weight(pi1, pi2) * n_eligible
