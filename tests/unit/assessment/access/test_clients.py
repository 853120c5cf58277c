"""Versions that still get new work."""

import pytest
from usga_assessment.domain.access.clients import MinimumClients

LEAST = MinimumClients.of("field-app/3.2 other/1.10.1")


@pytest.mark.parametrize(
    ("client", "missed"),
    [
        ("field-app/3.1.9", "3.2"),
        ("field-app/3.2", None),
        ("field-app/3.2.0-beta1", None),
        ("field-app/3", "3.2"),
        ("field-app/10.0", None),
        ("other/1.9.9", "1.10.1"),
        ("other/1.10.1", None),
        ("other/dev", None),
        ("unknown/0.1", None),
        ("", None),
    ],
)
def test_versions_are_numbers_and_not_text(client: str, missed: str | None) -> None:
    assert LEAST.missed_by(client) == missed


def test_trailing_zeros_say_nothing() -> None:
    assert MinimumClients.of("a/1.0.0").missed_by("a/1") is None


@pytest.mark.parametrize("text", ["field-app", "a/b", "a/1 b", "a/1.", "a//1"])
def test_what_is_no_minimum_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not name/version"):
        MinimumClients.of(text)
