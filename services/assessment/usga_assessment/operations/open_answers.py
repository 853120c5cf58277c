"""Read the envelope of a kept interview with names for positions, by the form it was made with."""

from collections.abc import Awaitable, Callable, Sequence

from usga_expressions.compact import NotCompact

from usga_assessment.domain.submission.envelope import Envelope, read_envelope
from usga_assessment.storage.forms import FormName, Intake

AskIntake = Callable[[str, Sequence[FormName]], Awaitable[Intake]]


async def open_answers(raw: bytes, intake: AskIntake) -> tuple[Envelope, bool]:
    """The envelope, and whether its answers have names now.

    Positions are those of the version that the interview was made with, whatever it is judged by.
    """
    envelope = read_envelope(raw)
    if not envelope.is_compact:
        return envelope, True
    name = envelope.instrument, envelope.version
    form = (await intake(envelope.assessment, [name])).forms.get(name)
    if form is None:
        return envelope, False
    try:
        return envelope.expanded(form.layout), True
    except NotCompact:
        return envelope, False
