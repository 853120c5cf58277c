"""Places in the answers: the names and numbers of a JSON pointer."""

from usga_assessment.domain.submission.unconsented import Place


def place_of(found: str) -> Place:
    """The place of a JSON pointer into the answers."""
    steps = found.removeprefix("/").split("/")
    return tuple(
        int(step) if step.isdigit() else step.replace("~1", "/").replace("~0", "~")
        for step in steps
    )
