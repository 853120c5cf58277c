"""From interviews to a published release and its report."""

from datetime import UTC, datetime

from tools.demo import ASSESSMENT
from tools.demo.population import margins
from tools.demo.records import of_release, of_validation
from tools.demo.scene import Scene
from tools.demo.setting_up import move


def process(scene: Scene) -> None:
    """Fieldwork ends; coding, weighting and quality control are on record."""
    move(scene, "processing")
    move(scene, "analysing")


def compute_release(scene: Scene) -> None:
    """A draft of all estimates, then frozen: snapshot, definitions and numbers have hashes."""
    api = scene.api("statistician")
    draft = api.post("/v1/releases", {"assessment": ASSESSMENT, "weight_set": _weights(scene)})
    scene.keep(release=draft["id"])
    frozen = api.post(f"/v1/releases/{draft['id']}/transitions", {"to": "frozen"})
    scene.keep(snapshot=frozen["snapshot_sha256"])
    scene.progress.say(
        f"release {frozen['id']} frozen: {frozen['observations']} cells from"
        f" {frozen['interviews']} interviews, {frozen['suppressed']} hidden for confidentiality"
    )


def _weights(scene: Scene) -> str:
    """Non-response by village, then raked to an invented population by sex and by age."""
    api = scene.api("statistician")
    wanted = margins(scene.sample)
    there = {margin["name"] for margin in api.get("/v1/weights/margins", assessment=ASSESSMENT)}
    for margin in wanted:
        if margin["name"] not in there:
            api.post("/v1/weights/margins", {"assessment": ASSESSMENT, **margin})
    made = api.post(
        "/v1/weights",
        {
            "assessment": ASSESSMENT,
            "title": "SYNTHETIC: non-response by village, raked to an invented population",
            "recipe": {
                "steps": [
                    {"kind": "nonresponse", "by": ["stratum"]},
                    {
                        "kind": "rake",
                        "margins": [margin["name"] for margin in wanted],
                    },
                ]
            },
        },
    )
    scene.progress.say(f"weight set {made['id']}: non-response by village, raked to sex and age")
    return str(made["id"])


def validate_and_publish(scene: Scene) -> None:
    """Residents validate (synthetic), then the release and the assessment become public."""
    release = scene.memory["release"]
    move(scene, "validating", of_release(release, scene.memory["snapshot"]))
    counts = scene.memory["counts"]
    interviews = int(counts["i"] + counts["p"])
    today = datetime.now(UTC).date()
    move(scene, "published", of_validation(today, interviews=interviews, missing=0))
    scene.api("statistician").post(f"/v1/releases/{release}/transitions", {"to": "published"})
    scene.progress.say("release published")


def render_report(scene: Scene) -> None:
    """The city report as PDF; the job runs in the background of the reports service."""
    api = scene.api("statistician")
    job = api.post(
        "/v1/reports",
        {
            "release": scene.memory["release"],
            "template": "city-report",
            "language": "en",
            "format": "pdf",
        },
        headers={"Idempotency-Key": f"demonstration-{scene.memory['release']}"},
    )
    done = api.wait_for(f"/v1/reports/{job['id']}", {"ready", "failed"})
    if done["state"] == "failed":
        raise RuntimeError(f"the report failed: {done}")
    content = api.call("GET", f"/v1/reports/{job['id']}/content").content
    if not content.startswith(b"%PDF-"):
        raise RuntimeError("the report is no PDF")
    scene.keep(report=job["id"])
    scene.progress.say(f"report rendered: {len(content) / 1024:.0f} KiB of PDF")
