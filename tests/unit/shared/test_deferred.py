"""A deferred module is loaded when somebody asks it for something, and then is that module."""

import sys

import pytest
from usga_shared.deferred import Deferred


def test_it_is_loaded_when_it_is_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    colours = Deferred("colorsys")
    assert "colorsys" not in sys.modules
    assert colours.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert colours.rgb_to_hsv is sys.modules["colorsys"].rgb_to_hsv
    assert "rgb_to_hsv" in vars(colours)


def test_what_the_module_lacks_is_missing() -> None:
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = Deferred("colorsys").no_such_thing
    with pytest.raises(ModuleNotFoundError):
        _ = Deferred("no_such_module_at_all").anything
