"""What `make hub` says of its link is what came of it."""

import pytest

from tools.hub.__main__ import state_words

CENTRE = "https://centre.example"
TOLD = {"at": 1_780_300_800, "link": "met", "refusal": None}


@pytest.mark.parametrize(
    ("told", "is_enrolled", "says", "says_not"),
    [
        (TOLD, True, "It met the centre https://centre.example;", "revoked"),
        (
            {**TOLD, "link": "refused", "refusal": "invalid-credential"}, True,
            "takes nothing from this hub any more (invalid-credential)", "It met",
        ),
        ({**TOLD, "link": "silent"}, True, "does not answer; they met last 2026-06-01", "It met"),
        ({**TOLD, "link": "looking"}, True, "does not answer", "It met"),
        (None, True, "has not met the centre https://centre.example yet;", "CODE"),
        (None, False, "is not enrolled: give CODE=...", "It met"),
    ],
)  # fmt: skip
def test_it_says_what_is_true(
    told: dict[str, object] | None, is_enrolled: bool, says: str, says_not: str
) -> None:
    words = " ".join(state_words(told, CENTRE, is_enrolled=is_enrolled))
    assert says in words
    assert says_not not in words
