"""Which releases may stand beside one another (rule D-04)."""

import pytest
from usga_indicators.domain.disclosure import Basis, too_close

OLD = Basis("s1", "d1", 600)


@pytest.mark.parametrize(
    ("new", "close"),
    [
        (Basis("s1", "d1", 600), False),  # the same interviews
        (Basis("s1", "d2", 600), False),  # read with other definitions
        (Basis("s2", "d1", 600), True),  # an answer was corrected, or one left and one came
        (Basis("s2", "d2", 600), False),  # other variables of the same interviews
        (Basis("s2", "d1", 599), True),
        (Basis("s2", "d2", 601), True),
        (Basis("s2", "d1", 591), True),
        (Basis("s2", "d1", 590), False),
        (Basis("s2", "d1", 610), False),
    ],
)
def test_fewer_than_ten_interviews_apart_is_too_close_D04(new: Basis, close: bool) -> None:
    assert too_close(new, OLD) is close
    assert too_close(OLD, new) is close
