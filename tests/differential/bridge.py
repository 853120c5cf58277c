"""Independent engines as functions: jobs in, values out (engines/*: what they run)."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: Where `make setup-node` puts the packages; another folder may be named.
ENGINES = Path(os.environ.get("USGA_ENGINES") or ROOT / "var" / "engines")
_LIMIT = 900.0


def missing() -> str:
    """Say why the engines cannot run here; empty when they can."""
    if shutil.which("node") is None:
        return "Node is absent: nothing to compare with"
    if not (ENGINES / "node_modules" / "@getodk" / "xforms-engine").is_dir():
        return "the engines are absent: `make setup-node` installs them into var/engines"
    return ""


def java_missing() -> str:
    """Say why JavaRosa cannot run here; empty when it can."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        return "no Java development kit: JavaRosa is not asked"
    return "" if _archive().is_file() else "pyxform came without ODK Validate"


def in_node(job: dict[str, Any], zone: str) -> dict[str, Any]:
    """Run a job in ODK Web Forms' engine and in Enketo's evaluator."""
    environment = {**os.environ, "TZ": zone, "USGA_ENGINES": str(ENGINES)}
    return _run(["node", str(HERE / "engines" / "evaluate.mjs")], job, environment)


def in_javarosa(job: dict[str, Any], zone: str) -> dict[str, Any]:
    """Run a job in JavaRosa, whose clock is the machine's."""
    command = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", str(_archive())]
    script = str(HERE / "engines" / "JavaRosa.java")
    return _run([*command, script], job, {**os.environ, "TZ": zone})


def _run(command: list[str], job: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        command,
        input=orjson.dumps(job),
        capture_output=True,
        env=environment,
        check=False,
        timeout=_LIMIT,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode()[-2000:]}")
    # The standard reader takes halves of UTF-16 pairs, which a cut text may end with.
    results: dict[str, Any] = json.loads(done.stdout)["results"]
    return results


def _archive() -> Path:
    import pyxform.validators.odk_validate as validator

    return Path(str(validator.__file__)).parent / "bin" / "ODK_Validate.jar"
