"""Background work ends between two steps; only what does not end is cancelled."""

import asyncio

from usga_shared.background import BackgroundWork


async def forever(_seconds: float) -> None:
    await asyncio.Event().wait()


class Steps:
    """Steps that take as long as the test wants."""

    def __init__(self) -> None:
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.done = self.cancelled = 0

    async def __call__(self) -> float:
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.done += 1
        return 60.0


async def test_what_is_under_way_ends_by_itself() -> None:
    work, step = BackgroundWork(sleep=forever), Steps()
    work.start(step)
    await step.begun.wait()
    stopping = asyncio.create_task(work.stop())
    await asyncio.sleep(0)
    assert work.is_ending
    step.may_end.set()
    await stopping
    assert (step.done, step.cancelled) == (1, 0)


async def test_a_pause_ends_at_once() -> None:
    work, step = BackgroundWork(sleep=forever), Steps()
    step.may_end.set()
    work.start(step)
    await step.begun.wait()
    await asyncio.sleep(0)
    await asyncio.wait_for(work.stop(), 1)
    assert step.done == 1


async def test_what_does_not_end_is_cancelled_at_last() -> None:
    work, step = BackgroundWork(sleep=forever, patience=0.01), Steps()
    work.start(step)
    await step.begun.wait()
    await asyncio.wait_for(work.stop(), 1)
    assert (step.done, step.cancelled) == (0, 1)


async def test_who_never_began_has_nothing_to_end() -> None:
    work = BackgroundWork()
    await work.stop()
    step = Steps()
    work.start(step)
    await work.stop()
    assert not step.begun.is_set()


async def test_it_begins_again_after_its_end() -> None:
    work, step = BackgroundWork(sleep=forever), Steps()
    step.may_end.set()
    await work.stop()
    work.start(step)
    await step.begun.wait()
    assert not work.is_ending
    await work.stop()
