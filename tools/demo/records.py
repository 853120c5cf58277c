"""The records that each gate asks for. All of them are SYNTHETIC: nobody decided any of this."""

from datetime import date, timedelta
from typing import Any

Records = dict[str, dict[str, Any]]


def before(state: str, first_day: date) -> Records:
    """Records to file before a move to `state`; dates are counted from the first field day."""

    def day(offset: int) -> str:
        return (first_day + timedelta(days=offset)).isoformat()

    match state:
        case "scoped":
            return {
                "mandate": {
                    "instrument": "Synthetic exchange of letters",
                    "signed_on": day(-60),
                    "host_institution": "Synthetic host institution",
                }
            }
        case "approved":
            return {
                "controller": {
                    "name": "Synthetic host institution",
                    "country": "KE",
                    "contact": "synthetic contact; no such office exists",
                },
                "themes": {"modules": list("CDEFGHIJKLMNOP"), "decided_on": day(-50)},
            }
        case "piloting":
            return {
                "ethics": {
                    "approval_id": "SYNTHETIC-ERC-2026",
                    "board": "Synthetic ethics board",
                    "approved_on": day(-40),
                },
                "dpia": {
                    "reference": "SYNTHETIC-DPIA-2026",
                    "version": "1.0",
                    "completed_on": day(-38),
                },
            }
        case "collecting":
            return {
                "referral_directory": {
                    "version": "synthetic-1",
                    "checked_on": day(-10),
                    "languages": ["en", "sw"],
                    "services": [
                        {"name": f"Synthetic {kind} service", "kind": kind, "contact": "synthetic"}
                        for kind in ("health", "legal", "shelter", "hotline")
                    ],
                },
                "pilot": {
                    "interviews": 30,
                    "ended_on": day(-5),
                    "changes": "Synthetic: two questions reworded.",
                },
            }
        case "analysing":
            return {
                "processing": {
                    "weights": "Synthetic: non-response, raked to an invented population",
                    "quality_report": "SYNTHETIC-QC-1",
                    "completed_on": day(30),
                }
            }
    return {}


def of_release(identifier: str, snapshot_sha256: str) -> Records:
    """Which frozen release the validation is about."""
    return {"release": {"release": identifier, "snapshot_sha256": snapshot_sha256}}


def of_validation(held_on: date, *, interviews: int, missing: int) -> Records:
    """The workshop, and to how many respondents referral information was given."""
    return {
        "validation": {
            "method": "workshop",
            "held_on": held_on.isoformat(),
            "women": 26,
            "men": 22,
            "note": "Synthetic: no workshop was held.",
        },
        "referral_coverage": {"interviews": interviews, "missing": missing},
    }
