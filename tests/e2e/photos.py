"""A tablet of the main job that sends a photo and a recording through the gateway."""

import asyncio
import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
from usga_tablet.filebox import FileBox
from usga_tablet.files import FileReport, FileSender
from usga_tablet.outbox import Outbox
from usga_tablet.sync import Tablet

from tests.support.attaching import FILES_FORM, File, door, story, with_files
from tools.demo import ASSESSMENT
from tools.demo.scene import Scene


@dataclass(frozen=True)
class Sent:
    """Files of one interview: as the tablet had them, as it was told, as a supervisor reads them."""

    photo: File
    recording: File
    states: dict[str, int]
    """Outcomes of the sync of interviews."""
    report: FileReport
    read: dict[str, bytes]
    """Content by media type."""


def send_files(scene: Scene) -> Sent:
    """Publish a form that asks for files, and answer it with a tablet of its own."""
    coordinator, supervisor = scene.api("coordinator"), scene.api("supervisor")
    made = coordinator.call(
        "POST",
        f"/v1/assessments/{ASSESSMENT}/instruments",
        content=FILES_FORM.encode(),
        headers={"Content-Type": "text/markdown"},
    ).json()
    accepted = "accept=C-03-no-notice"  # a test's form has no notice of who is responsible
    coordinator.post(f"/v1/instruments/{made['id']}/publication?{accepted}")
    code = supervisor.post(
        "/v1/devices/enrolments", {"assessment": ASSESSMENT, "label": "synthetic tablet of files"}
    )["code"]
    photo, recording = door(), story()
    submission, states, report = asyncio.run(_send(scene, code, photo, recording))
    base = f"/v1/submissions/{submission}/attachments"
    listed = supervisor.get(base)["items"]
    read = {f["type"]: supervisor.call("GET", f"{base}/{f['id']}").content for f in listed}
    return Sent(photo, recording, states, report, read)


async def _send(scene: Scene, code: str, *files: File) -> tuple[UUID, dict[str, int], FileReport]:
    folder = scene.folder / "files"
    outbox, box, rng = Outbox(folder / "outbox.db"), FileBox(folder / "files"), random.Random(0)
    try:
        async with httpx.AsyncClient(base_url=scene.stack.origin, trust_env=False) as http:
            tablet = Tablet(outbox, http, rng=rng)
            await tablet.enrol(code, "files")
            draft: dict[str, Any] = with_files(*files).document | {"assessment": ASSESSMENT}
            draft["attachments"] = [box.keep(f.content, name=f.name, type_=f.type) for f in files]
            for given_later in ("install", "seq", "salt"):
                del draft[given_later]
            one = outbox.finalise(draft)
            box.queue(one.id, draft["attachments"])
            states = (await tablet.sync()).outcomes
            report = await FileSender(box, outbox, http, rng=rng, chunk=100_000).send()
            return one.id, dict(states), report
    finally:
        box.close()
        outbox.close()
