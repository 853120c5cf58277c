"""Before fieldwork: tokens, the assessment with its records, form, sample, tablets."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

from tools.demo import ASSESSMENT
from tools.demo.area import feature_collection
from tools.demo.records import Records, before
from tools.demo.sample import as_csv, psus
from tools.demo.scene import Scene
from tools.demo.walks import FORM, as_list, points_of

ROLES = ("coordinator", "statistician", "supervisor", "analyst")
FIELD_DAYS = 25
#: Several commands of `usga-assessment` in one process: starting Python five times takes longer.
_RUN_ALL = (
    "import json, sys; from usga_assessment.cli import main;"
    "sys.exit(max(main(command) for command in json.loads(sys.argv[1])))"
)


def make_tokens(scene: Scene) -> None:
    """Personal access tokens from the command line: the way in of a new installation."""
    commands = {"admin": ["create-admin", "--name", "demonstration admin"]}
    for role in ROLES:
        options = ["--role", role, "--assessment", ASSESSMENT]
        commands[role] = ["create-token", *options, "--name", f"demonstration {role}"]
    done = subprocess.run(
        [sys.executable, "-c", _RUN_ALL, json.dumps(list(commands.values()))],
        env=scene.stack.environment("assessment"),
        cwd=scene.stack.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    tokens = done.stdout.split()
    if done.returncode or len(tokens) != len(commands):
        raise RuntimeError(f"usga-assessment create-token: {done.stderr[-800:]}")
    scene.keep(tokens=dict(zip(commands, tokens, strict=True)))


def make_assessment(scene: Scene) -> None:
    """The assessment, its areas, and every record that the gates before fieldwork ask for."""
    first = (datetime.now(UTC) - timedelta(days=FIELD_DAYS + 10)).date()
    scene.keep(first_day=first.isoformat())
    api = scene.api("coordinator")
    api.post(
        "/v1/assessments",
        {
            "code": ASSESSMENT,
            "title": {
                "en": "Urban safety in Mathare (synthetic demonstration)",
                "sw": "Usalama mjini Mathare (mfano wa kubuni)",
            },
            "city": "Nairobi",
            "country": "KE",
            "variant": "full",
            "synthetic": True,
            "languages": ["en", "sw"],
            "currency": "KES",
            "age_floor": 18,
            "fieldwork_from": first.isoformat(),
            "fieldwork_to": (first + timedelta(days=FIELD_DAYS)).isoformat(),
        },
    )
    api.put(f"/v1/assessments/{ASSESSMENT}/areas", feature_collection(scene.villages))
    for state in ("scoped", "approved"):
        move(scene, state)
    scene.progress.say(f"assessment {ASSESSMENT}: {len(scene.villages)} villages, records, scope")


def move(scene: Scene, state: str, records: Records | None = None) -> None:
    """File the records that the gate asks for, then pass it."""
    api = scene.api("coordinator")
    filed = records or before(state, date.fromisoformat(scene.memory["first_day"]))
    for kind, value in filed.items():
        api.put(f"/v1/assessments/{ASSESSMENT}/records/{kind}", {**value, "synthetic": True})
    api.post(
        f"/v1/assessments/{ASSESSMENT}/transitions",
        {"to": state, "note": "synthetic demonstration"},
    )


def publish_instrument(scene: Scene) -> None:
    """The household survey and the walk in English and Swahili, and the lists that they read."""
    api = scene.api("coordinator")
    for name, rows in {
        "psu": psus(scene.sample, scene.villages),
        "enumerators": _enumerators(scene),
        "points": as_list(points_of(scene.villages, scene.seed)),
    }.items():
        api.put(f"/v1/assessments/{ASSESSMENT}/lists/{name}", {"rows": rows})
    scene.keep(instrument=_publish(scene, "hvs"))
    _publish(scene, FORM)


def _publish(scene: Scene, name: str) -> str:
    """One of the forms that ship; its id."""
    form = files("usga_assessment").joinpath("instruments", name, f"{name}.csv").read_bytes()
    api = scene.api("coordinator")
    made = api.call(
        "POST",
        f"/v1/assessments/{ASSESSMENT}/instruments",
        content=form,
        headers={"Content-Type": "text/csv"},
    ).json()
    api.post(f"/v1/instruments/{made['id']}/publication")
    scene.progress.say(f"instrument {made['name']} {made['version']} published, en and sw")
    return str(made["id"])


def _enumerators(scene: Scene) -> list[dict[str, str]]:
    numbers = range(1, scene.tablets + 1)
    return [{"name": f"e{number:02d}", "label": f"Synthetic {number:02d}"} for number in numbers]


def load_sample(scene: Scene) -> None:
    """Strata, PSUs and households with their selection probabilities."""
    api = scene.api("statistician")
    api.call(
        "POST",
        f"/v1/assessments/{ASSESSMENT}/sample",
        content=as_csv(scene.sample).encode(),
        headers={"Content-Type": "text/csv"},
    )
    clusters = len({household.psu for household in scene.sample})
    scene.progress.say(f"sample: {len(scene.sample)} households in {clusters} PSUs")


def invite_tablets(scene: Scene) -> None:
    """A one-time code for each tablet."""
    api = scene.api("supervisor")
    codes = [
        api.post(
            "/v1/devices/enrolments",
            {"assessment": ASSESSMENT, "label": f"synthetic tablet {number:02d}"},
        )["code"]
        for number in range(1, scene.tablets + 1)
    ]
    scene.keep(codes=codes)


def pilot(scene: Scene) -> None:
    """Ethics and data protection are in place: instruments and procedures are tried out."""
    move(scene, "piloting")
