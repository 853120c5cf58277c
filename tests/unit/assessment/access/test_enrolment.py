"""Enrolment codes, and callers who try wrong ones."""

import random

from usga_assessment.domain.access.enrolment import hash_caller, hash_code, make_code


class TestCodes:
    def test_have_three_groups_of_four_without_lookalikes(self) -> None:
        code = make_code(random.Random(1).choice)
        assert [len(group) for group in code.split("-")] == [4, 4, 4]
        assert not set("ILOU") & set(code)

    def test_every_way_of_typing_has_one_hash(self) -> None:
        assert hash_code("0123-ABCD-1111") == hash_code("o12 3abcdliI1")
        assert hash_code("0123-ABCD-1111") != hash_code("0123-ABCD-1112")


def test_callers_are_remembered_by_a_hash() -> None:
    assert hash_caller("10.0.0.1") == hash_caller("10.0.0.1") != hash_caller("10.0.0.2")
    assert b"10.0" not in hash_caller("10.0.0.1")
