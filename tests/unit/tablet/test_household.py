"""The synthetic respondent and the household instrument fit each other."""

from tests.support.household import NOW, instrument, interviews, lists


def test_synthetic_household_interviews_break_no_rule() -> None:
    made = interviews(60)
    for answers in made:
        assert instrument().check(answers, now=NOW, lists=lists()).findings == ()
    named = set().union(*made)
    assert {"safe_night", "pv_phys_5y", "inc", "roster", "withdraw_code", "loc"} <= named
    assert any("sv_12m" not in answers for answers in made), "somebody has no such experience"
