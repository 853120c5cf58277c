"""Enrolment codes and the counting of failed attempts."""

import random
from datetime import UTC, datetime, timedelta

from usga_assessment.domain.access.enrolment import Attempts, hash_code, make_code

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class TestCodes:
    def test_have_three_groups_of_four_without_lookalikes(self) -> None:
        code = make_code(random.Random(1).choice)
        assert [len(group) for group in code.split("-")] == [4, 4, 4]
        assert not set("ILOU") & set(code)

    def test_every_way_of_typing_has_one_hash(self) -> None:
        assert hash_code("0123-ABCD-1111") == hash_code("o12 3abcdliI1")
        assert hash_code("0123-ABCD-1111") != hash_code("0123-ABCD-1112")


class TestAttempts:
    def test_ten_failures_in_a_minute_are_enough(self) -> None:
        attempts = Attempts()
        for second in range(10):
            assert not attempts.too_many("a", NOW)
            attempts.failed("a", NOW + timedelta(seconds=second))
        assert attempts.too_many("a", NOW + timedelta(seconds=10))
        assert not attempts.too_many("b", NOW)
        assert not attempts.too_many("a", NOW + timedelta(seconds=70))
