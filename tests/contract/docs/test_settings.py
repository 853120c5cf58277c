"""Every setting is described, and docs/settings.md says what the code says (S-13)."""

import pytest

from tools.docs import settings


@pytest.mark.parametrize("service", settings.SERVICES)
def test_every_setting_has_a_description(service: str) -> None:
    fields = settings.settings_of(service).model_fields
    assert [name for name, field in fields.items() if not field.description] == []


def test_the_document_is_current() -> None:
    assert settings.TARGET.read_text() == settings.text(), "run `make docs`"


@pytest.mark.parametrize("service", settings.SERVICES)
def test_variables_carry_the_prefix_of_their_service(service: str) -> None:
    assert settings.variable(service, "log_level") == f"USGA_{service.upper()}_LOG_LEVEL"
