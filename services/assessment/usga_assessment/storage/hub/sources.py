"""Everything that a hub is told of, through one session."""

from sqlmodel.ext.asyncio.session import AsyncSession

from usga_assessment.domain.access.policy import Scope
from usga_assessment.storage.assessments import Assessments
from usga_assessment.storage.attachments.records import Attachments
from usga_assessment.storage.cases import Cases
from usga_assessment.storage.devices import Devices
from usga_assessment.storage.dictionaries import Dictionaries
from usga_assessment.storage.feed import Feed
from usga_assessment.storage.hub.register import Hubs
from usga_assessment.storage.instruments import Instruments
from usga_assessment.storage.lists import Lists
from usga_assessment.storage.submissions import Submissions


class Sources:
    """The repositories from which relays and mail are written."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.devices, self.cases = Devices(session), Cases(session)
        self.instruments, self.lists = Instruments(session), Lists(session)
        self.dictionaries, self.hubs = Dictionaries(session), Hubs(session)

    def assessments(self, scope: Scope) -> Assessments:
        """Assessments of a scope."""
        return Assessments(self._session, scope)

    def feed(self, assessment: str) -> Feed:
        """The feed of an assessment."""
        return Feed(self._session, assessment)

    def attachments(self, assessment: str) -> Attachments:
        """Files of an assessment."""
        return Attachments(self._session, Scope(everywhere=False, codes=frozenset({assessment})))

    def submissions(self, assessment: str) -> Submissions:
        """Interviews of an assessment."""
        return Submissions(self._session, Scope(everywhere=False, codes=frozenset({assessment})))
