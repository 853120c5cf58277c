"""The whole way of the data, step by step, over HTTP through the gateway.

A step that was done is not done again: an interrupted start goes on where it stopped, and a
second start changes nothing.
"""

from collections.abc import Callable

from tools.demo import ASSESSMENT, SEED, collection, publication, setting_up
from tools.demo.area import villages
from tools.demo.progress import Progress
from tools.demo.sample import Size, draw
from tools.demo.scene import Scene
from tools.launcher.stack import Stack

Step = Callable[[Scene], None]

STEPS: tuple[Step, ...] = (
    setting_up.make_tokens,
    setting_up.make_assessment,
    setting_up.publish_instrument,
    setting_up.load_sample,
    setting_up.invite_tablets,
    setting_up.pilot,
    collection.enrol,
    collection.open_fieldwork,
    collection.interview,
    collection.close_other_cases,
    collection.honour_withdrawals,
    collection.review,
    publication.process,
    publication.compute_release,
    publication.validate_and_publish,
    publication.render_report,
)


def scene_of(
    stack: Stack, progress: Progress, *, seed: int = SEED, size: Size | None = None
) -> Scene:
    """The demonstration's city, with what an earlier start has kept."""
    size = size or Size()
    places = villages(seed)[: size.villages]
    scene = Scene(
        stack=stack,
        progress=progress,
        seed=seed,
        villages=places,
        sample=draw(places, seed, size),
        tablets=size.tablets,
    )
    scene.recall()
    return scene


def perform(scene: Scene, *, until: Step | None = None) -> None:
    """Do the steps that are left, to the end or up to and with one."""
    done = list(scene.memory.get("done", []))
    if len(done) < len(STEPS):
        scene.progress.say(f"demonstration {ASSESSMENT}: SYNTHETIC people, places and answers")
    for step in STEPS:
        if step.__name__ not in done:
            step(scene)
            done.append(step.__name__)
            scene.keep(done=done)
        if step is until:
            break
