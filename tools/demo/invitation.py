"""What a person may try once the demonstration stands."""

from typing import Any

from tools.demo import ASSESSMENT
from tools.launcher.databases import SERVICES
from tools.launcher.stack import Stack


def invitation(stack: Stack, memory: dict[str, Any]) -> str:
    """What to try now: addresses, tokens, three commands."""
    origin = stack.origin
    tokens = memory["tokens"]
    release, report = memory["release"], memory["report"]
    lines = [
        "",
        f"  USGA serves at  {origin}          (SYNTHETIC demonstration {ASSESSMENT})",
        f"  API browser     {origin}/docs/",
        f"  Release         {origin}/v1/releases/{release}",
        f"  Report          {origin}/v1/reports/{report}/content",
        f"  Services        {', '.join(f'{n} {stack.service_url(n)}' for n in SERVICES)}",
        f"  Data            {stack.home}",
        "",
        "  Tokens of the demonstration (send as `Authorization: Bearer ...`):",
        *(f"    {role:13} {token}" for role, token in tokens.items()),
        "",
        "  Try:",
        f"    curl -s '{origin}/v1/observations?release={release}&indicator=PER-01&format=csv'",
        (
            f"    curl -s -H 'Authorization: Bearer {tokens['supervisor']}'"
            f" {origin}/v1/assessments/{ASSESSMENT}/outcome-rates"
        ),
        f"    curl -s -o report.pdf {origin}/v1/reports/{report}/content",
        "",
        "  Commands of the services meet this platform after",
        f"    . {stack.home}/keys/environment",
        f"    .venv/bin/usga-assessment enrolment-qr {ASSESSMENT}  # for one more tablet",
        "",
        "  Ctrl-C stops everything; the next start takes seconds and changes nothing.",
        "",
    ]
    return "\n".join(lines)
