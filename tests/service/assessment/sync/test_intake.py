"""What pushes are checked with is read once for all that ask at the same time."""

import asyncio
from typing import Any

import pytest
from usga_assessment.storage.forms import Forms

from tests.support.collecting import HERE, Collecting

NAMES = {("skeleton", "2026.1.0")}


async def test_whoever_asks_meanwhile_waits_for_that_reading(here: Collecting) -> None:
    forms: Forms = here.app.state.sync.forms
    read, readings = forms._read, 0

    async def counted(assessment: str, names: Any) -> Any:
        nonlocal readings
        readings += 1
        return await read(assessment, names)

    forms._read = counted  # type: ignore[method-assign]
    found = await asyncio.gather(*(forms.intake(HERE, NAMES) for _ in range(20)))
    assert readings == 1
    assert all(each is found[0] for each in found)
    await forms.intake(HERE, NAMES, fresh=True)
    assert readings == 2


async def test_a_failed_reading_fails_those_who_wait_and_nobody_later(here: Collecting) -> None:
    forms: Forms = here.app.state.sync.forms
    read, failing = forms._read, True

    async def broken(assessment: str, names: Any) -> Any:
        await asyncio.sleep(0)
        if failing:
            raise OSError
        return await read(assessment, names)

    forms._read = broken  # type: ignore[method-assign]
    found = await asyncio.gather(
        *(forms.intake(HERE, NAMES) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in found] == [OSError] * 3
    failing = False
    assert (await forms.intake(HERE, NAMES)).collecting


async def test_one_who_gives_up_does_not_end_the_reading(here: Collecting) -> None:
    forms: Forms = here.app.state.sync.forms
    first = asyncio.create_task(forms.intake(HERE, NAMES))
    second = asyncio.create_task(forms.intake(HERE, NAMES))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await second).collecting
