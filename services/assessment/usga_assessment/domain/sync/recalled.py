"""What a tablet hears of its own interviews: to do again, done, or to forget (P-61, P-62)."""

from collections.abc import Sequence
from dataclasses import dataclass

from usga_shared.wire.sync import Change
from usga_shared.wire.vocabulary import SubmissionState

from usga_assessment.domain.submission.held import Held, ReviewStep


@dataclass(frozen=True, slots=True)
class Recalled:
    """An interview that was withdrawn, or that was returned to its tablet once."""

    held: Held
    is_edited: bool
    """Whether an edit of this very revision is held."""

    @property
    def is_open(self) -> bool:
        """Whether its tablet is still asked to do it again.

        What stood and stands no more gave way to an edit or to another's. An edit that never stood
        is returned from quarantine alone (it has a code): that is open until it is edited.
        """
        held = self.held
        is_aside = held.code is not None and not self.is_edited
        return held.state is SubmissionState.RETURNED and (held.is_head or is_aside)

    def change(self, steps: Sequence[ReviewStep]) -> Change:
        """As a pull tells it; `steps` are those of its review."""
        held = self.held
        if held.state is SubmissionState.WITHDRAWN:
            return Change(kind="withdrawn", id=str(held.id), removed=True)
        if not self.is_open:
            return Change(kind="returned", id=str(held.id), removed=True)
        last = steps[-1] if steps else None
        value = {
            "case": held.case_id,
            "instrument": held.instrument,
            "version": held.instrument_version,
            "comment": last.comment if last else "",
            "at": last.at.isoformat() if last else None,
        }
        return Change(kind="returned", id=str(held.id), value=value)
