"""Model matrices of formulas: which columns there are, and what they are called."""

import numpy as np
import pytest
from usga_indicators.cli.cases.errors import CaseError, Unsupported
from usga_indicators.cli.cases.formula import formula_of, model_matrix
from usga_indicators.cli.cases.table import Column, Table
from usga_indicators.domain.estimation.root import root


def table() -> Table:
    """Four rows: a number, and factors of three and of two levels."""
    x = Column("x", np.array([1.0, 2.0, 3.0, np.nan]), None, (), is_factor=False)
    g = Column("g", None, np.array([0, 1, 2, 0]), ("a", "b", "c"), is_factor=True)
    h = Column("h", None, np.array([0, 1, -1, 1]), ("no", "yes"), is_factor=True)
    return Table({"x": x, "g": g, "h": h}, 4, "t.csv")


class TestColumns:
    @pytest.mark.parametrize(
        ("parts", "names"),
        [
            (["x"], ["(Intercept)", "x"]),
            (["g", "x"], ["(Intercept)", "gb", "gc", "x"]),
            (["x", "-1"], ["x"]),
            (["0", "g", "h"], ["ga", "gb", "gc", "hyes"]),
            (["g*h"], ["(Intercept)", "gb", "gc", "hyes", "gb:hyes", "gc:hyes"]),
            (["g:h", "g"], ["(Intercept)", "gb", "gc", "ga:hyes", "gb:hyes", "gc:hyes"]),
            (["g + g:x - 1"], ["ga", "gb", "gc", "ga:x", "gb:x", "gc:x"]),
            (["x:x", "x"], ["(Intercept)", "x"]),
        ],
    )
    def test_they_are_named_as_in_R(self, parts: list[str], names: list[str]) -> None:
        assert list(model_matrix(table(), formula_of(parts)).names) == names

    def test_an_interaction_is_the_product(self) -> None:
        found = model_matrix(table(), formula_of(["g*x"])).columns
        assert found[1].tolist() == [1, 1, 0, 2, 2, 0]
        assert np.isnan(found[3, 3])  # x is missing

    def test_a_missing_level_is_missing_in_each_of_its_columns(self) -> None:
        assert np.isnan(model_matrix(table(), formula_of(["h"])).columns[2, 1])

    def test_levels_that_no_row_has_are_no_columns(self) -> None:
        used = table().in_use(np.array([False, True, True, False]))
        found = model_matrix(used, formula_of(["g"]))
        assert found.names == ("(Intercept)", "gc")
        assert found.columns[:, 1].tolist()[1:3] == [0, 1]

    @pytest.mark.parametrize("part", ["log(x)", "x^2", "a b", "x*"])
    def test_what_is_no_product_of_names_is_told(self, part: str) -> None:
        with pytest.raises(Unsupported, match="the term"):
            formula_of([part])

    @pytest.mark.parametrize("parts", [["nobody"], ["0"]])
    def test_a_formula_about_nothing_is_refused(self, parts: list[str]) -> None:
        with pytest.raises(CaseError):
            model_matrix(table(), formula_of(parts))


class TestRoot:
    def test_it_is_found_to_the_tolerance(self) -> None:
        assert root(lambda x: x**3 - 2, 0.0, 5.0, 1e-12) == pytest.approx(2 ** (1 / 3), abs=1e-11)
        assert root(lambda x: x - 1, 1.0, 5.0, 1e-9) == 1
        assert root(lambda x: -1.0 if x < 3 else 1.0, 0.0, 8.0, 1e-9) == pytest.approx(3, abs=1e-8)

    def test_one_sign_has_none(self) -> None:
        with pytest.raises(ValueError, match="one sign"):
            root(lambda x: x**2 + 1, -1.0, 1.0, 1e-9)
